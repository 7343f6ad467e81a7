"""CoQA: a story and a whole conversation about it; all answers are given at once.

The questions are one numbered list and the answers another. A list of another annotator is a
reference too.

Paper      Reddy et al. 2019, https://arxiv.org/abs/1808.07042
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:97 (numbered lists), :652 (splits, metric)
"""

from collections.abc import Sequence

from flan_core.metrics import exact_match, f1
from flan_core.task import BadRow, Example, Hub, Row, Splits, Task, Template


def read(row: Row) -> Example:
    """The stanfordnlp copy has plain lists of questions and no answers of other annotators."""
    questions = row["questions"]
    asked = questions if isinstance(questions, list) else questions["input_text"]
    others = row.get("additional_answers") or {}
    lists = [row["answers"]["input_text"], *(others[key]["input_text"] for key in sorted(others))]
    # On training rows the source pads the other annotators with one empty answer.
    answers = [_numbered(texts) for texts in lists if len(texts) == len(asked) and any(texts)]
    if len(lists[0]) != len(asked) or not answers:
        raise BadRow(f"{len(asked)} questions, but {len(lists[0])} answers")
    return Example(
        fields={"story": row["story"].strip(), "questions": _numbered(asked)},
        answer=answers[0],
        references=tuple(dict.fromkeys(answers)),
    )


def _numbered(texts: Sequence[str]) -> str:
    return "\n".join(f"{number}. {' '.join(text.split())}" for number, text in enumerate(texts, 1))


TEMPLATES = (
    Template("{story}\n\nAnswer these questions about the text, each on a line of its own, with its number.\n\n{questions}"),
    Template("Questions:\n{questions}\n\nRead the text below, and list the answers in the same order.\n\n{story}\n\nAnswers:"),
    Template("Text: {story}\n\nNow comes a chain of questions, in which later ones may refer to earlier ones. Write a numbered list of short answers.\n\n{questions}"),
    Template("Teacher: Please read this. {story}\nTeacher: Now answer each of the following in a few words, and number your answers.\n{questions}\nPupil:"),
    Template("Fill in the answer sheet.\n\nReading passage:\n{story}\n\nQuestions:\n{questions}\n\nAnswer sheet:"),
    Template("{questions}\n\nAll that is asked above is about the following text. Give a numbered list of answers.\n\n{story}"),
    Template("I am preparing a reading test on the text below and need the key to it.\n\n{story}\n\nThe test:\n{questions}\n\nThe key, numbered like the test:"),
    Template("Two friends talk about a text that one of them has read. Write down only what the second friend answers, with numbers.\n\nText: {story}\n\nWhat the first friend asks:\n{questions}\n\nWhat the second friend answers:"),
    Template("{story}\n\nShow that you have understood the text: answer in order and briefly, with one numbered line for each question.\n\n{questions}"),
    Template("{story}\n\nWrite a numbered list of questions that somebody could ask about this text in the course of a conversation.", "{questions}", inverse=True),
)

SAMPLES = (
    {"id": "story0", "source": "mctest", "story": "Nell found a grey kitten behind the shed. It was wet and hungry. She gave it some milk in a saucer and dried it with her scarf. Her father said that she could keep it if nobody came to ask for it within a week. On the eighth day she named it Button.", "questions": {"input_text": ["What did Nell find?", "Where?", "What did she give it?", "What did she call it?"], "turn_id": [1, 2, 3, 4]}, "answers": {"span_start": [11, 25, 77, 233], "span_end": [24, 40, 86, 248], "span_text": ["a grey kitten", "behind the shed", "some milk", "named it Button"], "input_text": ["a kitten", "behind the shed", "milk", "Button"], "turn_id": [1, 2, 3, 4]}, "additional_answers": {"0": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}, "1": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}, "2": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}}},
    {"id": "story1", "source": "wikipedia", "story": "The Orr Valley Railway was opened in 1874 to carry slate from the quarries to the harbour at Penmore. Passengers were allowed from 1880 on. The line closed in 1951, but volunteers have restored four kilometres of it, and steam trains run on Sundays.", "questions": {"input_text": ["When was the railway opened?", "What did it carry?", "Could people ride on it from the start?", "Is it still in use?"], "turn_id": [1, 2, 3, 4]}, "answers": {"span_start": [27, 42, 102, 221], "span_end": [41, 56, 138, 248], "span_text": ["opened in 1874", "to carry slate", "Passengers were allowed from 1880 on", "steam trains run on Sundays"], "input_text": ["1874", "slate", "no", "yes, in part"], "turn_id": [1, 2, 3, 4]}, "additional_answers": {"0": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}, "1": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}, "2": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}}},
    {"id": "story2", "source": "cnn", "story": "Rescuers freed a dog on Monday that had been stuck in a drain in the town of Hollis for two days. Firefighters had to cut through a steel grate to reach it. The dog, a terrier called Biscuit, was tired but unharmed, and its owner promised to mend her fence.", "questions": {"input_text": ["What kind of animal was rescued?", "Where had it been stuck?", "For how long?", "Was it hurt?", "What will the owner do?"], "turn_id": [1, 2, 3, 4, 5]}, "answers": {"span_start": [15, 51, 84, 196, 242], "span_end": [20, 61, 96, 214, 256], "span_text": ["a dog", "in a drain", "for two days", "tired but unharmed", "mend her fence"], "input_text": ["a dog", "in a drain", "two days", "no", "mend her fence"], "turn_id": [1, 2, 3, 4, 5]}, "additional_answers": {"0": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}, "1": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}, "2": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}}},
    {"id": "story3", "source": "gutenberg", "story": "Old Captain Marr never slept in a bed. He had slung a hammock between two beams in the attic, and there he lay, summer and winter, with the window open so that he could hear the sea. His housekeeper, Mrs Tidy, thought it a scandal and told everyone so.", "questions": {"input_text": ["Where did the captain sleep?", "In which part of the house?", "Why was the window open?", "Who disapproved?"], "turn_id": [1, 2, 3, 4]}, "answers": {"span_start": [52, 80, 152, 183], "span_end": [61, 92, 181, 208], "span_text": ["a hammock", "in the attic", "so that he could hear the sea", "His housekeeper, Mrs Tidy"], "input_text": ["in a hammock", "in the attic", "so that he could hear the sea", "Mrs Tidy"], "turn_id": [1, 2, 3, 4]}, "additional_answers": {"0": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}, "1": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}, "2": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}}},
    {"id": "story4", "source": "race", "story": "Every Friday the pupils of Mr Osei's class cook lunch together. Each of them brings one vegetable, and nobody knows in advance what the meal will be. Last week there were nineteen onions and one carrot. They made onion soup and drew lots for the carrot.", "questions": {"input_text": ["When do the pupils cook?", "What does each of them bring?", "What did they make last week?", "Who got the carrot?"], "turn_id": [1, 2, 3, 4]}, "answers": {"span_start": [0, 84, 213, -1], "span_end": [12, 97, 223, -1], "span_text": ["Every Friday", "one vegetable", "onion soup", "unknown"], "input_text": ["on Fridays", "one vegetable", "onion soup", "unknown"], "turn_id": [1, 2, 3, 4]}, "additional_answers": {"0": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}, "1": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}, "2": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}}},
    {"id": "story5", "source": "wikipedia", "story": "The glass frog lives in the rain forests of Central America. The skin of its belly is so clear that its heart can be seen beating. By day it sleeps under leaves, and at night it hunts for insects along streams. The males guard the eggs until they hatch.", "questions": {"input_text": ["Where does the glass frog live?", "What can be seen through its skin?", "When does it hunt?", "Who guards the eggs?"], "turn_id": [1, 2, 3, 4]}, "answers": {"span_start": [21, 100, 166, 211], "span_end": [59, 109, 183, 220], "span_text": ["in the rain forests of Central America", "its heart", "at night it hunts", "The males"], "input_text": ["in the rain forests of Central America", "its heart", "at night", "the males"], "turn_id": [1, 2, 3, 4]}, "additional_answers": {"0": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}, "1": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}, "2": {"span_start": [-1], "span_end": [-1], "span_text": [""], "input_text": [""], "turn_id": [-1]}}},
    {"id": "story6", "source": "mctest", "story": "Sam wanted to win the kite contest. He built a kite in the shape of a fish, but on the day of the contest there was no wind at all. The judges gave everyone an ice cream and put the contest off until Sunday. Sam was glad, because he had time to give his fish a longer tail.", "questions": {"input_text": ["What contest did Sam want to win?", "What did his kite look like?", "Why was the contest put off?", "Until when?"], "turn_id": [1, 2, 3, 4]}, "answers": {"span_start": [18, 52, 106, 194], "span_end": [34, 74, 130, 206], "span_text": ["the kite contest", "in the shape of a fish", "there was no wind at all", "until Sunday"], "input_text": ["the kite contest", "a fish", "there was no wind", "Sunday"], "turn_id": [1, 2, 3, 4]}, "additional_answers": {"0": {"span_start": [18, 52, 106, 194], "span_end": [34, 74, 130, 206], "span_text": ["the kite contest", "in the shape of a fish", "there was no wind at all", "until Sunday"], "input_text": ["a kite contest", "like a fish", "no wind", "until Sunday"], "turn_id": [1, 2, 3, 4]}, "1": {"span_start": [18, 52, 106, 194], "span_end": [34, 74, 130, 206], "span_text": ["the kite contest", "in the shape of a fish", "there was no wind at all", "until Sunday"], "input_text": ["the kite contest", "a fish", "because there was no wind", "Sunday"], "turn_id": [1, 2, 3, 4]}, "2": {"span_start": [18, 52, 106, 194], "span_end": [34, 74, 130, 206], "span_text": ["the kite contest", "in the shape of a fish", "there was no wind at all", "until Sunday"], "input_text": ["kite contest", "a fish", "there was no wind", "until Sunday"], "turn_id": [1, 2, 3, 4]}}},
    {"id": "story7", "source": "cnn", "story": "The city council of Farleigh voted on Thursday to turn the old tram depot into a library. The work will cost six million pounds and take three years. Councillor Jane Abbot, who had called for a car park instead, was the only one to vote against the plan.", "questions": {"input_text": ["What will the tram depot become?", "How much will the work cost?", "Did everyone agree?", "What did Jane Abbot want?"], "turn_id": [1, 2, 3, 4]}, "answers": {"span_start": [74, 109, 212, 192], "span_end": [88, 127, 253, 202], "span_text": ["into a library", "six million pounds", "was the only one to vote against the plan", "a car park"], "input_text": ["a library", "six million pounds", "no", "a car park"], "turn_id": [1, 2, 3, 4]}, "additional_answers": {"0": {"span_start": [74, 109, 212, 192], "span_end": [88, 127, 253, 202], "span_text": ["into a library", "six million pounds", "was the only one to vote against the plan", "a car park"], "input_text": ["a library", "six million pounds", "no", "a car park"], "turn_id": [1, 2, 3, 4]}, "1": {"span_start": [74, 109, 212, 192], "span_end": [88, 127, 253, 202], "span_text": ["into a library", "six million pounds", "was the only one to vote against the plan", "a car park"], "input_text": ["library", "6 million pounds", "no, one voted against it", "a car park"], "turn_id": [1, 2, 3, 4]}, "2": {"span_start": [74, 109, 212, 192], "span_end": [88, 127, 253, 202], "span_text": ["into a library", "six million pounds", "was the only one to vote against the plan", "a car park"], "input_text": ["a library", "six million pounds", "no", "a car park instead"], "turn_id": [1, 2, 3, 4]}}},
)

_SPANS = "{span_start: list[int], span_end: list[int], span_text: list[str], input_text: list[str], turn_id: list[int]}"

TASKS = (
    Task(
        name="coqa",
        title="CoQA",
        source=Hub(repository="EleutherAI/coqa"),
        splits=Splits(train="train", dev="train", test="validation", dev_rows=100),
        sizes={"train": 7_199, "validation": 500},
        kind="generation",
        columns={
            "id": "str",
            "source": "str",
            "story": "str",
            "questions": "{input_text: list[str], turn_id: list[int]}",
            "answers": _SPANS,
            "additional_answers": f"{{0: {_SPANS}, 1: {_SPANS}, 2: {_SPANS}}}",
        },
        read=read,
        inputs=("story", "questions"),
        long=("story",),
        templates=TEMPLATES,
        metrics=(f1, exact_match),
        max_target_tokens=256,
        licence="other",
        samples=SAMPLES,
    ),
)
