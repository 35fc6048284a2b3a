"""The documentation's pages."""

import ast
from pathlib import Path
import subprocess
import sys

ROOT = Path(__file__).parents[1]


def test_the_api_page_lists_every_public_module():
    stubs = ast.parse((ROOT / "dormancy" / "__init__.pyi").read_text()).body
    modules = {node.module for node in stubs if isinstance(node, ast.ImportFrom)}
    names = {a.name for node in stubs if isinstance(node, ast.ImportFrom) for a in node.names}
    page = (ROOT / "docs" / "api.md").read_text()
    assert {line[4:] for line in page.splitlines() if line.startswith("::: ")} == modules
    assert not {name for name in names if name not in page}


def test_the_pages_are_built_without_a_warning(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "derive_wiring" in (tmp_path / "api" / "index.html").read_text()
