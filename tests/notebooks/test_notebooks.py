"""Notebooks are in step with their scripts, open without fuss, and run to their end."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
import re

from jupyter_client.manager import KernelManager
import jupytext
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
import nbformat
from nbformat import NotebookNode
import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
TOUR = "00_tour"
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
SHIPPED = 'RESULTS = "results"  # what came with the repository; your own are in "local_results"'
PRESET = re.compile(r'^PRESET = "(\w+)"', re.MULTILINE)
# Runs a notebook, if so wanted with another folder and preset in its cell of settings.
Run = Callable[..., NotebookNode]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """One kernel for all notebooks, emptied before each: importing takes longer than running."""
    kernel = KernelManager(kernel_name="python3")
    kernel.start_kernel(cwd=str(FOLDER), extra_arguments=["--log-level=ERROR"])

    def execute(name: str, results: Path | str = "results", preset: str = ""):
        notebook = nbformat.read(FOLDER / f"{name}.ipynb", nbformat.NO_CONVERT)
        notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
        settings = [cell for cell in notebook.cells if SHIPPED in cell.source]
        assert len(settings) == 1
        source = settings[0].source.replace(SHIPPED, f"RESULTS = {str(results)!r}")
        if preset:
            source = PRESET.sub(f"PRESET = {preset!r}", source)
        settings[0].source = source
        client = NotebookClient(notebook, km=kernel, timeout=300)
        try:
            return client.execute(cleanup_kc=False)
        finally:
            client.kc.stop_channels()

    yield execute
    kernel.shutdown_kernel(now=True)


def test_there_is_a_script_for_each_notebook():
    assert sorted(path.stem for path in FOLDER.glob("[0-9]*.py")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_notebook_and_script_are_the_same(name):
    script = jupytext.read(FOLDER / f"{name}.py")
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    # `jupytext --sync notebooks/*.py` mends this.
    assert _cells(notebook) == _cells(script)
    # Otherwise it would write a spare blank line of the script into the notebook's metadata.
    assert not any(cell.metadata for cell in script.cells)


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_are_committed_without_results_or_traces(name):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", nbformat.NO_CONVERT)
    assert notebook.metadata == METADATA
    for cell in notebook.cells:
        assert cell.metadata == {}
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_notebooks_only_look(path):
    """What they import of ours cannot train."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    assert not names & {"agents", "experiments"}


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_runs(run, made_up, name):
    """On made-up runs, which are few."""
    assert_whole(run(name, made_up.root, made_up.preset))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_cell_runs_on_what_came_with_the_repository(run, name):
    preset = PRESET.search((FOLDER / f"{name}.py").read_text("utf-8"))[1]
    experiment = "prevalence" if name == TOUR else name.partition("_")[2]
    if not (ROOT / "results" / preset / f"{experiment}.parquet").exists():
        pytest.skip("still to be trained")
    assert_whole(run(name))


def assert_whole(notebook: NotebookNode) -> None:
    said, kinds, tables = _outputs(notebook)
    assert "run `make fig" not in said
    assert "image/png" in kinds
    assert "| Figure | Claim | Verdict |" in tables


def test_what_to_train_is_said_where_results_are_missing(run, tmp_path):
    """One sentence without a traceback, and nothing after it runs."""
    with pytest.raises(CellExecutionError) as stopped:
        run("06_replay_ratio", tmp_path)
    # Below the cell itself, between two rules.
    said = str(stopped.value).split("------------------")[-1].strip()
    assert "has no results of the experiment 'replay_ratio' yet; run `make fig7" in said
    assert "\n" not in said
    assert list(tmp_path.iterdir()) == []


def _cells(notebook: NotebookNode) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def _outputs(notebook: NotebookNode) -> tuple[str, set[str], str]:
    """What was printed, the kinds of what was displayed, and the tables in Markdown."""
    said, kinds, tables = "", set(), ""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                assert output.name == "stdout", output.text
                said += output.text
            else:
                kinds |= set(output.data)
                tables += output.data.get("text/markdown", "")
    return said, kinds, tables
