"""Tell a local run: the steps' own lines on the screen, everything that KFP says in a file.

KFP's local runner prints each step's whole input and output around the step's own words:

    [KFP Executor … INFO]: Got executor_input: {…40 lines…}       to runs/…/log.txt
    pack: 41 % (61,440 of 150,000 tokens), …                       to both
"""

import io
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO

STEPS = (
    "fetch", "render", "mix", "pack", "train", "evaluate", "report", "compare", "decide", "promote",
)  # fmt: skip
"""Words that a line of a step's own begins with."""

_OWN = re.compile(rf"^\s*({'|'.join(STEPS)})\b[^:]*: ")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def own_line(line: str) -> bool:
    """Whether a line is a step's own words: ``pack: …`` or ``evaluate tuned/0: …``."""
    return bool(_OWN.match(line))


class Narrator(io.TextIOBase):
    """A text stream that keeps every line in a log and shows the steps' own on the screen.

    Threads write at once, so each has its own unfinished line.
    """

    def __init__(self, log: TextIO, screen: TextIO) -> None:
        """Write everything to ``log`` and what people want to read to ``screen``."""
        self._log, self._screen = log, screen
        self._unfinished = threading.local()
        self._lock = threading.Lock()
        self.tail: deque[str] = deque(maxlen=40)

    def writable(self) -> bool:
        """Say that this stream takes text."""
        return True

    def write(self, text: str) -> int:
        """Take a piece of text; whole lines are passed on."""
        *lines, rest = (getattr(self._unfinished, "text", "") + text).split("\n")
        self._unfinished.text = rest
        with self._lock:
            for line in lines:
                self._line(_COLOUR.sub("", line))
        return len(text)

    def _line(self, line: str) -> None:
        self._log.write(line + "\n")
        self._log.flush()
        self.tail.append(line)
        if own_line(line):
            self._screen.write(line.strip() + "\n")
            self._screen.flush()


@contextmanager
def narrated(log: Path, screen: TextIO) -> Iterator[Narrator]:
    """Send what is printed inside to ``log``, and the steps' own lines to ``screen`` too."""
    with log.open("w", encoding="utf-8") as file:
        narrator = Narrator(file, screen)
        with redirect_stdout(narrator), redirect_stderr(narrator):
            yield narrator
