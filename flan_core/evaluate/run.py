"""Evaluate one held-out cluster: ask both models, write predictions as they come, sum up in scores.

    prompts ─▶ questions ─▶ parts, dealt to ranks ──▶ choose | write ─▶ predictions/ ─▶ scores.json
                                                       each rank              first rank

Parts lie on disk as soon as they are answered: a killed evaluation goes on behind them.
"""

import gc
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from flan_core import scores as found
from flan_core.config import Evaluate
from flan_core.datasets import clusters, tasks_of
from flan_core.errors import BadInput, unknown
from flan_core.evaluate.choose import Ranked
from flan_core.evaluate.measure import measure, summary
from flan_core.evaluate.models import Loaded, device_of, load, open_tokenizer
from flan_core.evaluate.predictions import Ledger, fingerprint_of
from flan_core.evaluate.questions import Asked, Choice, Form, Part, Quiz
from flan_core.evaluate.ranks import Ranks
from flan_core.evaluate.tree import IntArray, Question
from flan_core.metrics import METRICS
from flan_core.progress import Track
from flan_core.prompt.reading import file_of, tasks_in
from flan_core.schemas import dumps, file_sha256, read_about, whole
from flan_core.scores import Model, Scores
from flan_core.step import ABOUT
from flan_core.tokens import Tokenizer

METHOD = 1
"""Raised when the same settings would give other predictions: old parts are then not taken over."""
NO_BEARING = ("batch_tokens", "bootstrap")
"""Settings that predictions do not depend on."""
UNTOLD = ("batch_tokens",)
"""Settings that scores do not depend on."""


def run(config: Evaluate, *, prompts: Path, checkpoint: Path, scores: Path) -> None:
    """Evaluate ``config.cluster``; see ``flan_core.evaluate.evaluate``."""
    ranks = Ranks.here()
    try:
        if ranks.is_first:
            (scores / found.FILE).unlink(missing_ok=True)  # an old one must not outlive a failure
        ranks.wait()
        tokenizer = open_tokenizer(checkpoint)
        quizzes = quizzes_of(config, prompts, tokenizer)
        exam = Exam(config, prompts, checkpoint, scores, tokenizer, quizzes, ranks)
        models = dict(exam.ask_all())
        ranks.wait()
        if ranks.is_first:
            sum_up(exam, models)
        ranks.wait()
    finally:
        ranks.close()


def quizzes_of(config: Evaluate, prompts: Path, tokenizer: Tokenizer) -> list[Quiz]:
    """Open every task of the cluster, in name order.

    Raises:
        BadInput: the prompts hold no task of the cluster, a task has no test rows, or it has no
            train rows and is only asked with exemplars.
    """
    tasks = {}
    for split in ("train", "dev", "test"):
        for task in tasks_in(prompts, split):
            tasks[task] = read_about(file_of(prompts, task, split), "prompts/1")["cluster"]
    if config.cluster not in tasks.values():
        raise unknown("cluster", config.cluster, set(tasks.values()))
    choice = Choice(
        max_rows=config.max_rows,
        max_dev_rows=config.max_dev_rows,
        templates=config.templates,
        seed=config.seed,
        mode=config.mode,
    )
    chosen = tasks_of(config.tasks) if config.tasks else tuple(tasks)
    names = sorted(
        task for task, cluster in tasks.items() if cluster == config.cluster and task in chosen
    )
    if not names:
        raise BadInput(
            f"evaluate.tasks {', '.join(config.tasks)} names no task of {config.cluster} in "
            f"{prompts}; leave it empty to ask about all"
        )
    quizzes = [Quiz(prompts, task, choice, tokenizer) for task in names]
    for quiz in quizzes:
        if 0 not in config.shots and not quiz.has_exemplars:
            raise BadInput(
                f"task {quiz.task} has no train rows to take exemplars from, and evaluate.shots "
                f"{list(config.shots)} asks for some always; add 0 to it"
            )
    return quizzes


@dataclass(frozen=True, slots=True)
class Exam:
    """All that one evaluation works with."""

    config: Evaluate
    prompts: Path
    checkpoint: Path
    scores: Path
    tokenizer: Tokenizer
    quizzes: list[Quiz]
    ranks: Ranks

    def ask_all(self) -> Iterator[tuple[str, tuple[Model, list[Ledger]]]]:
        """Ask every model in every form; yields who, what it is, and where its answers are."""
        for who in ("tuned", "untuned")[: 1 + self.config.untuned]:
            device = device_of(self.ranks.local)
            loaded = load(who, self.config, self.checkpoint, self.tokenizer, device)
            ledgers = [self._ask(loaded, key, form) for key, form in self.forms(who, loaded)]
            yield who, (loaded.about, ledgers)
            del loaded
            gc.collect()
            torch.cuda.empty_cache()  # the other model needs the room; nothing without a GPU

    def forms(self, who: str, loaded: Loaded) -> list[tuple[str, Form]]:
        """Return the keys of the results that a model gets, each with its form."""
        names = [(who, True)]
        ranked = any(quiz.is_classification for quiz in self.quizzes)
        if who == "untuned" and self.config.without_options and ranked:
            names.append(("untuned_no_options", False))
        context, most = context_of(loaded), self.config.max_input
        return [
            (
                f"{name}/{shots}",
                Form(shots=shots, with_options=shown, max_input=most, context=context),
            )
            for shots in self.config.shots
            for name, shown in names
        ]

    def _ask(self, loaded: Loaded, key: str, form: Form) -> Ledger:
        quizzes = {
            quiz.task: quiz
            for quiz in self.quizzes
            if (form.with_options or quiz.is_classification)
            and (not form.shots or quiz.has_exemplars)
        }
        parts = tuple(part for quiz in quizzes.values() for part in quiz.parts())
        ledger = Ledger(
            self.scores / "predictions", key, self._fingerprint(loaded, form, quizzes), parts
        )
        mine = range(self.ranks.rank, len(parts), self.ranks.world)
        with Track(f"evaluate {key}", sum(parts[i].size for i in mine), "prompts") as progress:
            for number in mine:
                self._ensure(ledger, number, loaded, form)
                progress.advance(parts[number].size)
        return ledger

    def _ensure(self, ledger: Ledger, number: int, loaded: Loaded, form: Form) -> None:
        """Ask a part unless an earlier, interrupted evaluation did."""
        if ledger.has(number):
            return
        part = ledger.parts[number]
        quiz = next(quiz for quiz in self.quizzes if quiz.task == part.task)
        ledger.put(number, answered(loaded, quiz, part, form, self.tokenizer))

    def _fingerprint(self, loaded: Loaded, form: Form, quizzes: dict[str, Quiz]) -> str:
        settings = asdict(self.config)
        return fingerprint_of(
            {
                "method": METHOD,
                "model": asdict(replace(loaded.about, checkpoint_sha256="")),  # weights decide
                "before": loaded.before.tolist(),
                "form": asdict(form),
                "settings": {k: v for k, v in settings.items() if k not in (*NO_BEARING, "shots")},
                "prompts": {
                    f"{task}/{split}": file_sha256(path)
                    for task in quizzes
                    for split in ("train", "dev", "test")
                    if (path := file_of(self.prompts, task, split)).is_file()
                },
            }
        )


def context_of(loaded: Loaded) -> int:
    """Return how many tokens the model can read and write in all, behind its soft prompt."""
    config = loaded.chooser.model.config.get_text_config()
    longest = getattr(config, "max_position_embeddings", None) or 1 << 30
    return int(longest) - len(loaded.before)


def answered(
    loaded: Loaded, quiz: Quiz, part: Part, form: Form, tokenizer: Tokenizer
) -> dict[str, Sequence[Any]]:
    """Ask one part and return the columns of its predictions."""
    asked = quiz.ask(part, form)
    columns: dict[str, Sequence[Any]] = {
        "split": asked.splits,
        "row": asked.rows,
        "target": asked.targets,
        "accepted": asked.accepted,
        "group": asked.groups,
        "options": asked.options,
        "shots": asked.shots,
        "truncated": asked.truncated,
    }
    trunks = [np.concatenate([loaded.before, trunk]) for trunk in asked.trunks]
    if quiz.is_classification:
        own = _chosen(loaded, asked, trunks)
    else:
        words = loaded.writer.write(trunks, quiz.about.max_target_tokens)
        own = _written([tokenizer.decode(each).strip() for each in words])
    return {**columns, **own, "marks": marks_of(quiz, asked.accepted, own["said"])}


def marks_of(
    quiz: Quiz, accepted: Sequence[Sequence[str]], said: Sequence[str]
) -> list[list[float]]:
    """Return each answer's own share of the task's metrics, of those that have one, in order."""
    metrics = [METRICS[name] for name in quiz.about.metrics]
    by_metric = [metric.each(accepted, said) for metric in metrics if metric.each]
    return [list(marks) for marks in zip(*by_metric, strict=True)] or [[] for _ in said]


def _chosen(loaded: Loaded, asked: Asked, trunks: list[IntArray]) -> dict[str, Sequence[Any]]:
    questions = [Question(t, b) for t, b in zip(trunks, asked.branches, strict=True)]
    root = trunks[max(range(len(questions)), key=lambda i: asked.shots[i])]
    ranked: list[Ranked] = loaded.chooser.rank(questions, root)
    lengths = [[len(branch) for branch in branches] for branches in asked.branches]
    picks = list(zip(ranked, asked.options, lengths, strict=True))
    return {
        "said": [options[each.best()] for each, options, _ in picks],
        "said_normalised": [options[each.best_normalised(n)] for each, options, n in picks],
        "written": [
            options[each.written()] if each.written() >= 0 else "" for each, options, _ in picks
        ],
        "log_likelihoods": [each.log_likelihoods.round(4).tolist() for each in ranked],
        "lengths": lengths,
    }


def _written(said: list[str]) -> dict[str, Sequence[Any]]:
    none: list[list[Any]] = [[] for _ in said]
    return {
        "said": said,
        "said_normalised": said,
        "written": said,
        "log_likelihoods": none,
        "lengths": none,
    }


def sum_up(exam: Exam, models: dict[str, tuple[Model, list[Ledger]]]) -> None:
    """Measure all predictions and write scores.json and about.json."""
    ledgers = [ledger for _, some in models.values() for ledger in some]
    for ledger in ledgers:
        ledger.seal()
    scores = measure(exam.config, exam.quizzes, ledgers)
    settings = {k: v for k, v in asdict(exam.config).items() if k not in UNTOLD}
    whole_scores = Scores(
        cluster=exam.config.cluster,
        title=clusters()[exam.config.cluster].title,
        model={who: model for who, (model, _) in models.items()},
        settings=settings,
        **scores,
    )
    found.write(exam.scores, whole_scores)
    with whole(exam.scores / ABOUT) as draft:
        draft.write_text(dumps(summary(whole_scores)), encoding="utf-8")
