"""The notebooks as they are after running them, as pages of the documentation.

python docs/executed.py build/notebooks
"""

from pathlib import Path
import sys

from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import MarkdownExporter
import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def write_page(path: Path, folder: Path, kernel: KernelManager) -> None:
    """Runs one notebook in an emptied kernel; writes a page and its pictures into `folder`."""
    notebook = nbformat.read(path, nbformat.NO_CONVERT)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
    client = NotebookClient(notebook, km=kernel, timeout=600)
    executed = client.execute(cleanup_kc=False)
    client.kc.stop_channels()
    del executed.cells[0]
    resources = {"output_files_dir": path.stem, "unique_key": "output"}
    text, produced = MarkdownExporter().from_notebook_node(executed, resources)
    (folder / path.stem).mkdir(parents=True, exist_ok=True)
    for name, data in produced["outputs"].items():
        (folder / name).write_bytes(data)
    (folder / f"{path.stem}.md").write_text(text.replace(".ipynb)", ".md)"), "utf-8")


def main() -> None:
    """All notebooks; importing takes longer than running, so they share a kernel."""
    kernel = KernelManager(kernel_name="python3")
    kernel.start_kernel(cwd=str(NOTEBOOKS), extra_arguments=["--log-level=ERROR"])
    try:
        for path in sorted(NOTEBOOKS.glob("*.ipynb")):
            print(f"running {path.name}", flush=True)
            try:
                write_page(path, Path(sys.argv[1]), kernel)
            except CellExecutionError as error:
                if error.ename != "NoResultsError":
                    raise
                print(f"left out: {error.evalue}")
    finally:
        kernel.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
