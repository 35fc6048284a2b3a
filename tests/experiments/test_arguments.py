"""Whatever is wrong with a command line is told in one sentence, with what was probably meant."""

from typing import Annotated, Literal

from hypothesis import given, strategies as st
import pytest
import tyro

from experiments.arguments import WrongArgumentsError, check_preset, read
from experiments.presets.presets import PRESETS
from experiments.storing.schema import PRESET_NAMES


def command(
    what: Annotated[str, tyro.conf.Positional],
    changes: Annotated[tuple[str, ...], tyro.conf.arg(name="set")] = (),
    seeds: tuple[int, ...] = (),
    tau: float = 0.0,
    jobs: int | None = None,
    device: Literal["auto", "cpu", "gpu"] = "auto",
    dry_run: bool = False,
) -> dict[str, object]:
    """Nothing but what it was told."""
    return dict(locals())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("a --jbos 2", "`it` has no option --jbos; did you mean --jobs? See `it --help`."),
        (
            "a --xyz=1",
            "`it` has no option --xyz; it takes --set, --seeds, --tau, --jobs, --device, "
            "--dry-run. See `it --help`.",
        ),
        ("a --seeds 1 b", "--seeds takes whole numbers, and not 'b'."),
        ("a --seeds", "--seeds needs a value: whole numbers."),
        ("a --set --jobs 2", "--set needs a value."),
        ("a --tau x", "--tau takes a number, and not 'x'."),
        ("a --jobs 1.5", "--jobs takes a whole number, and not '1.5'."),
        ("--jobs", "--jobs needs a value: a whole number."),
        (
            "a --device gpv",
            "--device takes one of auto, cpu, gpu, and not 'gpv'; did you mean gpu?",
        ),
        ("a b", "`it` does not know what to do with 'b'; see `it --help`."),
        ("a --dry-run b", "`it` does not know what to do with 'b'; see `it --help`."),
        ("--dry-run", "`it` lacks its WHAT; see `it --help`."),
        ("a --seeds 1 --seeds=2", "--seeds is given twice; give it once, all values behind it."),
        ("a --tau 1 --tau 2", "--tau is given twice; give it once."),
    ],
)
def test_what_is_wrong_is_one_sentence(words, sentence):
    with pytest.raises(WrongArgumentsError) as error:
        read(command, words.split(), "it")
    assert str(error.value) == sentence


@given(
    what=st.sampled_from(["fig5", "a b"]),
    seeds=st.lists(st.integers(), min_size=1),
    tau=st.floats(allow_nan=False, allow_infinity=False),
    jobs=st.none() | st.integers(),
    device=st.sampled_from(["auto", "cpu", "gpu"]),
    equals=st.booleans(),
)
def test_whatever_fits_is_read(what, seeds, tau, jobs, device, equals):
    words = [what, "--seeds", *map(str, seeds), "--jobs", str(jobs), "--device", device]
    words += [f"--tau={tau}"] if equals else ["--tau", str(tau)]
    told = read(command, words, "it")()
    wanted = {"what": what, "seeds": tuple(seeds), "tau": tau, "jobs": jobs, "device": device}
    assert told == wanted | {"changes": (), "dry_run": False}


def test_nothing_is_called_before_all_is_read_and_help_is_printed(capsys):
    assert read(command, ["a", "--no-dry-run"], "it")()["dry_run"] is False
    with pytest.raises(SystemExit) as end:
        read(command, ["--help"], "it")
    assert not end.value.code
    assert "Nothing but what it was told." in capsys.readouterr().out


def test_the_names_of_presets_are_those_of_the_presets(tmp_path):
    assert tuple(PRESETS) == PRESET_NAMES
    (tmp_path / "mine" / "runs").mkdir(parents=True)
    for name in (*PRESETS, "mine"):
        check_preset(tmp_path, name)
    with pytest.raises(WrongArgumentsError, match="no preset 'deskk'; did you mean desk?"):
        check_preset(tmp_path, "deskk")
    with pytest.raises(WrongArgumentsError, match="there may be smoke, laptop, desk, paper, mine"):
        check_preset(tmp_path, "huge")
