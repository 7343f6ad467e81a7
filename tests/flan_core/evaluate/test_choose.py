"""Rank classification: sums, ties, near ties, batches."""

import numpy as np
import pytest
import torch

from flan_core.evaluate.choose import Budget, Chooser, Ranked, common, rank_plainly, score
from flan_core.evaluate.tree import Question
from flan_core.model.load import load_model

EOS = 0


def ranked(*values: float, greedy: tuple[bool, ...] = ()) -> Ranked:
    return Ranked(np.array(values), np.array(greedy or [False] * len(values)))


def asked(texts: list[str], options: list[list[str]], tokenizer) -> list[Question]:
    def tokens(text: str) -> np.ndarray:
        return np.append(tokenizer.encode([text])[0].astype(np.int64), tokenizer.eos)

    return [
        Question(tokens(text), tuple(tokens(option) for option in some))
        for text, some in zip(texts, options, strict=True)
    ]


@pytest.fixture(scope="module")
def model(cluster):
    return load_model("tiny", tokenizer_dir=cluster / "checkpoint", seed=1)


@pytest.fixture
def questions(tokenizer) -> list[Question]:
    texts = [f"Where does a {animal} live? OPTIONS" for animal in ("mole", "bat", "hare")] * 2
    return asked(
        texts, [["water", "air"], ["earth", "air", "fire"], ["in a hole", "air"]] * 2, tokenizer
    )


def test_the_first_of_equals_is_best():
    assert ranked(-3.0, -1.0, -1.0).best() == 1


def test_the_longer_option_may_be_better_a_token():
    assert ranked(-3.0, -4.0).best() == 0
    assert ranked(-3.0, -4.0).best_normalised([1, 2]) == 1


def test_what_is_written_is_the_greedy_option_or_none():
    assert ranked(-1.0, -2.0, greedy=(False, True)).written() == 1
    assert ranked(-1.0, -2.0).written() == -1


def test_an_option_sums_its_tokens_and_its_eos():
    """Two options of one and two tokens: 3 <eos>, 4 5 <eos>; places are trunk, 3, 4, 5."""
    question = Question(np.array([9, EOS]), (np.array([3, EOS]), np.array([4, 5, EOS])))
    likely = torch.full((4, 6), -20.0)
    for place, token, logit in (
        (0, 3, 1.0),
        (0, 4, 2.0),
        (1, EOS, 0.0),
        (2, 5, 0.0),
        (3, EOS, 0.0),
    ):
        likely[place, token] = logit
    first = -float(torch.tensor([1.0, 2.0]).logsumexp(0))

    [(found, fragile)] = score(likely, [question])

    np.testing.assert_allclose(found.log_likelihoods, [first + 1.0, first + 2.0], atol=1e-5)
    assert found.greedy.tolist() == [False, True]
    assert not fragile


@pytest.mark.parametrize(
    ("logits", "why"),
    [((2.0, 2.0005), "two options nearly tie"), ((2.0, 2.0), "two options tie")],
)
def test_a_near_tie_is_fragile(logits, why):
    question = Question(np.array([9, EOS]), (np.array([3]), np.array([4])))
    likely = torch.full((1, 6), -20.0)
    likely[0, 3], likely[0, 4] = logits

    assert score(likely, [question])[0][1], why


def test_a_fragile_question_is_asked_again_plainly(model, tokenizer):
    """The same option twice ties exactly; plain numbers say so, and the first one wins."""
    [question] = asked(["Where does a bat live?"], [["air", "water", "air"]], tokenizer)
    chooser = Chooser(model, Budget(tokens=1_000, logits=1 << 22))

    [found] = chooser.rank([question])
    plain = rank_plainly(model, question)

    assert found.log_likelihoods.tolist() == plain.log_likelihoods.tolist()
    assert found.log_likelihoods[0] == found.log_likelihoods[2]


@pytest.mark.parametrize("attention", ["tree", "plain"])
def test_numbers_do_not_depend_on_batches_or_on_the_way(model, questions, attention):
    plain = [rank_plainly(model, question) for question in questions]

    for tokens in (1, 60, 1_000):
        chooser = Chooser(model, Budget(tokens=tokens, logits=1 << 22), attention)
        for one, other in zip(chooser.rank(questions), plain, strict=True):
            np.testing.assert_allclose(one.log_likelihoods, other.log_likelihoods, atol=1e-4)
            assert one.best() == other.best()


def test_batches_keep_to_tokens_and_to_logits(model, questions):
    sizes = [question.tokens for question in questions]
    by_tokens = Chooser(model, Budget(tokens=sizes[0] + sizes[1], logits=1 << 22))
    one = 4 * by_tokens.vocabulary
    by_logits = Chooser(model, Budget(tokens=1 << 20, logits=one))

    assert len(next(by_tokens.batches(questions))) == 2
    assert [len(batch) for batch in by_logits.batches(questions)] == [1] * len(questions)


def test_greedy_options_are_what_generation_writes(model, tokenizer):
    """Make the option of what the model writes by itself; it is the greedy one."""
    [question] = asked(["Where does a hare live?"], [["water"]], tokenizer)
    tokens = torch.from_numpy(question.trunk)[None]
    out = model.generate(
        input_ids=tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=4, do_sample=False
    )
    said = out[0, tokens.shape[1] :].numpy()
    question = Question(question.trunk, (question.options[0], said))

    [found] = Chooser(model, Budget(tokens=1_000, logits=1 << 22)).rank([question])

    assert found.written() == 1


def test_common_tokens_leave_the_trunk_one_of_its_own():
    first, second = np.array([1, 2, 3]), np.array([1, 2, 3, 4])

    assert (common(first, second), common(second, first), common(first, first)) == (2, 3, 2)
