"""The errors a user can meet, each with the exit code that tells a scheduler whether to try again.

An error names the thing, the value and the remedy, in one line. ``BadInput`` is for everything that
another attempt cannot cure; ``Transient`` for what may pass (a store that answers 503).
"""

from collections.abc import Iterable
from difflib import get_close_matches

DO_NOT_RETRY = 93
"""Exit code of a failure that another attempt cannot cure; Job pod failure policies match on it."""
TRY_AGAIN = 75
"""Exit code of a failure that may pass, EX_TEMPFAIL of sysexits."""


class FlanError(Exception):
    """A failure with a message for the user and an exit code for the scheduler."""

    exit_code = 1


class BadInput(FlanError):
    """Input or configuration that no further attempt can make right."""

    exit_code = DO_NOT_RETRY


class Transient(FlanError):
    """A failure of the surroundings that another attempt may not meet."""

    exit_code = TRY_AGAIN


def unknown(what: str, name: str, known: Iterable[str]) -> BadInput:
    """Build the error for a name that is not known, with the nearest names offered.

    >>> str(unknown("cluster", "nil", ["nli", "sentiment"]))
    "unknown cluster 'nil'; did you mean nli? Known: nli, sentiment"
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    return BadInput(f"unknown {what} {name!r}{hint} Known: {', '.join(names)}")
