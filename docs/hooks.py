"""What mkdocs finds outside docs/: the pictures and tables of the results, and executed notebooks.

Pages link to `../results/...`, as readers of the repository need it; in the site it is beside them.
"""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("results/laptop/figures/*.png", "results/laptop/figures/*.md")
# Made by docs/executed.py.
EXECUTED = ROOT / "build" / "notebooks"


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
    """Links to the results lead to the copies in the site."""
    return markdown.replace("](../results/", "](results/")
