"""Progress of long work: a bar on a terminal, one plain line every few seconds elsewhere.

A pod's log and KFP's interleaved local log keep lines, not bars; each line stands alone:

    pack: 41 % (61,440 of 150,000 prompts), 12,300 prompts/s, 7 s left
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

T = TypeVar("T")

LINE_EVERY_S = 5.0
"""Seconds between plain lines."""


def spell(seconds: float) -> str:
    """Return a duration for people.

    >>> spell(7.4), spell(75), spell(7300)
    ('7 s', '1 min 15 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


class Track:
    """Progress of ``total`` units of one piece of work; a context manager."""

    def __init__(self, name: str, total: float, unit: str) -> None:
        """Prepare to show ``name``, counted in ``unit``; a total of zero is unknown."""
        self.name, self.total, self.unit, self.done = name, total, unit, 0.0
        self._started = self._said = time.monotonic()
        self._note = ""
        self._bar = self._new_bar() if sys.stderr.isatty() else None

    def _new_bar(self) -> Progress:
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
        )
        bar.add_task(self.name, total=self.total or None, rate="", note="")
        return bar

    def __enter__(self) -> Self:
        """Start the clock and show the bar."""
        self._started = self._said = time.monotonic()
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the bar; say the whole in one line unless the work failed."""
        if self._bar:
            self._bar.stop()
        if kind is None:
            print(self._last_line(), file=sys.stderr, flush=True)

    def advance(self, by: float = 1, note: str = "") -> None:
        """Count ``by`` more units as done; ``note`` is shown behind (a loss, say)."""
        self.done += by
        self._note = note or self._note
        if self._bar:
            self._bar.update(
                self._bar.task_ids[0], completed=self.done, rate=self._rate(), note=self._note
            )
        elif time.monotonic() - self._said >= LINE_EVERY_S:
            self._said = time.monotonic()
            print(self._line(), file=sys.stderr, flush=True)

    def _elapsed(self) -> float:
        return max(time.monotonic() - self._started, 1e-9)

    def _rate(self) -> str:
        rate = self.done / self._elapsed()
        return f"{rate:,.0f} {self.unit}/s" if rate >= 10 else f"{rate:.2f} {self.unit}/s"

    def _line(self) -> str:
        if not self.total:
            return f"{self.name}: {self.done:,.0f} {self.unit}, {self._rate()}{self._tail()}"
        left = (self.total - self.done) * self._elapsed() / max(self.done, 1e-9)
        share = f"{100 * self.done / self.total:.0f} %"
        count = f"{self.done:,.0f} of {self.total:,.0f} {self.unit}"
        return f"{self.name}: {share} ({count}), {self._rate()}, {spell(left)} left{self._tail()}"

    def _last_line(self) -> str:
        took = spell(self._elapsed())
        return f"{self.name}: {self.done:,.0f} {self.unit} in {took}, {self._rate()}{self._tail()}"

    def _tail(self) -> str:
        return f", {self._note}" if self._note else ""


def track(items: Iterable[T], name: str, unit: str, total: int = 0) -> Iterator[T]:
    """Yield the items, showing progress; ``total`` is taken from ``len`` where it has one."""
    size = total or (len(items) if isinstance(items, Sized) else 0)
    with Track(name, size, unit) as progress:
        for item in items:
            yield item
            progress.advance()
