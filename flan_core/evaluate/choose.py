"""Rank classification: the log-likelihood of each option, given its prompt.

    trunk    p p p <eos>          option    yes <eos>
    scored             yes  <eos>           log p(yes | trunk) + log p(<eos> | trunk, yes)

The model is asked with options as branches of one tree (tree.py) where its architecture allows
that, and one padded sequence an option where not. Either way the numbers equal the plain
computation, one sequence at a time, to 1e-4 in float32; and where such a difference could change a
decision (the best two options, or the best two next words, nearly tie), the question is asked
again in that plain way. Decisions therefore depend neither on the size of batches nor on what else
is in them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers import PreTrainedModel

from flan_core.evaluate import tree
from flan_core.evaluate.tree import IntArray, Question, Root, Row, Unfit

BLOCKS, TREE, PLAIN = ATTENTIONS = ("blocks", "tree", "plain")
"""Ways to ask: FlexAttention over the row, calls a question, one padded sequence an option."""
NEAR = 1e-3
"""Log-likelihoods or logits that are closer are taken for a possible tie (float32)."""
SHORTEST_ROOT = 32
"""Tokens that questions must share before a root pays."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """What the model makes of the options of one question."""

    log_likelihoods: npt.NDArray[np.float64]
    """Of each option, summed over its tokens and its EOS."""
    greedy: npt.NDArray[np.bool_]
    """Whether greedy decoding would write exactly this option and stop."""

    def best(self) -> int:
        """Return the option of the highest log-likelihood, the first of equals."""
        return int(np.argmax(self.log_likelihoods))

    def best_normalised(self, lengths: Sequence[int]) -> int:
        """Return the option of the highest log-likelihood a token, the first of equals."""
        return int(np.argmax(self.log_likelihoods / np.asarray(lengths)))

    def written(self) -> int:
        """Return the option that greedy decoding writes; -1 for none of them."""
        return int(np.argmax(self.greedy)) if self.greedy.any() else -1


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one forward pass may hold."""

    tokens: int
    logits: int
    """Scored places times vocabulary."""


class Chooser:
    """Asks one model rank questions; ``attention`` is one of ``ATTENTIONS``."""

    def __init__(self, model: PreTrainedModel, budget: Budget, attention: str = TREE) -> None:
        """Take a loaded model; its attention is set during each call and put back after."""
        self.model, self.budget, self.attention = model, budget, attention
        self.vocabulary = model.get_output_embeddings().weight.shape[0]
        self._root = Root()

    def rank(self, questions: Sequence[Question], root: IntArray | None = None) -> list[Ranked]:
        """Score the options of each question.

        Questions may begin with the tokens of ``root`` or the first of them; these are computed
        once.
        """
        ranked = self._ranked(questions, root)
        if self.model.dtype != torch.float32:
            return [each for each, _ in ranked]
        return [
            rank_plainly(self.model, question) if fragile else each
            for question, (each, fragile) in zip(questions, ranked, strict=True)
        ]

    def rank_unchecked(
        self, questions: Sequence[Question], root: IntArray | None = None
    ) -> list[Ranked]:
        """Score the options of each question, without asking again where two nearly tie."""
        return [each for each, _ in self._ranked(questions, root)]

    @torch.inference_mode()
    def _ranked(
        self, questions: Sequence[Question], root: IntArray | None
    ) -> list[tuple[Ranked, bool]]:
        if self.attention == PLAIN:
            return self._rank_padded(questions)
        with attention_of(self.model, tree.NAME):
            return self._rank_as_trees(questions, root)

    def _rank_as_trees(
        self, questions: Sequence[Question], root: IntArray | None
    ) -> list[tuple[Ranked, bool]]:
        out: list[tuple[Ranked, bool]] = []
        questions, kept = self._rooted(questions, root)
        for batch in self.batches(questions):
            row = tree.lay(batch, self.model.device, kept, by_blocks=self.attention == BLOCKS)
            out += score(self._logits(row, row.kept), batch)
        return out

    def _logits(self, row: Row, kept: Tensor | int) -> Tensor:
        """Return the logits [places, V] at the places that are kept."""
        try:
            logits: Tensor = self.model(
                input_ids=row.tokens,
                position_ids=row.positions,
                use_cache=False,
                row=row,
                logits_to_keep=kept,
            ).logits[0]
        except TypeError as error:
            raise Unfit(f"{type(self.model).__name__} takes no such call: {error}") from error
        return logits

    def _rooted(
        self, questions: Sequence[Question], root: IntArray | None
    ) -> tuple[Sequence[Question], Root]:
        """Find how much each question shares with the root, and compute what two or more share."""
        if root is None or len(questions) < 2:
            return questions, Root()
        shared = [common(question.trunk, root) for question in questions]
        longest = sorted(shared)[-2]
        if longest < SHORTEST_ROOT:
            return questions, Root()
        if len(self._root.tokens) != longest or (self._root.tokens != root[:longest]).any():
            self._root = self._grow(root[:longest])
        rooted = [
            replace(question, shared=min(n, longest) if n >= SHORTEST_ROOT else 0)
            for question, n in zip(questions, shared, strict=True)
        ]
        return rooted, self._root

    def _grow(self, tokens: IntArray) -> Root:
        root = Root(tokens)
        row = tree.lay([Question(tokens, ())], self.model.device, root)
        row.record = True
        self._logits(row, 1)
        return root

    def batches(self, questions: Sequence[Question]) -> Iterator[list[Question]]:
        """Cut the questions, in order, into batches within the budget; each has one at least."""
        batch: list[Question] = []
        tokens = logits = 0
        for question in questions:
            own = 1 + sum(len(option) - 1 for option in question.options)
            tokens += question.tokens
            logits += own * self.vocabulary
            if batch and (tokens > self.budget.tokens or logits > self.budget.logits):
                yield batch
                batch, tokens, logits = [], question.tokens, own * self.vocabulary
            batch.append(question)
        if batch:
            yield batch

    def _rank_padded(self, questions: Sequence[Question]) -> list[tuple[Ranked, bool]]:
        """Rank with one sequence an option, padded on the right; for models that are no trees."""
        alone = [replace(q, options=(option,)) for q in questions for option in q.options]
        order = sorted(range(len(alone)), key=lambda i: alone[i].tokens)
        parts: dict[int, tuple[Ranked, bool]] = {}
        for batch in self._padded(alone, order):
            logits = self._padded_logits([alone[i] for i in batch])
            for i, one in zip(batch, logits, strict=True):
                parts[i] = score(one, [alone[i]])[0]
        ordered = (parts[i] for i in range(len(alone)))
        return [joined([next(ordered) for _ in question.options]) for question in questions]

    def _padded(self, alone: Sequence[Question], order: Sequence[int]) -> Iterator[list[int]]:
        batch: list[int] = []
        for i in order:
            if batch and (len(batch) + 1) * alone[i].tokens > self.budget.tokens:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _padded_logits(self, batch: Sequence[Question]) -> Iterator[Tensor]:
        """Yield each sequence's logits at its scored places."""
        rows = [np.concatenate([q.trunk, q.options[0][:-1]]) for q in batch]
        width = max(len(row) for row in rows)
        tokens = torch.zeros(len(rows), width, dtype=torch.long)
        for i, row in enumerate(rows):
            tokens[i, : len(row)] = torch.from_numpy(row.astype(np.int64))
        lengths = torch.tensor([len(row) for row in rows])
        mask = torch.arange(width)[None] < lengths[:, None]
        first = min(len(q.trunk) for q in batch) - 1
        logits = self.model(
            input_ids=tokens.to(self.model.device),
            attention_mask=mask.long().to(self.model.device),
            use_cache=False,
            logits_to_keep=width - first,
        ).logits
        for i, (question, row) in enumerate(zip(batch, rows, strict=True)):
            yield logits[i, len(question.trunk) - 1 - first : len(row) - first]


def rank_plainly(model: PreTrainedModel, question: Question) -> Ranked:
    """Score each option as a sequence of its own, with nothing shared, padded or packed."""
    parts = []
    with torch.inference_mode():
        for option in question.options:
            tokens = np.concatenate([question.trunk, option[:-1]]).astype(np.int64)
            logits = model(
                input_ids=torch.from_numpy(tokens)[None].to(model.device),
                use_cache=False,
                logits_to_keep=len(option),
            ).logits[0]
            parts.append(score(logits, [replace(question, options=(option,))])[0])
    return joined(parts)[0]


def score(logits: Tensor, questions: Sequence[Question]) -> list[tuple[Ranked, bool]]:
    """Turn logits [places, V] into the scores of each question's options.

    The places of a question are its trunk's end, then its branches. Also tells which questions are
    fragile: where a difference of ``NEAR`` could change what is chosen.
    """
    places, targets, counts = _targets(questions)
    logits = logits.float()
    target = torch.from_numpy(targets).to(logits.device)
    place = torch.from_numpy(places).to(logits.device)
    top = logits.amax(-1)
    chosen = logits[place, target]
    values = (chosen - logits.logsumexp(-1)[place]).double().cpu().numpy()
    behind = (top[place] - chosen).cpu().numpy()
    close = np.flatnonzero(behind < NEAR)
    rivals = (logits[place[close]] > (top[place[close]] - NEAR)[:, None]).sum(-1).cpu().numpy()
    tied = np.zeros(len(values), dtype=bool)
    tied[close[rivals > 1]] = True
    starts = np.cumsum([0, *counts])[:-1]
    sums = np.add.reduceat(values, starts)
    greedy = np.logical_and.reduceat(behind == 0, starts)
    possible = np.logical_and.reduceat(behind < NEAR, starts)
    unsure = possible & np.logical_or.reduceat(tied, starts)
    out, start = [], 0
    for question in questions:
        here = slice(start, start + len(question.options))
        start = here.stop
        out.append((Ranked(sums[here], greedy[here]), bool(unsure[here].any())))
    return [
        (each, unsure or _near_tie(each, q))
        for (each, unsure), q in zip(out, questions, strict=True)
    ]


def _targets(questions: Sequence[Question]) -> tuple[IntArray, IntArray, list[int]]:
    """Return for each token of each option its place in the logits and itself; and the lengths."""
    places, targets, counts = [], [], []
    base = 0
    for question in questions:
        following = base + 1
        for option in question.options:
            after = following + len(option) - 1
            places.append(np.concatenate([[base], np.arange(following, after)]))
            targets.append(option)
            counts.append(len(option))
            following = after
        base = following
    return np.concatenate(places), np.concatenate(targets).astype(np.int64), counts


def _near_tie(ranked: Ranked, question: Question) -> bool:
    """Tell whether the best two options nearly tie, in sum or a token."""
    lengths = np.array([len(option) for option in question.options])
    for values in (ranked.log_likelihoods, ranked.log_likelihoods / lengths):
        best = np.sort(values)[-2:]
        if len(best) == 2 and best[1] - best[0] < NEAR:
            return True
    return False


def joined(parts: Sequence[tuple[Ranked, bool]]) -> tuple[Ranked, bool]:
    """Join the scores of one question's options that were computed apart."""
    sums = np.concatenate([each.log_likelihoods for each, _ in parts])
    greedy = np.concatenate([each.greedy for each, _ in parts])
    best = np.sort(sums)[-2:]
    close = len(best) == 2 and bool(best[1] - best[0] < NEAR)
    return Ranked(sums, greedy), close or any(unsure for _, unsure in parts)


def common(first: IntArray, second: IntArray) -> int:
    """Return how many tokens two sequences begin with alike, leaving the first at least one.

    >>> common(np.array([1, 2, 3]), np.array([1, 2, 3, 4]))
    2
    """
    size = min(len(first) - 1, len(second))
    differs = np.flatnonzero(first[:size] != second[:size])
    return int(differs[0]) if len(differs) else size


@contextmanager
def attention_of(model: PreTrainedModel, name: str) -> Iterator[None]:
    """Set the model's attention and put it back afterwards.

    Raises:
        Unfit: the architecture has an attention of its own that cannot be set.
    """
    if not model._can_set_attn_implementation():
        raise Unfit(f"{type(model).__name__} computes its attention in its own way")
    before: Any = model.config._attn_implementation
    model.set_attn_implementation(name)
    try:
        yield
    finally:
        model.set_attn_implementation(before)
