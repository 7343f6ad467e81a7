"""Run a function in several ranks on this machine, each a fork of the test's own process.

A fork has torch loaded already, so that ranks start in milliseconds instead of seconds.
"""

import multiprocessing
import os
import pickle
import socket
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import torch

CONTEXT = multiprocessing.get_context("fork")
TIMEOUT_S = 120.0


_STARTED: list[multiprocessing.Process] = []


def kill_all() -> None:
    """Kill what a test has left, stopped processes too."""
    while _STARTED:
        process = _STARTED.pop()
        process.kill()
        process.join()


class Failed(Exception):
    """What a rank raised, as text."""


def start(function: Callable[[], Any], size: int, attempt: int = 0) -> "Group":
    """Start ``function`` in ``size`` ranks."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "TORCHELASTIC_RESTART_COUNT": str(attempt),
    }
    return Group([_Rank(function, environment | _of(rank)) for rank in range(size)])


def run(function: Callable[[], Any], size: int) -> list[Any]:
    """Run ``function`` in ``size`` ranks and return what each returned."""
    return start(function, size).results()


def _of(rank: int) -> dict[str, str]:
    return {"RANK": str(rank), "LOCAL_RANK": str(rank)}


class _Rank:
    def __init__(self, function: Callable[[], Any], environment: dict[str, str]) -> None:
        self.answers, answer = CONTEXT.Pipe(duplex=False)
        self.process = CONTEXT.Process(
            target=_work, args=(function, environment, answer), daemon=True
        )
        self.process.start()
        answer.close()
        _STARTED.append(self.process)

    def result(self) -> Any:
        if not self.answers.poll(TIMEOUT_S):
            self.process.kill()
            raise Failed("took too long")
        try:
            good, value = pickle.loads(self.answers.recv_bytes())
        except EOFError as error:
            self.process.join()
            raise Failed(f"exit code {self.process.exitcode}") from error
        self.process.join(TIMEOUT_S)
        if not good:
            raise Failed(value)
        return value


class Group:
    """Ranks that run together."""

    def __init__(self, ranks: Sequence[_Rank]) -> None:
        self.ranks = ranks

    def results(self) -> list[Any]:
        """Return what each rank returned.

        Raises:
            Failed: one of them raised or died.
        """
        return [rank.result() for rank in self.ranks]

    def outcomes(self) -> list[Any]:
        """Return what each rank returned, or how it failed."""
        return [_outcome(rank) for rank in self.ranks]


def _outcome(rank: _Rank) -> Any:
    try:
        return rank.result()
    except Failed as error:
        return error


def _work(function: Callable[[], Any], environment: dict[str, str], answer: Connection) -> None:
    torch.set_num_threads(1)
    os.environ.update(environment)
    try:
        told = pickle.dumps((True, function()))
    except BaseException:  # noqa: BLE001 - sent to the test
        told = pickle.dumps((False, traceback.format_exc()))
    # As plain bytes: multiprocessing would send tensors as memory that dies with this process.
    answer.send_bytes(told)
    answer.close()
    os._exit(0)
