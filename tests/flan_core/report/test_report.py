"""The report is one page that needs no network, says what is missing, and invents nothing."""

import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from flan_core import scores as held_out_scores
from flan_core.config import Report
from flan_core.errors import BadInput
from flan_core.report import report
from flan_core.report.document import read_document
from flan_core.report.packing import packing_numbers
from flan_core.schemas import write_json
from flan_core.store import Store
from tests.flan_core import made

VOID = {"meta", "input", "br", "link", "img", "hr"}
ROWS = {
    "rte": {
        "repository": "aps/super_glue",
        "revision": "0123456789abcdef",
        "licence": "research",
        "invented": False,
        "splits": {"train": {"num_rows": 200}, "dev": {"num_rows": 20}, "test": {"num_rows": 40}},
    }
}
MIXTURE = {
    "held_out": ["nli"],
    "left_out": ["nli", "paraphrase"],
    "max_rate": 3000,
    "seed": 0,
    "forms": {"few_shot": 0.25, "shots": 5, "no_options": 0.0, "option_formats": False},
    "tasks": [
        {"task": "sst2", "cluster": "sentiment", "num_rows": 90, "max_rows": 60, "share": 0.75},
        {"task": "copa", "cluster": "commonsense", "num_rows": 20, "max_rows": 60, "share": 0.25},
    ],
}
GOT = {"examples": 30, "tokens": 900, "token_share": 0.6, "epochs": 0.5, "share": 0.75}
PACKS = {
    "length": 64,
    "num_packs": 8,
    "num_steps": 4,
    "packs_per_step": 2,
    "efficiency": 0.975,
    "num_examples": 40,
    "num_tokens": 499,
    "num_target_tokens": 99,
    "achieved": {"clusters": {"sentiment": {**GOT, "input_cut": 3}}, "tasks": {"sst2": GOT}},
}

LEAKAGE = {
    "policy": "drop",
    "tasks": {"sst2": {"rows": 90, "leaking": 7}, "trec": {"rows": 60, "leaking": 0}},
    "pairs": [
        {"train": "sst2", "task": "rte", "split": "dev", "same_text": 1, "shared_run": 0},
        {"train": "sst2", "task": "rte", "split": "test", "same_text": 2, "shared_run": 6},
    ],
}


class Outline(HTMLParser):
    """Tags that nobody closed, addresses that the page would fetch, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.fetched += [named["src"]] if "src" in named else []
        self.fetched += [named["href"]] if not named.get("href", "#").startswith("#") else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


class Run:
    """The folders of a run, made by hand, and the report of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scores = [made.scores(made.task(made.result(60.0, 62.0), made.result(50.0, 52.0)))]
        self.rows, self.mixture = ROWS, MIXTURE
        steps = [{"step": s, "loss": 4.0 - s, "clusters": {"sentiment": 3.0}} for s in range(3)]
        (folder / "checkpoint").mkdir(parents=True)
        lines = "".join(json.dumps(step) + "\n" for step in steps)
        (folder / "checkpoint/steps.jsonl").write_text(lines)
        write_json(folder / "packs/packs.json", "packs/1", PACKS)
        about = {"model": "tiny", "parameters": 1_234_567, "steps": 3, "versions": {"torch": "9.9"}}
        write_json(folder / "checkpoint/checkpoint.json", "checkpoint/1", about)

    def report(self, **settings) -> str:
        write_json(self.folder / "rows/rows.json", "rows/1", {"tasks": self.rows})
        write_json(self.folder / "mixture/mixture.json", "mixture/1", self.mixture)
        write_json(self.folder / "mixture/leakage.json", "leakage/1", LEAKAGE)
        for one in self.scores:
            held_out_scores.write(self.folder / "scores" / one.cluster, one)
        report(
            Report(recipe="smoke", **settings),
            rows=self.folder / "rows",
            mixture=self.folder / "mixture",
            packs=self.folder / "packs",
            checkpoint=self.folder / "checkpoint",
            scores=[self.folder / "scores" / one.cluster for one in self.scores],
            html=self.folder / "report.html",
            summary=self.folder / "summary.md",
            metrics=self.folder / "metrics.json",
        )
        return (self.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "run")


def text_of(page: str) -> str:
    body = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_page_is_well_formed_and_fetches_nothing(run: Run):
    outline = Outline()
    page = run.report()
    outline.feed(page)

    assert (outline.open, outline.wrong, outline.fetched) == ([], [], [])
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", page)


def test_the_page_tells_the_run_in_words_and_numbers(run: Run):
    text = text_of(run.report(commit="abc123"))

    for words in (
        "Held out: Natural language inference. The model tiny (1.2 million parameters) was tuned "
        "on 2 tasks for 3 steps.",
        "Left training with them, as their kin: Paraphrase.",
        "Rows that overlap evaluation 7, dropped; most: sst2 in rte test",
        "Filled 97.50 %",
        "Inputs shortened 3",
        "Final loss 2.000 nats",
        "RTE 40 61.0 ± 1.5 59.0 – 63.0 62.0 no. 1 51.0 ± 1.5 +10.0 +7.0 … +13.0 0.020 55.0 50.0",
        "sst2 60 75.0 % 75.0 % 30 900 60.0 % 0.50",
        "copa 20 25.0 % – – – – –",
        "rte aps/super_glue 0123456789abcdef 200 20 40 research",
        "Commit abc123",
        "torch 9.9",
        "wanted yes tuned yes right untuned no",
    ):
        assert words in text
    assert "invented" not in text


def test_a_report_of_samples_says_first_that_the_numbers_mean_nothing(run: Run):
    run.rows = {"rte": {**ROWS["rte"], "invented": True}}

    text = text_of(run.report())

    said = "These rows are invented: the numbers mean nothing."
    assert text.index(said) < text.index("61.0")
    assert f"> **{said}**" in (run.folder / "summary.md").read_text()


def test_failed_and_forgotten_clusters_are_holes_that_everyone_sees(run: Run):
    run.mixture = {**MIXTURE, "held_out": ["nli", "coreference", "sentiment"]}
    run.scores.append(held_out_scores.hole("coreference", "Coreference", "no memory", {}))

    text = text_of(run.report())

    assert "Coreference has no scores. Its evaluation failed: “no memory”." in text
    assert "Sentiment has no scores. It was held out, but evaluate left nothing for it." in text
    numbers = json.loads((run.folder / "metrics.json").read_text())
    assert (numbers["failed_clusters"], numbers["missing_clusters"]) == (1.0, 1.0)


def test_the_metrics_have_the_mixture_achieved_by_cluster_and_dataset():
    counts = {"examples": 3, "tokens": 90, "target_tokens": 9, "epochs": 0.5, "share": 1.0}
    achieved = {"clusters": {"nli": counts}, "datasets": {"rte": counts}}

    assert packing_numbers({"num_tokens": 90, "achieved": achieved}) == {
        "packed_tokens": 90.0,
        **{
            f"mixture.{name}.{count}": float(counts[count])
            for name in ("nli", "rte")
            for count in ("examples", "tokens", "target_tokens", "epochs")
        },
    }


def test_what_was_not_recorded_is_said_to_be_missing(run: Run):
    for name in ("checkpoint/checkpoint.json", "checkpoint/steps.jsonl", "packs/packs.json"):
        (run.folder / name).unlink()

    text = text_of(run.report())

    assert "The checkpoint holds no record of its training." in text
    assert "No packs were recorded." in text


def test_text_of_prompts_and_answers_cannot_break_the_page(run: Run):
    nasty = "</script><b>bold</b> & {{ 7 * 7 }}"
    task = run.scores[0].tasks["rte"]
    task = replace(task, title=nasty, examples=(made.answer(nasty, nasty, inputs=nasty),))
    run.scores = [replace(run.scores[0], tasks={"rte": task})]

    page = run.report()

    outline = Outline()
    outline.feed(page)
    assert (outline.open, outline.wrong) == ([], [])
    assert "<b>bold" not in page
    assert nasty in unescape(page)


def test_the_same_inputs_give_the_same_bytes(run: Run):
    assert run.report() == run.report()


def test_the_page_holds_itself_for_machines(run: Run):
    run.report(settings={"train": {"seed": 7}})

    document = read_document(run.folder)

    assert document["clusters"]["nli"]["mean"]["tuned/0"] == {
        "mean": 61.0,
        "interval": [59.0, 63.0],
        "best_dev": 62.0,
        "tasks": 1,
        "without": [],
    }
    assert document["settings"] == {"train": {"seed": 7}}
    assert document["numbers"] == json.loads((run.folder / "metrics.json").read_text())
    assert sorted(document["hashes"]) == ["checkpoint", "mixture", "packs", "rows"]


def test_a_previous_run_is_compared_with(run: Run, tmp_path: Path):
    before = Run(tmp_path / "before")
    before.scores = [made.scores(made.task(made.result(50.0, 52.0), made.result(50.0, 52.0)))]
    before.report(settings={"train": {"seed": 0}})

    text = text_of(run.report(settings={"train": {"seed": 1}}, against=str(before.folder)))

    assert "Natural language inference tuned 51.0 61.0 +10.0 +7.2 … +12.8" in text
    assert "settings.train.seed 0 1" in text


@pytest.mark.parametrize("address", ["runs/before", "runs/before/report.html", "runs/report/html"])
def test_a_previous_run_may_lie_in_a_store(
    address: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A folder stands for the bucket: both are asked in the same words."""
    before = Run(tmp_path / "s3" / "runs" / "before")
    before.scores = [made.scores(made.task(made.result(50.0, 52.0), made.result(50.0, 52.0)))]
    before.report()
    kfp = tmp_path / "s3" / "runs" / "report"
    kfp.mkdir()
    (kfp / "html").write_bytes((before.folder / "report.html").read_bytes())
    of = Store.of
    monkeypatch.setattr(Store, "of", lambda place: of(place.replace("s3:/", str(tmp_path / "s3"))))

    text = text_of(run.report(against=f"s3://{address}"))

    assert "Natural language inference tuned 51.0 61.0 +10.0" in text
    with pytest.raises(BadInput, match=r"s3://runs/nowhere has no report\.html"):
        run.report(against="s3://runs/nowhere")


def test_a_mean_names_the_tasks_that_have_no_part_in_it(run: Run):
    (scores,) = run.scores
    few = replace(scores.mean["tuned/0"], without=("wsc273",))
    compared = {**scores.comparison, "5": scores.comparison["0"]}
    run.scores = [replace(scores, mean={**scores.mean, "tuned/5": few}, comparison=compared)]

    text = text_of(run.report())

    assert "without wsc273, which has no train rows for exemplars" in text
    assert read_document(run.folder)["clusters"]["nli"]["mean"]["tuned/5"]["without"] == ["wsc273"]
    summary = (run.folder / "summary.md").read_text()
    assert (
        "Natural language inference, tuned, 5 exemplars: a mean without wsc273, for want of train "
        "rows to take exemplars from." in summary
    )


def test_a_previous_run_without_a_report_is_an_error(run: Run, tmp_path: Path):
    with pytest.raises(BadInput, match=r"nowhere has no report\.html; give the folder of a run"):
        run.report(against=str(tmp_path / "nowhere"))

    assert not (run.folder / "report.html").exists()


def test_a_report_of_everything_stays_below_two_megabytes(run: Run):
    """Twelve clusters of seven tasks, ten templates, three models, two numbers of exemplars."""
    answer = made.answer("word " * 150, "word " * 150, inputs="word " * 2_000)
    one = made.result(60.0, 62.0)
    wide = replace(one, templates=tuple(replace(one.templates[0], template=t) for t in range(10)))
    keys = [f"{who}/{k}" for who in held_out_scores.WHO for k in (0, 16)]
    task = replace(
        made.task(wide, wide), results=dict.fromkeys(keys, wide), examples=(answer,) * 20
    )
    tasks = {f"task{number}": task for number in range(7)}
    run.scores = [replace(run.scores[0], cluster=f"cluster{c}", tasks=tasks) for c in range(12)]

    assert len(run.report().encode()) < 2_000_000
