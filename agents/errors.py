"""The one exception whose message is written for the user, not for the developer."""


class UserError(Exception):
    """A wrong request or a damaged input, explained in one sentence that says what to do.

    Entry points print the message without a traceback and exit with status 2. It never
    stands for a bug: an unexpected state raises an ordinary exception with its traceback.
    """
