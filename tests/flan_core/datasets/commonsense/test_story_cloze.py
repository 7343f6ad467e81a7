"""StoryCloze comes as the publisher's CSV files."""

from pathlib import Path

import pytest

from flan_core.datasets.commonsense.story_cloze import parse, read
from flan_core.errors import BadInput
from flan_core.task import Example

HEADER = (
    "InputStoryid,InputSentence1,InputSentence2,InputSentence3,InputSentence4,"
    "RandomFifthSentenceQuiz1,RandomFifthSentenceQuiz2,AnswerRightEnding\n"
)


def test_a_line_of_the_file_becomes_a_story_with_two_endings(tmp_path: Path):
    path = tmp_path / "stories.csv"
    path.write_text(HEADER + 's1,Ann sat.,"She read, long.",It rained.,She slept.,Up.,Out.,2\n')
    (row,) = parse(path)
    assert row == {
        "story_id": "s1",
        "input_sentence_1": "Ann sat.",
        "input_sentence_2": "She read, long.",
        "input_sentence_3": "It rained.",
        "input_sentence_4": "She slept.",
        "sentence_quiz1": "Up.",
        "sentence_quiz2": "Out.",
        "answer_right_ending": 2,
    }
    assert read(row) == Example(
        fields={"story": "Ann sat. She read, long. It rained. She slept."},
        options=("Up.", "Out."),
        answer="Out.",
    )


@pytest.mark.parametrize("line", ["s1,a,b,c,d,e,f,3\n", "s1,a,b,c,d,e,f\n"])
def test_a_line_of_another_shape_is_refused_by_number(tmp_path: Path, line: str):
    path = tmp_path / "stories.csv"
    path.write_text(HEADER + line)
    with pytest.raises(BadInput, match=r"stories\.csv, line 2 is not a story, two endings and 1"):
        list(parse(path))
