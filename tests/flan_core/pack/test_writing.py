"""Pack: what comes out is what was drawn, token by token, whoever did it."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flan_core.config import Pack
from flan_core.errors import BadInput
from flan_core.mixture import Mixture
from flan_core.pack import pack
from flan_core.packs import Packs
from flan_core.prompt import Prompts, few_shot
from flan_core.schemas import read_table, write_table
from flan_core.tokens import Tokenizer
from tests.flan_core.data import mixture_of, packs_of, sample_prompts

SETTINGS = {
    "vocabulary": 500,
    "max_input": 200,
    "max_target": 56,
    "length": 256,
    "tokens_per_step": 1_024,
    "steps": 25,
    "processes": 1,
}
FORMS = {"few_shot": 0.4, "shots": 2, "no_options": 0.3}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prompts of three tasks, a mixture, and its packs."""
    folder = tmp_path_factory.mktemp("made")
    prompts = sample_prompts(folder, ["rte", "copa", "sst2", "bool_q"])
    mixture_of(folder, prompts, **FORMS)
    packed(folder, "packs")
    return folder


def packed(folder: Path, name: str, **settings: object) -> Packs:
    return Packs.open(packs_of(folder, name, **{**SETTINGS, **settings}))


def examples_in(packs: Packs) -> dict[int, tuple[list[int], list[int]]]:
    """Every example's input and target, by its number, taken out of the packs."""
    found = {}
    for number in range(packs.num_packs):
        one = packs.pack(number)
        for segment, example in enumerate(one.example.tolist(), start=1):
            mine = one.segments == segment
            assert one.positions[mine].tolist() == list(range(mine.sum()))
            tokens, loss = one.tokens[mine], one.loss[mine]
            assert example not in found
            found[example] = (tokens[loss == 0].tolist(), tokens[loss == 1].tolist())
    return found


def test_every_draw_is_in_the_packs_once_and_is_the_text_it_should_be(made: Path):
    packs = Packs.open(made / "packs")
    tokenizer = Tokenizer.open(packs.tokenizer)
    mixture = Mixture.open(made / "mixture")
    opened = [Prompts.open(made / "prompts", task, "train") for task in mixture.tasks]
    draws = mixture.draws(0, packs.about["num_draws"])
    found = examples_in(packs)
    compared = 0
    for example, (inputs, target) in found.items():
        record = packs.examples[example]
        line = int(record["draw"])
        prompts = opened[record["task"]]
        assert draws.wording.row[line] == record["row"]
        rows = [*draws.exemplars[line][: record["shots"]], record["row"]]
        texts = prompts.render(
            rows, record["template"], with_options=bool(draws.wording.shown[line])
        )
        exemplars = list(zip(texts.inputs[:-1], texts.targets[:-1], strict=True))
        wanted, _ = few_shot(exemplars, texts.inputs[-1])
        if len(tokenizer.encode([wanted])[0]) < SETTINGS["max_input"]:
            compared += 1
            assert tokenizer.decode(inputs) == wanted + "<eos>"
            assert tokenizer.decode(target) == texts.targets[-1] + "<eos>"

    assert sorted(found) == list(range(packs.about["num_examples"]))
    assert compared > 20


def test_packs_have_one_shape_and_padding_is_empty(made: Path):
    packs = Packs.open(made / "packs")
    for number in range(packs.num_packs):
        one = packs.pack(number)
        padding = one.segments == 0
        assert one.tokens.shape == one.segments.shape == (256,)
        assert not one.tokens[padding].any() and not one.loss[padding].any()
        assert (np.diff(one.segments[~padding]) >= 0).all()
        ends = np.flatnonzero(np.diff(np.append(one.segments[~padding], 99)))
        assert (one.tokens[ends] == packs.eos).all()


def test_few_shot_draws_keep_whole_exemplars_within_the_budget(made: Path):
    packs = Packs.open(made / "packs")
    shots = packs.examples["shots"]
    inputs = np.asarray(packs.examples["target"])

    assert set(shots.tolist()) <= {0, 1, 2}
    assert (shots > 0).sum() > 10
    assert inputs.max() <= SETTINGS["max_input"]


@pytest.mark.parametrize("processes", [2, 8])
def test_any_number_of_processes_gives_the_same_bytes(made: Path, processes: int):
    packed(made, f"packs-{processes}", processes=processes)
    one = made / "packs"
    for path in sorted(path for path in one.rglob("*") if path.is_file()):
        other = made / f"packs-{processes}" / path.relative_to(one)
        assert path.read_bytes() == other.read_bytes(), path.name


def test_another_seed_gives_the_same_examples_in_another_order(made: Path):
    one, other = Packs.open(made / "packs"), packed(made, "packs-seed", seed=1)

    assert examples_in(one) == examples_in(other)
    assert one.pack(0).example.tolist() != other.pack(0).example.tolist()


def test_the_report_adds_up(made: Path):
    about = Packs.open(made / "packs").about
    tasks, clusters = about["achieved"]["tasks"], about["achieved"]["clusters"]

    for name, total in (("examples", "num_examples"), ("tokens", "num_tokens")):
        assert sum(line[name] for line in tasks.values()) == about[total]
        assert sum(line[name] for line in clusters.values()) == about[total]
    assert sum(line["target_tokens"] for line in tasks.values()) == about["num_target_tokens"]
    assert about["efficiency"] == round(about["num_tokens"] / (25 * 1_024), 6) > 0.95
    assert tasks["rte"]["epochs"] == round(tasks["rte"]["examples"] / tasks["rte"]["rows"], 4)
    assert abs(sum(line["asked"] for line in tasks.values()) - 1) < 1e-4
    flat = json.loads((made / "packs" / "about.json").read_text())
    assert flat["tokens.nli"] == clusters["nli"]["tokens"]
    assert flat["epochs.rte"] == about["achieved"]["datasets"]["rte"]["epochs"]


def test_long_targets_are_cut_dropped_or_refused_and_counted(made: Path):
    short = {"max_target": 4, "steps": 10}
    cut = packed(made, "cut", **short)
    dropped = packed(made, "dropped", **short, long_targets="drop")
    lengths = np.diff(dropped.examples["end"], prepend=0) - dropped.examples["target"]

    assert sum(line["target_cut"] for line in cut.about["achieved"]["tasks"].values()) > 0
    assert sum(line["target_dropped"] for line in dropped.about["achieved"]["tasks"].values()) > 0
    assert lengths.max() <= 4
    with pytest.raises(BadInput, match=r"more than pack\.max_target 4 tokens.*: cut or drop"):
        packed(made, "refused", **short, long_targets="refuse")
    assert not (made / "refused").exists()


def test_long_inputs_keep_their_question(made: Path):
    packs = packed(made, "tight", max_input=90, steps=10)
    mixture = Mixture.open(made / "mixture")
    lines = packs.about["achieved"]["tasks"]
    bool_q = mixture.tasks.index("bool_q")
    tokenizer = Tokenizer.open(packs.tokenizer)
    questions = (
        Prompts.open(made / "prompts", "bool_q", "train").table["field.question"].to_pylist()
    )
    normal = Prompts.open(made / "prompts", "bool_q", "train").normal
    asked = 0
    for example, (inputs, _) in examples_in(packs).items():
        record = packs.examples[example]
        if record["task"] == bool_q and record["template"] in normal:
            asked += 1
            assert questions[record["row"]].lower() in tokenizer.decode(inputs).lower()

    assert asked > 0
    assert lines["bool_q"]["input_cut"] > 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tokens_per_step": 1_000}, "pack.tokens_per_step 1000 is no multiple of pack.length 256"),
        ({"max_input": 250}, "pack.length 256 cannot hold an example of pack.max_input 250"),
        ({"max_target": 1}, "pack.max_input and pack.max_target must be 2 or more"),
        ({"max_input": 2}, "every draw is dropped for its length"),
    ],
)
def test_settings_that_cannot_work_are_refused(made: Path, settings: dict, message: str):
    with pytest.raises(BadInput, match=message.replace(".", r"\.")):
        packed(made, "refused", **settings)
    assert not (made / "refused").exists()


def test_prompts_of_another_run_are_refused(made: Path, tmp_path: Path):
    other = sample_prompts(tmp_path, ["rte", "copa", "sst2", "bool_q"])
    table, about = read_table(other / "rte" / "train.parquet", "prompts/1")
    write_table(other / "rte" / "train.parquet", "prompts/1", table.slice(1), about)

    with pytest.raises(BadInput, match="run mix again"):
        pack(Pack(**SETTINGS), prompts=other, mixture=made / "mixture", packs=tmp_path / "packs")
    assert not (tmp_path / "packs").exists()


@given(step=st.integers(0, 24), world=st.sampled_from([1, 2, 4]))
def test_ranks_share_a_step_out(made: Path, step: int, world: int):
    packs = Packs.open(made / "packs")
    whole = packs.batch(step)
    parts = [packs.batch(step, rank, world) for rank in range(world)]

    np.testing.assert_array_equal(np.concatenate([part.tokens for part in parts]), whole.tokens)
    np.testing.assert_array_equal(np.concatenate([part.loss for part in parts]), whole.loss)
    assert [e for p in parts for row in p.example for e in row if e >= 0] == [
        e for row in whole.example for e in row if e >= 0
    ]
