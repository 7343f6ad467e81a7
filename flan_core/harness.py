"""Export our tasks for lm-evaluation-harness, for anyone to check our scores with another tool.

    folder/flan_rte_0.yaml          a task and template: rows, prompt, options, metrics
           flan_rte.yaml            the task: mean over its templates
           data/flan_rte_0.jsonl    prompt, options, gold      (or references, for free text)
           flan_tasks.py            reads the rows, and our metrics for free text

    lm_eval --model hf --model_args pretrained=CHECKPOINT,add_bos_token=False \
            --include_path FOLDER --tasks flan_rte

The texts are exactly what evaluate asks: exemplars in the prompt, the long field shortened to fit,
the tokenizer's EOS between input and target and after the target (as a special token's text, with
no other delimiter). Accuracy and log-likelihoods are then the same; ``acc_norm`` is not, as the
harness divides by characters and we by tokens.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from flan_core.config import Evaluate
from flan_core.errors import BadInput
from flan_core.evaluate.questions import Asked, Choice, Form, Part, Quiz
from flan_core.metrics import METRICS
from flan_core.progress import track
from flan_core.prompt.reading import tasks_in
from flan_core.schemas import whole
from flan_core.tokens import Tokenizer

PREFIX = "flan_"
NO_CONTEXT = 1 << 30
"""The model is not known here, so its context bounds nothing."""
CODE = "flan_tasks"
"""The file of code that the harness calls, beside the tasks."""

_CODE = '''"""Rows and metrics of these tasks, called by lm-evaluation-harness."""

import json
from functools import partial
from pathlib import Path


def rows(file, **settings):
    """Return a task's rows as the harness wants them."""
    from datasets import Dataset

    lines = (Path(__file__).parent / "data" / file).read_text(encoding="utf-8").splitlines()
    return {"test": Dataset.from_list([json.loads(line) for line in lines])}


def process_results(doc, results):
    """Return the answer with what is accepted, for each metric of the task."""
    return {name: (doc["references"], results[0].strip(), doc["group"]) for name in doc["metrics"]}


def aggregate(name, items):
    """Return a metric over all answers, as a percentage."""
    from flan_core.metrics import METRICS

    accepted, said, groups = zip(*items)
    return METRICS[name].score(list(accepted), list(said), list(groups))


'''
_AGGREGATE = 'aggregate_{name} = partial(aggregate, "{name}")\n'


class _Function(str):
    """A function that the harness finds in a file beside the task's."""

    __slots__ = ()


def _as_function(dumper: yaml.SafeDumper, name: _Function) -> yaml.Node:
    return dumper.represent_scalar("!function", str(name))


class _Dumper(yaml.SafeDumper):
    """Writes ``_Function`` as the harness reads it."""


_Dumper.add_representer(_Function, _as_function)


def export(config: Evaluate, *, prompts: Path, tokenizer: str | Path, folder: Path) -> list[str]:
    """Write the cluster's tasks (all tasks, for no cluster) into ``folder``; returns their names.

    Rows, templates and the first number of exemplars are those that evaluate asks with ``config``;
    ``tokenizer`` is a folder or hub id, the model's own.

    Raises:
        BadInput: there are no such tasks, or as evaluate does.
    """
    words = Tokenizer.open(tokenizer)
    choice = Choice(
        max_rows=config.max_rows,
        max_dev_rows=0,
        templates=config.templates,
        seed=config.seed,
        mode=config.mode,
    )
    quizzes = [Quiz(prompts, task, choice, words) for task in tasks_in(prompts, "test")]
    chosen = [quiz for quiz in quizzes if config.cluster in ("", quiz.about.cluster)]
    if not chosen:
        raise BadInput(f"{prompts} holds no test prompts of cluster {config.cluster!r}")
    form = Form(
        shots=config.shots[0],
        with_options=True,
        max_input=config.max_input,
        context=NO_CONTEXT,
    )
    with whole(folder) as draft:
        (draft / "data").mkdir(parents=True)
        code = _CODE + "".join(_AGGREGATE.format(name=name) for name in METRICS)
        (draft / f"{CODE}.py").write_text(code, encoding="utf-8")
        for quiz in track(chosen, "export", "tasks"):
            _write_task(quiz, form, draft)
    return [PREFIX + quiz.task for quiz in chosen]


def _write_task(quiz: Quiz, form: Form, draft: Path) -> None:
    """Write one task: a file and rows for each template, and the group of them."""
    rows: dict[int, list[dict[str, Any]]] = {}
    for part in quiz.parts():
        rows.setdefault(part.template, []).extend(_documents(quiz, part, form))
    names = []
    for template, documents in rows.items():
        names.append(f"{PREFIX}{quiz.task}_{template}")
        lines = [json.dumps(each, ensure_ascii=False) + "\n" for each in documents]
        file = f"{names[-1]}.jsonl"
        (draft / "data" / file).write_text("".join(lines), encoding="utf-8")
        settings = {
            "task": names[-1],
            "custom_dataset": _Function(f"{CODE}.rows"),
            "dataset_kwargs": {"file": file},
            "test_split": "test",
            "doc_to_text": "prompt",
            "target_delimiter": "",
            **(_ranked() if quiz.is_classification else _written(quiz)),
        }
        _dump(draft / f"{names[-1]}.yaml", settings)
    metric = "acc" if quiz.is_classification else quiz.about.metrics[0]
    means = [{"metric": metric, "aggregation": "mean", "weight_by_size": False}]
    _dump(
        draft / f"{PREFIX}{quiz.task}.yaml",
        {"group": PREFIX + quiz.task, "task": names, "aggregate_metric_list": means},
    )


def _ranked() -> dict[str, Any]:
    return {
        "output_type": "multiple_choice",
        "doc_to_choice": "options",
        "doc_to_target": "gold",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
    }


def _written(quiz: Quiz) -> dict[str, Any]:
    return {
        "output_type": "generate_until",
        "doc_to_target": "target",
        "generation_kwargs": {
            "until": [quiz.tokenizer.eos_text],
            "max_gen_toks": quiz.about.max_target_tokens,
            "do_sample": False,
        },
        "process_results": _Function(f"{CODE}.process_results"),
        "metric_list": [
            {
                "metric": name,
                "aggregation": _Function(f"{CODE}.aggregate_{name}"),
                "higher_is_better": True,
            }
            for name in quiz.about.metrics
        ],
    }


def _documents(quiz: Quiz, part: Part, form: Form) -> Iterator[dict[str, Any]]:
    """Yield what the harness reads of each test row of a part."""
    asked = quiz.ask(part, form)
    for i, split in enumerate(asked.splits):
        if split == "test":
            yield _document(quiz, asked, i)


def _document(quiz: Quiz, asked: Asked, i: int) -> dict[str, Any]:
    eos = quiz.tokenizer.eos_text
    text = quiz.tokenizer.decode(asked.trunks[i][:-1]) if asked.truncated[i] else asked.inputs[i]
    document: dict[str, Any] = {"prompt": text + eos, "row": asked.rows[i]}
    if not quiz.is_classification:
        document |= {"target": asked.targets[i], "references": asked.accepted[i]}
        return document | {"group": asked.groups[i], "metrics": list(quiz.about.metrics)}
    options, accepted = asked.options[i], asked.accepted[i]
    gold = [place for place, option in enumerate(options) if option in accepted]
    texts = [quiz.tokenizer.decode(branch[:-1]) + eos for branch in asked.branches[i]]
    return document | {"options": texts, "gold": gold}


def _dump(path: Path, value: Mapping[str, Any]) -> None:
    text = yaml.dump(dict(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
