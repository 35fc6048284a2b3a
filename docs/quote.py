"""Puts what was computed between the marks of the pages that quote it.

python docs/quote.py

A page quotes a file as it is, below `<!-- quoted from results/laptop/figures/claims.md -->` and
above `<!-- end of quote -->`.
"""

from pathlib import Path
import re

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", ROOT / "docs" / "results.md")
QUOTE = re.compile(r"(<!-- quoted from (\S+) -->\n).*?(<!-- end of quote -->)", flags=re.DOTALL)


def renewed(page: str) -> str:
    """The text of a page with every quote as its file is now."""
    return QUOTE.sub(lambda quote: quote[1] + (ROOT / quote[2]).read_text("utf-8") + quote[3], page)


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(renewed(path.read_text("utf-8")), "utf-8")
