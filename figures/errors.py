"""The exception of this package whose message is written for the user."""


class FigureError(Exception):
    """Results that are missing, damaged or foreign, or a request that cannot be drawn.

    The message is one sentence that says what to do. `python -m figures` prints it without a
    traceback and exits with status 2. A notebook shows it alone, too, and stops.
    """

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class ForeignError(FigureError):
    """A file in the place of one of this project's, which did not write it."""


class NoResultsError(FigureError):
    """The results asked for are still to be made."""
