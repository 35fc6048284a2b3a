"""The documentation's pages."""

import importlib.util
import inspect
import os
from pathlib import Path
import re
import subprocess
import sys

import dormancy

ROOT = Path(__file__).parents[1]


def loaded(name):
    """A program of docs/, as a module."""
    specification = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_api_page_says_what_the_docstrings_say():
    """`python docs/api.py` renews it."""
    api = loaded("api")
    page = api.PAGE.read_text("utf-8")
    assert api.renewed(page) == page
    listed = [found[2] for found in api.SECTION.finditer(page)]
    assert sorted(listed) == sorted(api.offered())
    assert all((ROOT / found[3]).exists() for found in api.SECTION.finditer(page))
    lines = dict(re.findall(r"^- `(\w+)`: (.+)$", page, flags=re.MULTILINE))
    assert set(lines) == set(dormancy.__all__)
    for name, line in lines.items():
        told = inspect.getdoc(getattr(dormancy, name)) if line[0] != "`" else None
        assert told is None or " ".join(told.split()).startswith(line), name


def build(root, site):
    # Not --quiet, with which --strict sees no warning.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", site]
    return subprocess.run(
        command,
        cwd=root,
        capture_output=True,
        text=True,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )


def test_a_broken_link_is_an_error(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: test")
    page = tmp_path / "docs" / "index.md"
    page.write_text("[whole](index.md)")
    assert build(tmp_path, tmp_path / "site").returncode == 0
    page.write_text("[broken](no-such-page.md)")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode != 0 and "no-such-page.md" in done.stderr


def test_the_pages_are_built_without_a_warning(tmp_path):
    done = build(ROOT, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    api = (tmp_path / "api" / "index.html").read_text()
    assert "derive_wiring" in api
    assert "WiringError" in api
    # Beyond the first paragraph, and the files that the pages link to.
    assert "Raises" in api
    sweep = (tmp_path / "your-own-sweep" / "index.html").read_text()
    assert "run_many" in sweep.partition("learning_rate_sweep.py</a>")[2]
    assert (tmp_path / "examples" / "learning_rate_sweep.py").exists()
