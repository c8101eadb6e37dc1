"""The error that a user sees: one sentence that says what was wrong and what to do about it."""


class DbnError(Exception):
    """Something the user can mend: bad data, a bad file, a bad option, a run that diverged.

    The command line prints the message alone and exits with status 1; no traceback.

    >>> raise DbnError("no data set 'mnits'; known are mnist, mnist-5k")
    Traceback (most recent call last):
    ...
    dbn.errors.DbnError: no data set 'mnits'; known are mnist, mnist-5k
    """
