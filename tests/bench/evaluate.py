"""Rank classification against lm-evaluation-harness: same model, requests, threads, in one run.

    case    rows                   options    exemplars
    texts   CosmosQA, HellaSwag    sentences  0
    words   BoolQ, RTE             yes, no    0          one token and no EOS: the harness's best
    shots   CosmosQA, HellaSwag    sentences  5          case, one forward pass a prompt

Both score the same (context, option) pairs: the prompts that evaluate asks, one template a task.
Time counts from text to log-likelihoods (theirs: ``HFLM.loglikelihood``; ours: rendering, tokens
and ``Chooser.rank``), at the harness's best batch size, the better of repeats by turns. The numbers
must be equal: every log-likelihood to 1e-4, the accuracy exactly.

Run alone: ``python -m tests.bench.evaluate [--questions 500] [--threads 2] [--cases texts]``.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from transformers import AutoModelForCausalLM, AutoTokenizer

from flan_core.config import Fetch, Render
from flan_core.evaluate.choose import Chooser, Ranked
from flan_core.evaluate.models import attention_for, budget_of
from flan_core.evaluate.questions import Choice, Form, IntArray, Part, Quiz
from flan_core.evaluate.tree import Question
from flan_core.fetch import fetch
from flan_core.model.made import config_of
from flan_core.prompt import Prompts
from flan_core.render import render
from flan_core.tokens import Tokenizer, train_tokenizer
from tests.bench.data_rows import source
from tests.bench.results import record, show

TEXTS, WORDS = ("cosmos_qa", "hellaswag"), ("bool_q", "rte")
GOALS = {"texts": 5.0, "words": 3.0, "shots": 8.0}
MODEL, VOCABULARY = "llama-256", 32_000
BATCHES = (1, 4, 16, 32)
REPEATS = 2
TRIAL = 100
"""Requests on which the harness's best batch size is found."""
CONTEXT = 4_096
"""Tokens that the model is used with."""


@dataclass(frozen=True)
class Case:
    """Which questions both sides are asked."""

    name: str
    quizzes: list[Quiz]
    form: Form
    eos: bool
    """Whether an option ends with EOS, as in our protocol."""
    questions: int

    def sheets(self) -> list["Sheet"]:
        """Render and tokenise, a sheet a task."""
        return [_sheet(self, quiz) for quiz in self.quizzes]


@dataclass(frozen=True)
class Sheet:
    """Questions of one task, as tokens for us and as text for them."""

    questions: list[Question]
    root: IntArray
    contexts: list[str]
    options: list[list[str]]
    right: list[int]


def _sheet(case: Case, quiz: Quiz) -> Sheet:
    most = case.questions // len(case.quizzes)
    asked = quiz.ask(
        Part(quiz.task, quiz.about.normal[0], 0, min(most, len(quiz.asked))), case.form
    )
    eos = quiz.tokenizer.eos_text
    last = None if case.eos else -1
    texts = zip(asked.trunks, asked.truncated, asked.inputs, strict=True)
    return Sheet(
        questions=[
            Question(trunk, tuple(branch[:last] for branch in branches))
            for trunk, branches in zip(asked.trunks, asked.branches, strict=True)
        ],
        root=asked.trunks[max(range(len(asked.shots)), key=lambda i: asked.shots[i])],
        contexts=[
            quiz.tokenizer.decode(trunk) if cut else text + eos for trunk, cut, text in texts
        ],
        options=[[option + eos * case.eos for option in some] for some in asked.options],
        right=[
            some.index(answers[0])
            for some, answers in zip(asked.options, asked.accepted, strict=True)
        ],
    )


def ours(case: Case, chooser: Chooser) -> list[Ranked]:
    """Render, tokenise and rank."""
    return [
        ranked for sheet in case.sheets() for ranked in chooser.rank(sheet.questions, sheet.root)
    ]


def theirs(requests: Sequence[Instance], judge: HFLM, batch: int) -> list[tuple[float, bool]]:
    """Score the requests with the harness."""
    judge.batch_size_per_gpu = batch
    return judge.loglikelihood(list(requests), disable_tqdm=True)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds and the result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def measure(case: Case, chooser: Chooser, judge: HFLM) -> dict[str, Any]:
    """Run both sides by turns, compare their numbers, and record the ratio."""
    sheets = case.sheets()
    requests = [
        Instance(request_type="loglikelihood", doc={}, arguments=(context, option), idx=0)
        for sheet in sheets
        for context, some in zip(sheet.contexts, sheet.options, strict=True)
        for option in some
    ]
    if not case.eos and any(len(o) > 1 for s in sheets for q in s.questions for o in q.options):
        raise SystemExit(f"{case.name}: options must be one token each")
    trial = requests[:: max(len(requests) // TRIAL, 1)]
    batch = min(BATCHES, key=lambda size: timed(lambda: theirs(trial, judge, size))[0])
    best = {"ours": math.inf, "theirs": math.inf}
    for _ in range(REPEATS):
        taken, ranked = timed(lambda: ours(case, chooser))
        best["ours"] = min(best["ours"], taken)
        taken, answers = timed(lambda: theirs(requests, judge, batch))
        best["theirs"] = min(best["theirs"], taken)
    error, accuracy = compared(ranked, answers, [each for sheet in sheets for each in sheet.right])
    print(
        f"{case.name}: {len(requests)} requests, harness at batch {batch}, largest difference of a "
        f"log-likelihood {error:.1e}, accuracy {accuracy[0]:.4f} and {accuracy[1]:.4f}"
    )
    if error > 1e-4 or accuracy[0] != accuracy[1]:
        raise SystemExit(f"{case.name}: the two do not agree")
    return record(
        name=f"evaluate: rank classification, {case.name}",
        ours=len(requests) / best["ours"],
        peer=len(requests) / best["theirs"],
        peer_version=f"lm-eval {version('lm-eval')}",
        goal=GOALS[case.name],
        unit="requests/s",
    )


def compared(
    ranked: Sequence[Ranked], answers: Sequence[tuple[float, bool]], right: Sequence[int]
) -> tuple[float, tuple[float, float]]:
    """Return the largest difference of a log-likelihood, and both accuracies."""
    place, error, hits = 0, 0.0, [0, 0]
    for each, answer in zip(ranked, right, strict=True):
        size = len(each.log_likelihoods)
        values = np.array([value for value, _ in answers[place : place + size]])
        place += size
        error = max(error, float(np.abs(values - each.log_likelihoods).max()))
        hits[0] += each.best() == answer
        hits[1] += int(values.argmax()) == answer
    return error, (hits[0] / len(right), hits[1] / len(right))


def prepared(folder: Path) -> tuple[list[Quiz], Tokenizer]:
    """Fetch and render the tasks, and train a tokenizer on them."""
    tasks = (*TEXTS, *WORDS)
    fetch(Fetch(source=source(), tasks=tasks), rows=folder / "rows")
    render(Render(max_bad=1.0), rows=folder / "rows", prompts=folder / "prompts")
    texts = ["yes", "no"] * 5_000  # one token each, as in any large vocabulary
    for task in tasks:
        prompts = Prompts.open(folder / "prompts", task, "train")
        texts += prompts.render(range(min(len(prompts), 2_000)), 0).inputs
    tokenizer = train_tokenizer(texts, VOCABULARY, folder / "model")
    choice = Choice(max_rows=0, max_dev_rows=0, templates=1, seed=0)
    return [Quiz(folder / "prompts", task, choice, tokenizer) for task in tasks], tokenizer


def sides(tokenizer: Tokenizer) -> tuple[Chooser, HFLM]:
    """Return ours and theirs around one model, of 4 layers and a vocabulary of 32,000."""
    config = config_of(MODEL, vocabulary=VOCABULARY, eos=tokenizer.eos, pad=tokenizer.eos)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    words = AutoTokenizer.from_pretrained(tokenizer.folder)
    judge = HFLM(pretrained=model, tokenizer=words, add_bos_token=False, max_length=CONTEXT)
    budget = budget_of(model, 0)
    return Chooser(model, budget, attention_for(model, budget)), judge


def main(arguments: Sequence[str] = ()) -> None:
    """Measure the three cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cases", nargs="+", default=list(GOALS), choices=list(GOALS))
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    with TemporaryDirectory() as name:
        quizzes, tokenizer = prepared(Path(name))
        chooser, judge = sides(tokenizer)
        zero = Form(shots=0, with_options=True, max_input=1_024, context=CONTEXT)
        five = Form(shots=5, with_options=True, max_input=CONTEXT - 512, context=CONTEXT)
        cases = (
            Case("texts", quizzes[:2], zero, eos=True, questions=asked.questions),
            Case("words", quizzes[2:], zero, eos=False, questions=asked.questions),
            Case("shots", quizzes[:2], five, eos=True, questions=asked.questions // 5),
        )
        lines = [measure(case, chooser, judge) for case in cases if case.name in asked.cases]
    show(f"Rank classification, {asked.threads} threads", lines)


if __name__ == "__main__":
    main(sys.argv[1:])
