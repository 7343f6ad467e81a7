"""Options as branches of one tree: the picture, and the same numbers as one sequence at a time."""

import numpy as np
import pytest
import torch

from flan_core.evaluate.choose import Budget, Chooser, rank_plainly
from flan_core.evaluate.tree import Question, Root, Unfit, lay, seen_by
from flan_core.model.made import MADE, config_of

pytestmark = [
    pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile"),
    pytest.mark.filterwarnings("ignore:.*is deprecated.*:DeprecationWarning"),
]

EOS = 1


def of(*tokens: int) -> np.ndarray:
    return np.array(tokens, np.int64)


def test_a_row_lies_as_in_the_picture():
    """p p p p | a a | b | and q q | a | b b b: an option's last token is only ever predicted."""
    questions = [
        Question(of(10, 11, 12, EOS), (of(20, 21, EOS), of(30, EOS))),
        Question(of(13, EOS), (of(20, EOS), of(40, 41, 42, EOS))),
    ]

    row = lay(questions, "cpu")

    assert row.tokens.tolist() == [[10, 11, 12, EOS, 20, 21, 30, 13, EOS, 20, 40, 41, 42]]
    assert row.positions.tolist() == [[0, 1, 2, 3, 4, 5, 4, 0, 1, 2, 2, 3, 4]]
    assert row.question.tolist() == [0] * 7 + [1] * 6
    assert row.branch.tolist() == [0, 0, 0, 0, 1, 1, 2, 0, 0, 1, 2, 2, 2]
    assert row.kept.tolist() == [3, 4, 5, 6, 8, 9, 10, 11, 12]


def test_a_token_sees_the_root_its_trunk_and_its_own_branch():
    row = lay([Question(of(8, 9, 10, EOS), (of(20, 21, EOS), of(30, EOS)), shared=2)], "cpu")

    assert seen_by(row.spans[0]).int().tolist() == [
        #  root  p  e  a  a  b
        [1, 1, 1, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0],
        [1, 1, 1, 1, 1, 0, 0],
        [1, 1, 1, 1, 1, 1, 0],
        [1, 1, 1, 1, 0, 0, 1],
    ]


def test_a_window_counts_positions_not_places():
    row = lay([Question(of(10, 11, EOS), (of(20, EOS), of(30, EOS)))], "cpu")

    assert seen_by(row.spans[0], window=2).int().tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 0, 1, 1, 0],
        [0, 0, 1, 0, 1],
    ]


def test_a_trunk_must_have_a_token_of_its_own():
    with pytest.raises(ValueError, match="a token of its own behind the root"):
        lay([Question(of(8, 9), (of(20, EOS),), shared=2)], "cpu", Root())


def made(spec: str, vocabulary: int = 300):
    """Return a model with weights so large that a leak shows."""
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config_of(spec, vocabulary=vocabulary, eos=1, pad=1))
    for weights in model.parameters():
        weights.data.normal_(1.0 if weights.ndim == 1 else 0.0, 0.15)
    return model.eval()


def asked() -> tuple[list[Question], np.ndarray]:
    """Questions of random words; the middle two begin with 60 and with 40 words of a root."""
    random = np.random.default_rng(0)

    def some(size: int) -> np.ndarray:
        return random.integers(2, 300, size)

    root = some(60)
    trunks = [
        some(5),
        np.concatenate([root, some(30)]),
        np.concatenate([root[:40], some(9)]),
        some(50),
    ]
    return [
        Question(trunk, tuple(np.append(some(size), EOS) for size in sizes))
        for trunk, sizes in zip(trunks, [(1, 4), (2, 2, 2), (7, 1), (3, 5, 1, 1)], strict=True)
    ], root


TREES = [spec for spec in MADE if spec.startswith("tiny") and spec != "tiny-bloom"]


def agree(ranked, plain):
    for one, other in zip(ranked, plain, strict=True):
        np.testing.assert_allclose(one.log_likelihoods, other.log_likelihoods, atol=1e-4)
        assert one.greedy.tolist() == other.greedy.tolist()


@pytest.mark.parametrize("spec", TREES)
def test_log_likelihoods_are_those_of_one_sequence_at_a_time(spec):
    model = made(spec)
    questions, root = asked()
    plain = [rank_plainly(model, question) for question in questions]

    for tokens, start in ((10_000, root), (60, root), (10_000, None)):
        chooser = Chooser(model, Budget(tokens=tokens, logits=1 << 24))
        agree(chooser.rank_unchecked(questions, start), plain)


@pytest.mark.parametrize("spec", ["tiny-mistral", "tiny-gemma2"])
def test_one_call_a_layer_gives_the_same_numbers(spec):
    """Windows, a cap on scores, shared keys and values, a root: what GPUs compute in one call."""
    model = made(spec)
    questions, root = asked()
    plain = [rank_plainly(model, question) for question in questions]
    chooser = Chooser(model, Budget(tokens=10_000, logits=1 << 24), "blocks")

    agree(chooser.rank_unchecked(questions, root), plain)


def test_the_root_is_computed_once_and_only_as_far_as_two_share_it():
    model = made("tiny")
    questions, root = asked()
    chooser = Chooser(model, Budget(tokens=10_000, logits=1 << 24))
    widths = []
    model.get_input_embeddings().register_forward_hook(
        lambda module, arguments, out: widths.append(arguments[0].shape[1])
    )

    chooser.rank_unchecked(questions[1:3], root)
    chooser.rank_unchecked(questions[1:3], root)

    first, second = questions[1], questions[2]
    alone = first.tokens - 40 + second.tokens - 40
    assert widths == [40, alone, alone]


def test_an_architecture_with_attention_of_its_own_is_refused():
    chooser = Chooser(made("tiny-bloom"), Budget(tokens=100, logits=1 << 20))

    with pytest.raises(Unfit, match="BloomForCausalLM computes its attention in its own way"):
        chooser.rank_unchecked(*asked())
