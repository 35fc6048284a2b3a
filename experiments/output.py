"""What a program may meet anywhere: output that nobody takes, files that it may not reach."""

from collections.abc import Callable
import contextlib
import errno
import os
import sys

# As a shell reports a program that a closed pipe has ended: 128 and SIGPIPE's number.
PIPE_CLOSED = 141
FAILED = 1
REFUSED = 2

_UNWRITABLE = {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}


def guarded(main: Callable[[], int]) -> int:
    """Runs a program whose output may end before it does; returns the exit status.

    Letters that the terminal does not know are spelt out. If whoever reads stops reading (as
    `head` does), the program ends without a word; if what it says cannot be written, or a file
    cannot be reached for want of permission, with one sentence on standard error.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Closed by whoever started us, who wants to hear nothing.
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = main()
        sys.stdout.flush()
    except PermissionError as error:
        if error.filename is None:
            raise
        print(
            f"{error.filename} cannot be reached ({error.strerror}); change its permissions, or "
            "those of the folders that it lies in.",
            file=sys.stderr,
        )
        return REFUSED
    except OSError as error:
        # Those of our files name them, or were explained where they happened.
        if error.errno not in _UNWRITABLE or error.filename is not None:
            raise
        _silence()
        if error.errno == errno.EPIPE:
            return PIPE_CLOSED
        with contextlib.suppress(OSError):
            print(f"Standard output cannot be written ({error.strerror}).", file=sys.stderr)
        return FAILED
    return status


def _silence() -> None:
    """Python's own attempt to write the rest, as it ends, shall not complain again."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os.close(sink)
