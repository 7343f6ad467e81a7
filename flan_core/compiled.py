"""Loops that numba compiles: the decorator, and hashing and shuffling by counter that they share.

A compiled loop releases the interpreter's lock, so plain threads use all cores. Machine code is
kept beside the module (``__pycache__``) or under ``NUMBA_CACHE_DIR``; where neither can be
written it is made anew in each process, which costs seconds and changes nothing else.

Inside such loops an array is a borrowed reference, but one taken out of a tuple is counted, which
costs more than copying a word: loops take their arrays out of tuples once, before they begin. An
index with a sign is looked at each time, since -1 means the last entry; one without lets the
compiler copy many bytes at once (measured: four to eight times as fast).
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., Any])

Int = Any
"""A whole number inside a compiled loop, signed or not, of 64 bits."""
Array = npt.NDArray[Any]


def compiled(loop: Loop) -> Loop:
    """Compile a loop over arrays on its first call; no lock, no bounds checks, no fast-math."""
    try:
        return njit(cache=True, nogil=True, error_model="numpy")(loop)  # type: ignore[no-any-return]
    except RuntimeError:  # numba found no folder to keep its code in
        return njit(nogil=True, error_model="numpy")(loop)  # type: ignore[no-any-return]


@compiled
def mixed(key: Int, counter: Int) -> Int:
    """Hash a 64-bit key and counter to 64 bits (SplitMix64's finaliser, Steele et al. 2014)."""
    x = np.uint64(key) + (np.uint64(counter) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def share_of(bits: Int) -> float:
    """Turn 64 random bits into a number from 0 up to but not including 1."""
    return np.float64(np.uint64(bits) >> np.uint64(11)) / 2.0**53


@compiled
def shuffled(index: Int, size: Int, key: Int) -> Int:
    """Return where ``index`` of ``size`` goes in the permutation that belongs to ``key``.

    A Feistel network of six rounds over the next even power of two, walked until it lands inside
    (Black and Rogaway 2002): no memory, any element alone.
    """
    half = np.uint64(1)
    while np.uint64(1) << (half + half) < np.uint64(size):
        half += np.uint64(1)
    low = (np.uint64(1) << half) - np.uint64(1)
    x = np.uint64(index)
    while True:
        left, right = x >> half, x & low
        for turn in range(6):
            left, right = right, left ^ (mixed(np.uint64(key) + np.uint64(turn), right) & low)
        x = (left << half) | right
        if x < np.uint64(size):
            return np.int64(x)


@compiled
def copied(source: Array, start: Int, end: Int, out: Array, at: Int) -> Int:
    """Copy ``source[start:end]`` to ``out`` at ``at``; returns where the copy ends."""
    if end > start:
        begin, place = np.uint64(start), np.uint64(at)
        for step in range(np.uint64(end) - begin):
            out[place + step] = source[begin + step]
    return at + end - start


@compiled
def same(first: Array, at: Int, second: Array, begin: Int, size: Int) -> bool:
    """Say whether ``size`` entries of two arrays, from ``at`` and ``begin`` on, are the same."""
    step, one, other = np.uint64(0), np.uint64(at), np.uint64(begin)
    while step < np.uint64(size) and first[one + step] == second[other + step]:
        step += np.uint64(1)
    return bool(step == np.uint64(size))
