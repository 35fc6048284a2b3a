"""What a program says of a file that it may not reach."""

import pytest

from experiments import output


def test_a_file_out_of_reach_is_one_sentence(capsys):
    """As those of a colleague, in a folder that only they may enter."""

    def main():
        raise PermissionError(13, "Permission denied", "theirs/laptop/overlap.parquet")

    assert output.guarded(main) == output.REFUSED
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "theirs/laptop/overlap.parquet cannot be reached (Permission denied); change its "
        "permissions, or those of the folders that it lies in.\n"
    )


def test_an_error_of_ours_keeps_its_traceback(capsys):
    def main():
        raise FileNotFoundError(2, "No such file or directory", "lost")

    with pytest.raises(FileNotFoundError):
        output.guarded(main)
