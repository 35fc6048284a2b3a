"""Puts what was computed between the marks of the pages that quote it.

python docs/quote.py

A page quotes a file as it is, below `<!-- quoted from results/laptop/figures/claims.md -->` and
above `<!-- end of quote -->`. What is asked today of runs that were made before anyone asked it is
listed below `<!-- asked since, of results/laptop -->`, of all experiments, or of one where the mark
ends in its name: `<!-- asked since, of results/laptop: revival -->`.
"""

from pathlib import Path
import re

from experiments.catalog import EXPERIMENTS
from figures.names import figure_name
from figures.reading.data import Results

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", ROOT / "docs" / "results.md", ROOT / "docs" / "questions.md")
END = r"(<!-- end of quote -->)"
QUOTE = re.compile(rf"(<!-- quoted from (\S+) -->\n).*?{END}", flags=re.DOTALL)
ASKED_SINCE = re.compile(
    rf"(<!-- asked since, of (\w+)/(\w+)(?:: (\w+))? -->\n).*?{END}", flags=re.DOTALL
)


def renewed(page: str) -> str:
    """The text of a page with every quote as its file is now."""
    page = QUOTE.sub(lambda quote: quote[1] + (ROOT / quote[2]).read_text("utf-8") + quote[3], page)
    return ASKED_SINCE.sub(lambda mark: mark[1] + asked_since(*mark.group(2, 3, 4)) + mark[5], page)


def asked_since(root: str, preset: str, only: str | None = None) -> str:
    """A list of the claims of which the stored runs know nothing.

    Args:
      root, preset: of the results.
      only: one experiment; by default all that have results.
    """
    store = Results(ROOT / root, preset)
    lines = []
    for name in [only] if only else store.names():
        judged = {claim["name"] for claim in store.experiment(name).claims}
        lines += [
            f"- {figure_name(claim.figure)}, asked since, not judged with these runs: "
            f"{claim.statement}\n"
            for claim in EXPERIMENTS[name].claims
            if claim.name not in judged
        ]
    return "".join(["\n", *lines, "\n"]) if lines else ""


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(renewed(path.read_text("utf-8")), "utf-8")
