"""Plan packs: best fit, longest first, over all examples at once; then as many as fill the steps.

    lengths   5 4 3 3 1      packs of 8      [5 3] [4 3 1]

A pack waits in the list of the room it has left; a bitmap of rooms finds the tightest one that is
large enough. Four million examples a second on one core.
"""

import numpy as np

from flan_core.compiled import Array, Int, compiled

_ROUNDS = 60


@compiled
def _lowest(bits: Int) -> Int:
    """Return the place of the lowest set bit of a number that is not 0."""
    place = 0
    for width in (32, 16, 8, 4, 2, 1):
        if bits & ((np.uint64(1) << np.uint64(width)) - np.uint64(1)) == 0:
            bits >>= np.uint64(width)
            place += width
    return place


@compiled
def _tightest(rooms: Array, wanted: Int) -> Int:
    """Return the smallest room of at least ``wanted`` that some pack has, or -1."""
    word = wanted >> 6
    bits = rooms[word] >> np.uint64(wanted & 63) << np.uint64(wanted & 63)
    while bits == 0:
        word += 1
        if word == rooms.size:
            return -1
        bits = rooms[word]
    return (word << 6) + _lowest(bits)


@compiled
def _longest_first(lengths: Array, size: Int) -> Array:
    """Return the examples by falling length, those of one length in their order."""
    places = np.zeros(size + 2, np.int64)
    for length in lengths:
        places[size - length + 1] += 1
    for step in range(size + 1):
        places[step + 1] += places[step]
    order = np.empty(lengths.size, np.int32)
    for example in range(lengths.size):
        place = size - lengths[example]
        order[places[place]] = example
        places[place] += 1
    return order


@compiled
def _take(head: Array, after: Array, rooms: Array, room: Int) -> Int:
    """Take a pack off the list of those that have ``room`` left."""
    pack = head[room]
    head[room] = after[pack]
    if head[room] < 0:
        rooms[room >> 6] ^= np.uint64(1) << np.uint64(room & 63)
    return pack


@compiled
def best_fit(lengths: Array, size: Int) -> tuple[Array, Int]:
    """Put examples of these lengths (int32, 1 to ``size``) into packs of ``size`` tokens.

    Returns the pack of each example, and how many packs there are.
    """
    order = _longest_first(lengths, size)
    pack_of = np.empty(lengths.size, np.int32)
    head = np.full(size + 1, -1, np.int32)
    after = np.empty(lengths.size, np.int32)
    rooms = np.zeros((size >> 6) + 1, np.uint64)
    num_packs = 0
    for example in order:
        length = lengths[example]
        room = _tightest(rooms, length)
        if room < 0:
            pack, room = num_packs, size
            num_packs += 1
        else:
            pack = _take(head, after, rooms, room)
        pack_of[example] = pack
        left = room - length
        if left:
            after[pack] = head[left]
            head[left] = pack
            rooms[left >> 6] |= np.uint64(1) << np.uint64(left & 63)
    return pack_of, num_packs


@compiled
def grouped(pack_of: Array, num_packs: Int) -> tuple[Array, Array]:
    """Return the examples pack by pack, in their order, and where each pack begins."""
    starts = np.zeros(num_packs + 1, np.int64)
    for pack in pack_of:
        starts[pack + 1] += 1
    for pack in range(num_packs):
        starts[pack + 1] += starts[pack]
    nexts = starts[:-1].copy()
    plan = np.empty(pack_of.size, np.int32)
    for example in range(pack_of.size):
        pack = pack_of[example]
        plan[nexts[pack]] = example
        nexts[pack] += 1
    return plan, starts


def filling(lengths: Array, size: int, num_packs: int) -> tuple[Array, int]:
    """Return the packs of the first examples, as many as fill exactly ``num_packs`` packs.

    Returns the pack of each of them, and how many examples there are. ``lengths`` must hold at
    least ``num_packs * size`` tokens. Whole examples only, each once, none left out before the
    last.
    """
    ends = np.cumsum(lengths, dtype=np.int64)
    most = min(int(np.searchsorted(ends, num_packs * size, side="right")), len(lengths))
    few, many = 0, most + 1  # so many examples fit; so many do not
    count = most
    best = np.zeros(0, np.int32)
    for _ in range(_ROUNDS):
        pack_of, used = best_fit(lengths[:count], size)
        if used <= num_packs:
            few, best = count, pack_of
        else:
            many = count
        if many - few <= 1 or used == num_packs:
            break
        count = _nearer(count, (used - num_packs) * size, lengths, (few, many))
    return _spread(best, num_packs), few


def _nearer(count: int, excess_tokens: int, lengths: Array, between: tuple[int, int]) -> int:
    """Guess how many examples fit, from how many tokens the last guess was off."""
    mean = max(float(lengths[:count].mean()), 1.0)
    guess = count - (int(np.sign(excess_tokens)) + round(excess_tokens / mean))
    few, many = between
    return guess if few < guess < many else (few + many) // 2


def _spread(pack_of: Array, num_packs: int) -> Array:
    """Move examples from packs of several to packs that would be empty."""
    used = int(pack_of.max()) + 1 if len(pack_of) else 0
    if used == num_packs:
        return pack_of
    sizes = np.bincount(pack_of, minlength=num_packs)
    pack_of = pack_of.copy()
    for example in range(len(pack_of) - 1, -1, -1):
        if used == num_packs:
            break
        if sizes[pack_of[example]] > 1:
            sizes[pack_of[example]] -= 1
            pack_of[example] = used
            used += 1
    return pack_of
