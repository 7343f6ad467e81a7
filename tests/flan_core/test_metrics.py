"""Metrics agree with the published implementations, on the same predictions, to 1e-6.

Where a library has the metric, it is asked here; where only a script has it (SQuAD, TriviaQA,
DROP), the values were worked out by hand from its rules and confirmed by running it.
"""

import random
import subprocess
import sys
from typing import Any

import pytest

from flan_core.metrics import METRICS
from flan_core.metrics.answers import normalised_squad, normalised_trivia
from flan_core.metrics.drop import normalised_drop
from flan_core.metrics.metric import Metric
from flan_core.metrics.written import word_distance

TOLERANCE = 1e-6
SENTENCES = (
    "The bridge was closed on Monday . It opens again next week .",
    "On Monday the old bridge was closed .",
    "A council of nine voted for the bridge\nand the road beside it.",
    "It opens again next week, the council says.",
    "Nine people voted; two did not.",
    "The road is closed.",
)


def score(name: str, accepted: list[list[str]], said: list[str], groups: Any = None) -> float:
    return METRICS[name].score(accepted, said, groups or [""] * len(said))


def drawn(labels: str, seed: int, rows: int = 200) -> list[str]:
    return random.Random(seed).choices(labels.split(), k=rows)


def test_the_names_are_the_metrics_own() -> None:
    assert {name: metric.name for name, metric in METRICS.items()} == {
        name: name for name in METRICS
    }


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_perfect_answer_is_100_and_nothing_is_0(metric: Metric) -> None:
    said = ["no", "yes", "no", "yes"] if "mean" not in metric.name else []
    if metric.name in ("pearson", "spearman"):
        said = ["1", "2.5", "3", "4"]
    if metric.name == "bleu":
        said = ["one two three four five", "six seven eight nine ten", "a b c d", "e f g h"]
    perfect = metric.score([[text] for text in said], said, ["a", "a", "b", "b"])
    if metric.name == "rouge2":
        said = ["so be it"]
        perfect = metric.score([said], said, [""])
    assert perfect == pytest.approx(100, abs=TOLERANCE)
    assert metric.score([], [], []) == 0.0


@pytest.mark.parametrize("metric", [m for m in METRICS.values() if m.each], ids=lambda m: m.name)
def test_the_score_is_the_mean_of_each_where_there_is_one(metric: Metric) -> None:
    accepted = [["the red fox"], ["7", "seven"], ["Oslo"]]
    said = ["a red dog", "seven", "Bergen"]
    assert metric.each is not None
    each = metric.each(accepted, said)
    assert metric.score(accepted, said, [""] * 3) == pytest.approx(sum(each) / 3, abs=TOLERANCE)


@pytest.mark.parametrize(
    ("text", "squad", "trivia"),
    [
        ("The U.S. Navy", "us navy", "u s navy"),
        ("an  apple,\na pear", "apple pear", "apple pear"),
        ("Theatre", "theatre", "theatre"),
        ("‘rock’ & roll_over", "‘rock’ rollover", "rock roll over"),
        ("A", "", ""),
    ],
)
def test_answers_are_compared_without_articles_and_punctuation(
    text: str, squad: str, trivia: str
) -> None:
    assert (normalised_squad(text), normalised_trivia(text)) == (squad, trivia)


@pytest.mark.parametrize(
    ("right", "said", "exact", "overlap"),
    [
        (["Denver Broncos"], "the Denver Broncos!", 100, 100),
        (["Denver Broncos"], "Broncos", 0, 200 / 3),
        (["Denver Broncos"], "Chicago Bears", 0, 0),
        (["in 1920", "1920"], "1920", 100, 100),
        (["to be or not to be"], "be be be", 0, 100 * 2 * 2 / 9),
        (["a"], "the", 100, 0),  # both are empty once normalised: SQuAD 1.1 gives EM 1, F1 0
        (["yes"], "", 0, 0),
    ],
)
def test_squad_takes_the_best_of_several_answers(
    right: list[str], said: str, exact: float, overlap: float
) -> None:
    found = score("exact_match", [right], [said]), score("f1", [right], [said])
    assert found == pytest.approx((exact, overlap), abs=TOLERANCE)


def test_trivia_parts_words_at_punctuation() -> None:
    accepted, said = [["sgt pepper s band"]], ["Sgt. Pepper's"]
    assert score("trivia_exact_match", accepted, said) == 0
    assert score("trivia_f1", accepted, said) == pytest.approx(100 * 2 * 3 / 7, abs=TOLERANCE)
    assert score("f1", accepted, said) == pytest.approx(100 * 2 * 1 / 6, abs=TOLERANCE)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The 49ers", "49ers"),
        ("7", "7.0"),
        ("$1,200.50", "120050.0"),
        ("3.5", "3.5"),
        ("52-yard", "52.0 yard"),
        ("a one-off", "one off"),
    ],
)
def test_drop_writes_numbers_one_way(text: str, normalised: str) -> None:
    assert normalised_drop(text) == normalised


@pytest.mark.parametrize(
    ("right", "said", "exact", "overlap"),
    [
        (["7"], "7.0", 100, 100),
        (["7"], "seven", 0, 0),
        (["7 yards"], "yards", 0, 0),  # a number that is missing voids the span
        (["7 yards"], "7", 0, 67),
        (["yards"], "7 yards", 0, 67),  # a number too many does not
        (["Smith; Jones"], "Jones; Smith", 100, 100),
        (["Smith; Jones"], "Jones", 0, 50),
        (["Jones"], "Smith; Jones", 0, 50),
        (["Denver Broncos; Chicago Bears"], "the Bears; Broncos", 0, 67),
        (["Tom Brady; Tom"], "Tom; Brady", 0, 83),  # the best pairing, not the first
        (["Smith; Smith"], "Smith", 0, 50),
        (["5 March 1920", "March 1920"], "March 1920", 100, 100),
        (["the"], "a", 100, 100),
        (["  ", "8"], "  ", 0, 0),  # an empty answer of an annotator does not count
        (["8"], "", 0, 0),
    ],
)
def test_drop_pairs_spans_and_minds_numbers(
    right: list[str], said: str, exact: float, overlap: float
) -> None:
    found = score("drop_exact_match", [right], [said]), score("drop_f1", [right], [said])
    assert found == pytest.approx((exact, overlap), abs=TOLERANCE)


@pytest.mark.parametrize("name", ["f1_binary", "multirc_f1"])
def test_binary_f1_is_that_of_scikit_learn(name: str) -> None:
    from sklearn.metrics import f1_score

    targets, said = drawn("no yes", 1), drawn("no yes yes", 2)
    ours = score(name, [[text] for text in targets], said)
    assert ours == pytest.approx(100 * f1_score(targets, said, pos_label="yes"), abs=TOLERANCE)


def test_what_is_neither_yes_nor_no_is_the_wrong_one_of_the_two() -> None:
    accepted = [["yes"], ["yes"], ["no"], ["no"]]
    assert score("multirc_f1", accepted, ["yes", "maybe", "Yes", "no"]) == pytest.approx(
        score("multirc_f1", accepted, ["yes", "no", "yes", "no"]), abs=TOLERANCE
    )
    assert score("multirc_f1", accepted, ["yes", "maybe", "Yes", "no"]) == pytest.approx(50)


def test_a_multirc_question_counts_only_with_all_its_answers() -> None:
    accepted, groups = [["yes"], ["no"], ["yes"], ["no"]], ["q1", "q1", "q2", "q2"]
    assert score("multirc_exact_match", accepted, ["yes", "no", "yes", "yes"], groups) == 50


def test_macro_f1_is_that_of_scikit_learn_over_the_classes_of_the_targets() -> None:
    from sklearn.metrics import f1_score

    targets, said = drawn("Yes No Neither", 3), drawn("Yes No Neither banana", 4)
    labels = ["Yes", "No", "Neither"]
    ours = score("f1_macro", [[text] for text in targets], said)
    theirs = f1_score(targets, said, labels=labels, average="macro", zero_division=0)
    assert ours == pytest.approx(100 * theirs, abs=TOLERANCE)


@pytest.mark.parametrize("labels", ["bad good", "bad good banana", "a b c d"])
def test_matthews_is_that_of_scikit_learn(labels: str) -> None:
    from sklearn.metrics import matthews_corrcoef

    targets = drawn(labels.replace(" banana", ""), 5)
    said = [
        text if i % 3 else right
        for i, (text, right) in enumerate(zip(drawn(labels, 6), targets, strict=True))
    ]
    ours = score("matthews", [[text] for text in targets], said)
    assert ours == pytest.approx(100 * matthews_corrcoef(targets, said), abs=TOLERANCE)


def test_matthews_of_one_answer_throughout_is_0() -> None:
    assert score("matthews", [["a"], ["b"]], ["a", "a"]) == 0


def test_correlations_are_those_of_scipy_and_unreadable_answers_are_minus_one() -> None:
    from scipy.stats import pearsonr, spearmanr

    targets, said = drawn("0 1 2 3.5 4 5", 7), drawn("0 1 2 3 4.2 5 banana nan", 8)
    x = [float(text) for text in targets]
    y = [-1.0 if text in ("banana", "nan") else float(text) for text in said]
    accepted = [[text] for text in targets]
    ours = score("pearson", accepted, said), score("spearman", accepted, said)
    theirs = 100 * pearsonr(x, y).statistic, 100 * spearmanr(x, y).statistic
    assert ours == pytest.approx(theirs, abs=TOLERANCE)


@pytest.mark.parametrize("name", ["pearson", "spearman"])
def test_a_constant_side_correlates_with_nothing(name: str) -> None:
    assert score(name, [["1"], ["2"]], ["3", "3"]) == 0
    assert score(name, [["1"]], ["1"]) == 0


@pytest.mark.parametrize(
    ("name", "kind"), [("rouge1", "rouge1"), ("rouge2", "rouge2"), ("rouge_lsum", "rougeLsum")]
)
def test_rouge_is_that_of_rouge_score_with_the_best_reference(name: str, kind: str) -> None:
    from rouge_score.rouge_scorer import RougeScorer

    accepted = [[SENTENCES[0], SENTENCES[3]], [SENTENCES[2]], [SENTENCES[4], SENTENCES[5]]]
    said = [SENTENCES[1], SENTENCES[0], SENTENCES[3]]
    scorer = RougeScorer([kind], use_stemmer=False)

    def lines(text: str) -> str:
        return text.replace(" . ", " .\n")

    theirs = [
        100 * max(scorer.score(lines(right), lines(text))[kind].fmeasure for right in rights)
        for rights, text in zip(accepted, said, strict=True)
    ]
    each = METRICS[name].each
    assert each is not None
    assert each(accepted, said) == pytest.approx(theirs, abs=TOLERANCE)
    assert score(name, accepted, said) == pytest.approx(sum(theirs) / 3, abs=TOLERANCE)


def test_bleu_is_that_of_sacrebleu_with_uneven_references() -> None:
    from sacrebleu import corpus_bleu

    accepted = [["Das ist ein kleines Haus.", "Dies ist ein kleines Haus."], ["Er kommt heute an."]]
    said = ["Das ist ein schönes kleines Haus.", "Er kommt heute wohl nicht an."]
    streams = [[accepted[0][0], accepted[1][0]], [accepted[0][1], None]]
    theirs = corpus_bleu(
        said, streams, smooth_method="exp", smooth_value=0.0, lowercase=False, tokenize="intl"
    )
    assert theirs.score > 1
    assert score("bleu", accepted, said) == pytest.approx(theirs.score, abs=TOLERANCE)


def test_bleu_minds_case_and_international_punctuation() -> None:
    target = "«Il fait froid ici», dit-elle à Paul."
    apart = "« Il fait froid ici » , dit-elle à Paul ."
    assert score("bleu", [[target]], [apart]) == pytest.approx(100, abs=TOLERANCE)
    assert score("bleu", [[target]], [target.lower()]) < 100


@pytest.mark.parametrize(
    ("right", "said", "distance", "percent"),
    [
        ("Good morning", "good MORNING", 0, 100),
        ("good morning all", "good evening all", 1, 100 * 2 / 3),
        ("one two three four", "one two", 2, 50),
        ("a, b", "a b", 1, 100 * 2 / 3),  # the comma leaves an empty word: a ∅ b
        ("so", "", 1, 0),
    ],
)
def test_edit_distance_counts_words(right: str, said: str, distance: int, percent: float) -> None:
    assert word_distance(right, said) == distance
    assert score("edit_distance", [[right]], [said]) == pytest.approx(percent, abs=TOLERANCE)


def test_edit_distance_is_that_of_nltk() -> None:
    import re

    from nltk.metrics.distance import edit_distance

    pairs = [(one, other) for one in SENTENCES for other in SENTENCES]
    theirs = [
        edit_distance(re.split("[^\\w]", one.lower()), re.split("[^\\w]", other.lower()))
        for one, other in pairs
    ]
    assert [word_distance(one, other) for one, other in pairs] == theirs


def test_importing_the_metrics_loads_no_slow_library() -> None:
    slow = "{'scipy', 'sacrebleu', 'rouge_score', 'nltk', 'sklearn', 'torch'}"
    code = f"import sys, flan_core.metrics; print(sorted({slow} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
