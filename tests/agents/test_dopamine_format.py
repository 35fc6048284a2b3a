"""What is in the files, byte by byte where it matters; damage is told in one sentence."""

import gzip

import numpy as np
import pytest

from agents.errors import UserError
from agents.replay.dopamine_format import buffer_numbers, count_entries, read_buffer, write_buffer

SIDE = 2
# Three episodes: 3 steps with an end, 2 steps that were cut, 2 steps that go on.
ENDS = ("", "", "terminal", "", "truncated", "", "")


def columns(ends=ENDS, first_number=1, **more):
    """Every frame is filled with its own number; actions and rewards follow from it."""
    numbers = np.arange(first_number, first_number + len(ends))
    return {
        "frame": np.tile(numbers[:, None, None], (1, SIDE, SIDE)).astype(np.uint8),
        "action": (numbers % 18).astype(np.uint8),
        "reward": (numbers / 4).astype(np.float32),
        "terminal": np.array([end == "terminal" for end in ends]),
        "truncated": np.array([end == "truncated" for end in ends]),
    } | more


def stored(folder, name, number=0):
    with gzip.open(folder / f"{name}_ckpt.{number}.gz") as file:
        return np.load(file, allow_pickle=False)


def store(folder, name, array, number=0):
    with gzip.open(folder / f"{name}_ckpt.{number}.gz", "wb") as file:
        np.save(file, array, allow_pickle=False)


def assert_equal(ours, theirs):
    for name, column in theirs.items():
        np.testing.assert_array_equal(ours[name], column, err_msg=name)


def test_every_episode_begins_with_three_blank_entries(tmp_path):
    write_buffer(tmp_path / "new" / "folder", 0, columns())
    folder = tmp_path / "new" / "folder"
    action = stored(folder, "$store$_action")
    assert action.dtype == np.int32
    assert action.tolist() == [0, 0, 0, 1, 2, 3, 0, 0, 0, 4, 5, 0, 0, 0, 6, 7]
    frame = stored(folder, "$store$_observation")
    assert (frame.dtype, frame.shape) == (np.uint8, (16, SIDE, SIDE))
    assert frame[:, 1, 0].tolist() == action.tolist()
    assert stored(folder, "$store$_reward").dtype == np.float32
    assert stored(folder, "$store$_reward")[[0, 5, 15]].tolist() == [0, 0.75, 1.75]
    assert np.flatnonzero(stored(folder, "$store$_terminal")).tolist() == [5]
    assert np.flatnonzero(stored(folder, "$store$_truncated")).tolist() == [10]
    assert stored(folder, "add_count") == 16
    assert stored(folder, "invalid_range").tolist() == [15, 16, 17, 18, 19]
    assert count_entries(folder, 0) == 16


def test_reading_returns_what_was_written(tmp_path):
    write_buffer(tmp_path, 7, columns())
    found = read_buffer(tmp_path, 7)
    assert_equal(found, columns())
    assert found["age"].tolist() == [0, 1, 2, 0, 1, 0, 1]
    assert {name: column.dtype for name, column in found.items()} == {
        "frame": np.uint8, "action": np.uint8, "reward": np.float32,
        "terminal": bool, "truncated": bool, "age": np.uint8, "usable": bool,
    }  # fmt: skip


def test_a_long_episode_has_the_greatest_age(tmp_path):
    write_buffer(tmp_path, 0, columns([""] * 250 + [""] * 20))
    assert read_buffer(tmp_path, 0)["age"].tolist() == [*range(255), *[255] * 15]


def test_real_black_frames_are_kept(tmp_path):
    """Only the three entries that were put before an episode are dropped."""
    black = columns(["", "", "terminal", "", ""])
    for name in ("frame", "action", "reward"):
        black[name][[0, 1, 3]] = 0
    write_buffer(tmp_path, 0, black)
    assert_equal(read_buffer(tmp_path, 0), black)


def test_a_buffer_may_begin_inside_an_episode(tmp_path):
    inside = columns(age=np.array([9, 10, 11, 0, 1, 0, 1], np.uint8))
    write_buffer(tmp_path, 0, inside)
    assert stored(tmp_path, "$store$_action")[:4].tolist() == [1, 2, 3, 0]
    found = read_buffer(tmp_path, 0)
    assert_equal(found, columns())
    assert found["age"].tolist() == [255, 255, 255, 0, 1, 0, 1]


def test_the_public_data_know_no_truncation(tmp_path):
    write_buffer(tmp_path, 0, columns(["", "terminal", ""]))
    (tmp_path / "$store$_truncated_ckpt.0.gz").unlink()
    assert read_buffer(tmp_path, 0)["truncated"].tolist() == [False] * 3


@pytest.mark.parametrize(
    ("added", "numbers"), [(3, [1, 2, 3]), (5, [1, 2, 3, 4, 5]), (7, [3, 4, 5, 1, 2]), (0, [])]
)
def test_the_ring_is_read_from_its_oldest_entry_on(tmp_path, added, numbers):
    write_buffer(tmp_path, 0, columns([""] * 5, age=np.full(5, 9)))
    store(tmp_path, "add_count", np.array(added))
    assert read_buffer(tmp_path, 0)["frame"][:, 0, 0].tolist() == numbers


def test_the_same_columns_give_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        write_buffer(tmp_path / folder, 0, columns())
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(names) == 7
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_an_interrupted_write_leaves_the_old_buffer(tmp_path, monkeypatch):
    def full(*_):
        raise OSError("no space left")

    write_buffer(tmp_path, 0, columns())
    monkeypatch.setattr("os.fsync", full)
    for number in (0, 1):
        with pytest.raises(OSError, match="no space left"):
            write_buffer(tmp_path, number, columns(first_number=50))
    assert_equal(read_buffer(tmp_path, 0), columns())
    assert buffer_numbers(tmp_path) == [0]
    assert len(list(tmp_path.iterdir())) == 7


def test_numbers_are_in_order_of_size(tmp_path):
    assert buffer_numbers(tmp_path / "nothing") == []
    for number in (10, 2, 0):
        write_buffer(tmp_path, number, columns())
    (tmp_path / "$store$_observation_ckpt.x.gz").touch()
    assert buffer_numbers(tmp_path) == [0, 2, 10]


def flip_a_byte(path):
    raw = bytearray(path.read_bytes())
    raw[-8] ^= 1  # of the checksum
    path.write_bytes(raw)


DAMAGE = {
    "missing": lambda path: path.unlink(),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "empty": lambda path: path.write_bytes(b""),
    "no gzip": lambda path: path.write_bytes(b"hello" * 100),
    "checksum": flip_a_byte,
    "no array": lambda path: path.write_bytes(gzip.compress(b"hello" * 100)),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("name", ["$store$_observation", "$store$_terminal"])
def test_a_damaged_file_is_named(tmp_path, name, damage):
    write_buffer(tmp_path, 3, columns())
    path = tmp_path / f"{name}_ckpt.3.gz"
    damage(path)
    with pytest.raises(UserError) as raised:
        read_buffer(tmp_path, 3)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("name", "array", "reason"),
    [
        ("$store$_observation", np.zeros((16, 2, 2), np.float32), "holds float32 of shape"),
        ("$store$_observation", np.zeros((16, 2), np.uint8), r"of shape \(16, 2\)"),
        ("$store$_action", np.zeros((16, 1), np.int32), r"of shape \(16, 1\)"),
        ("$store$_action", np.full(16, 256, np.int32), "outside 0 to 255"),
        ("$store$_action", np.full(16, -1, np.int32), "outside 0 to 255"),
        ("$store$_reward", np.full(16, np.nan, np.float32), "not finite"),
        ("$store$_terminal", np.zeros(15, np.uint8), "their lengths differ"),
        ("$store$_truncated", np.zeros(17, np.uint8), "their lengths differ"),
        ("add_count", np.array(1.5), "no count"),
        ("add_count", np.zeros(2, np.int64), "no count"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, name, array, reason):
    write_buffer(tmp_path, 0, columns())
    store(tmp_path, name, array)
    with pytest.raises(UserError, match=f"is damaged .*{reason}.*make these transitions anew"):
        read_buffer(tmp_path, 0)


def test_objects_are_never_unpickled(tmp_path):
    write_buffer(tmp_path, 0, columns())
    with gzip.open(tmp_path / "$store$_reward_ckpt.0.gz", "wb") as file:
        np.save(file, np.array([{}] * 16, object), allow_pickle=True)
    with pytest.raises(UserError, match="is damaged"):
        read_buffer(tmp_path, 0)
