"""What mkdocs finds outside docs/: the pictures and tables of the results, and executed notebooks.

Pages are written for readers of the repository, who follow links to `../results/...`, notebooks
and modules. In the site, results and executed notebooks are beside the pages, and files and
docstrings stand where the repository has a link to them.
"""

from pathlib import Path
import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("results/*/figures/*.png", "results/*/figures/*.md")
# Made by docs/executed.py.
EXECUTED = ROOT / "build" / "notebooks"
_NOTEBOOK = re.compile(r"\]\(\.\./notebooks/(\w+)\.ipynb\)")
# A heading, the link to a module, and what is listed of it: see docs/api.py.
_MODULE = re.compile(r"^## (.+)\n\n\[(dormancy[.\w]+)\]\(.+\)\n\n((?:- .*\n?)+)", re.MULTILINE)
_SHOWN = re.compile(r"<!-- shown in the site: (\S+) -->")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds them, and a page that lists the notebooks."""
    for pattern in SHIPPED:
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            files.append(File.generated(config, name, abs_src_path=str(path)))
    lines = ["# Notebooks, after running them", ""]
    for path in sorted(EXECUTED.rglob("*.*")):
        name = f"notebooks/{path.relative_to(EXECUTED).as_posix()}"
        files.append(File.generated(config, name, abs_src_path=str(path)))
        if path.suffix == ".md":
            title = path.read_text("utf-8").lstrip().splitlines()[0].lstrip("# ")
            lines.append(f"- [{title}]({name})")
    files.append(File.generated(config, "notebooks.md", content="\n".join(lines) + "\n"))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links lead to what is in the site; modules and files that a page only links to are shown."""
    markdown = markdown.replace("](../results/", "](results/")
    markdown = markdown.replace("](../notebooks)", "](notebooks.md)")
    markdown = _NOTEBOOK.sub(_to_executed, markdown)
    markdown = _MODULE.sub(_to_docstrings, markdown)
    return _SHOWN.sub(r'``` {.python}\n--8<-- "docs/\1"\n```', markdown)


def _to_executed(link: re.Match) -> str:
    page = f"notebooks/{link[1]}.md"
    return f"]({page})" if (EXECUTED / f"{link[1]}.md").exists() else "](notebooks.md)"


def _to_docstrings(section: re.Match) -> str:
    names = re.findall(r"^- `(\w+)`", section[3], flags=re.MULTILINE)
    return (
        f"::: {section[2]}\n    options:\n      heading: {section[1]}\n"
        f"      members: [{', '.join(names)}]\n"
    )
