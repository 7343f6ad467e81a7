"""Tokens: the compiled way gives the tokenizer's own ids; texts are shortened where they may."""

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

from flan_core.errors import BadInput
from flan_core.tokens import Tokenizer, train_tokenizer
from flan_core.tokens.slow import HARD_TEXTS
from flan_core.tokens.splitting import DOUBT, LETTER, NUMBER, PATTERNS, SPACE, classes_of

TEXTS = [*HARD_TEXTS, *("The cat sat on the mat, and the dog's bowl was empty. " * 3,) * 5]


def saved(backend: tokenizers.Tokenizer, folder: Path, **settings: str) -> Path:
    folder.mkdir(exist_ok=True)
    backend.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def trained(pattern: str | None, *, nfc: bool = False, whole_words: bool = False) -> Tokenizer:
    """A tokenizer of this pattern (none: GPT-2's own way)."""
    backend = tokenizers.Tokenizer(models.BPE(ignore_merges=whole_words))
    bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pattern is None)
    split = [pre_tokenizers.Split(tokenizers.Regex(pattern), "isolated")] if pattern else []
    backend.pre_tokenizer = pre_tokenizers.Sequence([*split, bytes_only]) if split else bytes_only
    backend.decoder = decoders.ByteLevel()
    if nfc:
        backend.normalizer = normalizers.NFC()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<eos>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(TEXTS, trainer)
    return backend


WAYS = {
    "gpt2": (None, False, False),
    **{f"llama-{digits}": (pattern, False, True) for pattern, digits in PATTERNS.items()},
    "qwen": (next(p for p, digits in PATTERNS.items() if digits == 1), True, False),
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tokenizer]:
    folder = tmp_path_factory.mktemp("tokenizers")
    return {
        name: Tokenizer.open(
            saved(trained(p, nfc=nfc, whole_words=whole), folder / name, eos_token="<eos>")
        )
        for name, (p, nfc, whole) in WAYS.items()
    }


words = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*" \n\r\t'sdlLvemtr1234aZé½ſ<", "<eos>", "ll", "\u0301", "日"])).map(
        "".join
    ),
)


@pytest.mark.parametrize("name", WAYS)
@given(texts=st.lists(words, max_size=6))
def test_compiled_ids_are_the_tokenizers_own(
    opened: dict[str, Tokenizer], name: str, texts: list[str]
):
    tokenizer = opened[name]
    theirs = tokenizer.backend.encode_batch(texts, add_special_tokens=False)

    assert tokenizer.path == "compiled"
    assert [ids.tolist() for ids in tokenizer.encode(texts)] == [each.ids for each in theirs]


def test_classes_are_those_of_the_tokenizers_regex_engine():
    known = [chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000]
    classes = classes_of(nfc=False)
    for pattern, wanted in (
        (r"\p{L}", {LETTER}),
        (r"\p{N}", {NUMBER}),
        (r"\s", {SPACE, SPACE + 1}),
    ):
        split = pre_tokenizers.Split(tokenizers.Regex(pattern), "removed")
        others = {char for text, _ in split.pre_tokenize_str("".join(known)) for char in text}
        wrong = [
            char
            for char in known
            if classes[ord(char)] != DOUBT
            and (char not in others) != (classes[ord(char)] in wanted)
        ]
        assert wrong == []


def test_what_normal_form_c_may_change_is_in_doubt():
    classes = classes_of(nfc=True)
    sure = [
        chr(code)
        for code in range(0x20000)
        if classes[code] != DOUBT and code not in range(0xD800, 0xE000)
    ]
    text = "".join(sure)

    assert unicodedata.normalize("NFC", text) == text
    assert unicodedata.normalize("NFC", text[::-1]) == text[::-1]


def test_another_kind_of_tokenizer_encodes_itself(tmp_path: Path):
    backend = tokenizers.Tokenizer(
        models.WordLevel({"<eos>": 0, "a": 1, "b": 2}, unk_token="<eos>")
    )
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = Tokenizer.open(saved(backend, tmp_path / "words", eos_token="<eos>"))

    assert tokenizer.path == "tokenizer"
    assert [ids.tolist() for ids in tokenizer.encode(["a b", "b"])] == [[1, 2], [2]]
    assert [ids.tolist() for ids in tokenizer.fit(["a b b b a"], [(2, 7)], 3)] == [[1, 2, 1]]


def test_a_difference_found_on_a_sample_ends_the_compiled_way(opened: dict[str, Tokenizer]):
    tokenizer = Tokenizer.open(opened["gpt2"].folder)
    tokenizer.encode(["warm"])
    tokenizer._machine.pairs.ranks[:] = tokenizer._machine.pairs.ranks[::-1].copy()

    assert not tokenizer.prove(["entirely new words that were never seen before"])
    assert tokenizer.path == "tokenizer"


@pytest.mark.parametrize("way", ["compiled", "tokenizer"])
@given(before=words, long=st.text(max_size=200), after=words, most=st.integers(1, 60))
def test_a_text_is_shortened_only_inside_its_span(
    opened: dict[str, Tokenizer], way: str, before: str, long: str, after: str, most: int
):
    tokenizer = opened["gpt2"]
    tokenizer.path = way
    span = (len(before), len(before) + len(long))
    ids = tokenizer.fit([before + long + after], [span], most)[0]
    tokenizer.path = "compiled"
    text = tokenizer.decode(ids)
    kept = text[len(before) : len(text) - len(after)]

    if len(ids) > most:
        assert text == before + long + after
        assert len(tokenizer.encode([before + after])[0]) > most
    else:
        assert text == before + kept + after
        assert long.startswith(kept)


def test_a_long_text_keeps_all_that_fits(opened: dict[str, Tokenizer]):
    tokenizer = opened["gpt2"]
    story, question = "the cat sat on the mat " * 100, "\n\nWho sat?"
    ids = tokenizer.fit([story + question], [(0, len(story))], 100)[0]

    assert 98 <= len(ids) <= 100
    assert tokenizer.decode(ids).endswith("\n\nWho sat?")


def test_a_tokenizer_without_an_end_is_refused(tmp_path: Path):
    folder = saved(trained(None), tmp_path / "endless")

    with pytest.raises(BadInput) as error:
        Tokenizer.open(folder)
    assert str(error.value) == (
        f"the tokenizer in {folder} has no end-of-sequence token; inputs and targets end with it: "
        'set "eos_token" in its tokenizer_config.json'
    )


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path):
    with pytest.raises(BadInput, match=r"has no tokenizer\.json"):
        Tokenizer.open(tmp_path)


def test_training_gives_the_same_tokenizer_each_time(tmp_path: Path):
    texts = ["a small text about a small cat"] * 3 + TEXTS
    one = train_tokenizer(texts, 300, tmp_path / "one")
    other = train_tokenizer(texts, 300, tmp_path / "other")

    assert one.sha256 == other.sha256
    assert (one.size, one.eos, one.decode([one.eos])) == (300, 0, "<eos>")


def test_a_copy_of_a_tokenizer_is_the_same_tokenizer(opened: dict[str, Tokenizer], tmp_path: Path):
    opened["gpt2"].save(tmp_path / "copy")

    assert Tokenizer.open(tmp_path / "copy").sha256 == opened["gpt2"].sha256


def test_a_word_is_kept_once_and_found_again(opened: dict[str, Tokenizer]):
    tokenizer = Tokenizer.open(opened["gpt2"].folder)
    tokenizer.encode(["one two one two one two"])
    used = tokenizer._machine.words.used.copy()
    tokenizer.encode(["one two"])

    np.testing.assert_array_equal(tokenizer._machine.words.used, used)
