"""A page that shows all pictures of a folder."""

from pathlib import Path

from figures.names import order
from figures.writing import replace_file


def write(folder: Path) -> Path:
    """Writes `gallery.md`: every picture under its heading, in the order of the paper.

    Raises:
      FigureError: the folder cannot be written.
    """
    lines = [
        "# Gallery",
        "",
        "Definitions, levels and settings are in the text beside each picture.",
    ]
    # Whatever else lies there has no text beside it.
    ours = [path.stem for path in folder.glob("*.png") if path.with_suffix(".md").exists()]
    for name in sorted(ours, key=order):
        title, shown = heading(folder, name)
        lines += ["", f"## [{title}]({name}.md)", "", f"![{shown}]({name}.png)"]
    path = folder / "gallery.md"
    replace_file(path, lambda temporary: temporary.write_text("\n".join(lines) + "\n", "utf-8"))
    return path


def heading(folder: Path, name: str) -> tuple[str, str]:
    """The figure's number and what its picture says that it shows, with a capital."""
    first = (folder / f"{name}.md").read_text("utf-8").splitlines()[0].removeprefix("# ")
    title, _, shown = first.partition(": ")
    shown = shown or title
    return title, f"{shown[:1].upper()}{shown[1:]}"
