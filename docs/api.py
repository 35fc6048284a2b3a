"""Writes into docs/api.md what the docstrings of the library say first.

python docs/api.py

Below every link to a module stand the names that `dormancy/__init__.pyi` offers of it, each with
the first paragraph of its docstring; a constant with its value. In the site, `docs/hooks.py` puts
the whole docstrings there.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
import re

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api.md"
# A module's link, and the list below it.
SECTION = re.compile(r"(\[dormancy\.([\w.]+)\]\(\.\./(\S+\.py)\)\n\n)((?:- .*\n)*)")


def offered() -> dict[str, list[str]]:
    """Module below `dormancy` -> names, as the stubs list them."""
    stubs = ast.parse((ROOT / "dormancy" / "__init__.pyi").read_text("utf-8")).body
    return {
        node.module.removeprefix("dormancy."): [alias.name for alias in node.names]
        for node in stubs
        if isinstance(node, ast.ImportFrom)
    }


def renewed(page: str) -> str:
    """The text of the page with every list as the modules are now."""
    names = offered()
    return SECTION.sub(lambda found: found[1] + "".join(_lines(names[found[2]], found[2])), page)


def _lines(names: list[str], module: str) -> Iterator[str]:
    told = dict(_told(module))
    for name in names:
        yield f"- `{name}`: {told[name]}\n"


def _told(module: str) -> Iterator[tuple[str, str]]:
    """Every name that a module of the library has, and the first that it says of it."""
    path = ROOT.joinpath("dormancy", *module.split("."))
    is_package = path.is_dir()
    path = path / "__init__.py" if is_package else path.with_suffix(".py")
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, f"`{ast.unparse(node.value)}`"
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.target.id, f"`{ast.unparse(node.value)}`"
        elif isinstance(node, ast.ImportFrom) and is_package and module in node.module:
            # It offers what its modules have.
            yield from _told(node.module.removeprefix("dormancy."))


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
