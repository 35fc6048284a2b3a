"""What lies in a store and should not: each gets one sentence, and stops nobody else."""

import json
import os
from pathlib import Path
import re
import shutil
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from agents.errors import UserError
from agents.offline.spec import OfflineSpec
from experiments import __main__ as command_line, control_dormancy
from experiments.running import local
from experiments.running.display import LineDisplay
from experiments.running.launcher import run_many
from experiments.running.local import LOG, LocalEngine
from experiments.running.progress import STATUS
from experiments.running.runner import run_one
from experiments.storing.schema import METRICS, NEURONS, RUN_KEY, Store
from experiments.storing.store import SPEC as SPEC_FILE
from experiments.storing.transitions import TRANSITIONS
from tests.experiments.fake_training import SPEC, fake_train, with_seed

OTHER = with_seed(7)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def one_bit_flipped(path: Path) -> None:
    """In the numbers of a column: a header has bytes that mean nothing."""
    column = pq.read_metadata(path).row_group(0).column(1)
    content = bytearray(path.read_bytes())
    content[column.data_page_offset + column.total_compressed_size - 4] ^= 16
    path.write_bytes(content)


def a_folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()
    (path / "mine").write_text("precious")


def a_file(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.write_text("precious")


def a_pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def a_link_to_itself(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(path.name)


def a_link_to_nothing(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("nowhere")


def foreign(path: Path) -> None:
    pq.write_table(pa.table({"mine": [1]}), path)


def of_a_newer_version(path: Path) -> None:
    text = json.dumps({"format": 99})
    pq.write_table(pq.read_table(path).replace_schema_metadata({RUN_KEY: text}), path)


def of_another_run(path: Path) -> None:
    run_one(OTHER, path.parent / "elsewhere", fake_train)
    shutil.move(path.parent / "elsewhere" / path.name, path)


def containing(content: bytes):
    return lambda path: path.write_bytes(content)


FINISHED, BEGUN = True, False
# State of the run, what is harmed, how, and what is said.
BAD_FILES = [
    (FINISHED, METRICS, empty, "metrics.parquet is damaged .* move its folder away"),
    (FINISHED, METRICS, truncated, "metrics.parquet is damaged"),
    (FINISHED, METRICS, one_bit_flipped, "metrics.parquet is damaged"),
    (FINISHED, METRICS, Path.unlink, "holds neurons.parquet of a finished run but lacks metrics"),
    (FINISHED, METRICS, a_folder, "metrics.parquet was not written by this project .it is no file"),
    (FINISHED, METRICS, a_pipe, "metrics.parquet was not written by this project .it is no file"),
    (FINISHED, METRICS, a_link_to_itself, "cannot be read .Too many levels"),
    (FINISHED, METRICS, a_link_to_nothing, "metrics.parquet is missing; restore it"),
    (FINISHED, METRICS, foreign, "metrics.parquet was not written by this project"),
    (FINISHED, METRICS, of_a_newer_version, "written by a newer version .it has format 99"),
    (FINISHED, METRICS, of_another_run, f"is of another run, {OTHER.run_id} instead of"),
    (FINISHED, NEURONS, one_bit_flipped, "neurons.parquet is damaged"),
    (FINISHED, NEURONS, Path.unlink, "holds metrics.parquet of a finished run but lacks neurons"),
    (BEGUN, SPEC_FILE, empty, "spec.json: This is not a run specification"),
    (BEGUN, SPEC_FILE, containing(b"\0\0\xff"), "spec.json: This is not a run specification"),
    (BEGUN, SPEC_FILE, containing(b"[1]"), "spec.json: This is not a run specification"),
    (BEGUN, SPEC_FILE, containing(b'{"seed": "3"}'), "RunSpec.seed is '3' and must be of type"),
    (BEGUN, SPEC_FILE, containing(b'{"seed": -3}'), "There is no seed -3"),
    (BEGUN, SPEC_FILE, containing(b'{"kind": "quantum"}'), "its kind is 'quantum'"),
    (BEGUN, SPEC_FILE, a_folder, "spec.json was not written by this project .it is no file"),
    (BEGUN, SPEC_FILE, a_link_to_itself, "spec.json cannot be read .Too many levels"),
    (BEGUN, SPEC_FILE, containing(OTHER.to_json().encode()), "spec.json is of another run"),
    (BEGUN, LOG, a_folder, "log.txt cannot be written .* move it away"),
    (BEGUN, "", a_file, "a file lies where a folder should be"),
    (BEGUN, TRANSITIONS, a_file, "a file lies where a folder should be"),
]


@pytest.mark.parametrize(("finished", "file", "harm", "sentence"), BAD_FILES)
def test_one_bad_file_gets_one_sentence_and_stops_nobody_else(
    tmp_path, monkeypatch, finished, file, harm, sentence
):
    store = Store(tmp_path, "smoke")
    folder = store.run_folder(SPEC)
    if finished:
        run_one(SPEC, folder, fake_train)
    folder.mkdir(parents=True, exist_ok=True)
    harm(folder / file)
    before = {path: path.read_bytes() for path in folder.rglob("*.parquet") if path.is_file()}
    worker = "import sys; open(sys.argv[1] + '/trained', 'w')"
    monkeypatch.setattr(local, "WORKER", (sys.executable, "-c", worker))

    learner = OfflineSpec(data=SPEC)
    failures = run_many([learner, SPEC, OTHER], store, LocalEngine(store, "cpu", 2), LineDisplay())

    told = {failure.spec.run_id: failure.sentence for failure in failures}
    assert told.keys() == {SPEC.run_id, learner.run_id}
    pattern = told[SPEC.run_id]
    assert "\n" not in pattern
    assert pattern.endswith(".")
    assert re.search(sentence, pattern), pattern
    assert (store.run_folder(OTHER) / "trained").exists()
    assert {path: path.read_bytes() for path in before} == before


BAD_STATES_OF_WORKERS = [
    (STATUS, a_folder, "progress.json cannot be written"),
    (METRICS, a_folder, "metrics.parquet was not written by this project"),
]


@pytest.mark.parametrize(("file", "harm", "sentence"), BAD_STATES_OF_WORKERS)
def test_what_a_worker_finds_in_its_way(tmp_path, file, harm, sentence):
    harm(tmp_path / file)
    with pytest.raises(UserError, match=sentence):
        run_one(SPEC, tmp_path, fake_train)


BAD_REQUESTS = [
    (["--seeds", "-1"], "There is no seed -1; give one from 0 to 4294967295."),
    (["--seeds", str(2**32)], "There is no seed 4294967296"),
    (["--results", "{root}/file"], "a file lies where a folder should be"),
    (["--results", "{root}/file/below"], "a file lies where a folder should be"),
    (["--results", "{root}/loop"], "Too many levels of symbolic links"),
    (["--results", "{root}/a\0b"], "no name that all of the libraries can handle"),
    (["--results", "{root}/caf\udce9"], "no name that all of the libraries can handle"),
    (["--results", "{root}/" + "long" * 99], "File name too long"),
    (["--results", "{root}/damaged"], "overlap.parquet is damaged .* or move it away"),
    (["--results", "{root}/foreign"], "overlap.parquet was not written by this project"),
    (["--results", "{root}/taken"], "overlap.parquet was not written by this project .it is no"),
]


@pytest.mark.parametrize(("arguments", "sentence"), BAD_REQUESTS)
def test_bad_requests_get_one_sentence(tmp_path, monkeypatch, capsys, arguments, sentence):
    (tmp_path / "file").write_text("precious")
    a_link_to_itself(tmp_path / "loop")
    for name, harm in (("damaged", containing(b"PAR1")), ("foreign", foreign), ("taken", a_folder)):
        (tmp_path / name / "smoke").mkdir(parents=True)
        harm(tmp_path / name / "smoke" / "overlap.parquet")
    if "--results" not in arguments:
        arguments = [*arguments, "--results", "{root}/new"]
    arguments = [text.replace("{root}", str(tmp_path)) for text in arguments]
    monkeypatch.setattr(sys, "argv", ["", "overlap", "--preset", "smoke", *arguments])
    assert command_line.main() == command_line.REFUSED
    said = capsys.readouterr().err.strip()
    assert "\n" not in said
    assert re.search(sentence, said), said


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Hoper", "continuous-control task called 'Hoper': did you mean Hopper"),
        ("Breakot", "Atari"),
    ],
)
def test_a_misspelt_name_is_compared_with_games_and_with_tasks(name, meant):
    with pytest.raises(UserError, match=meant):
        control_dormancy.EXPERIMENT.check_game(name)
