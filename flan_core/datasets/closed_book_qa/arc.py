"""ARC: science questions from school exams, each with four choices.

Only rows with four choices are kept, as in the original; a few have three or five.

Paper      Clark et al. 2018, https://arxiv.org/abs/1803.05457
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:383 (four choices only, splits, metric)
"""

from collections.abc import Mapping

from flan_core.metrics import accuracy
from flan_core.task import BadRow, Drop, Example, Hub, Row, Splits, Task, Template, pick


def read(row: Row) -> Example | Drop:
    """The key names a choice by its label, a letter or a digit."""
    labels, options = list(row["choices"]["label"]), tuple(row["choices"]["text"])
    if len(options) != 4:
        return Drop("not four choices")
    if row["answerKey"] not in labels:
        raise BadRow(f"answerKey {row['answerKey']!r} is not one of {labels}")
    return Example(
        fields={"question": row["question"].strip()},
        options=options,
        answer=pick(options, labels.index(row["answerKey"])),
    )


TEMPLATES = (
    Template("{question}\n\n{options_}"),
    Template("Here is a question from a school science exam.\n\n{question}\n\nChoose the best answer.\n{options_}"),
    Template("{options_}\n\nPick the entry above that answers the question or completes the sentence below.\n\n{question}"),
    Template("Teacher: {question}\n{options_}\nPupil:"),
    Template("Recall what you know about science, then answer.\n\nQuestion: {question}\n\n{options_}\n\nAnswer:"),
    Template("A scientist is asked to answer or to complete the following.\n\n{question}\n{options_}\n\nWhat does the scientist say?"),
    Template("My science homework says:\n\n{question}\n\nWhat should I put down?\n{options_}"),
    Template("Only one of the choices below fits what comes after them.\n\n{options_}\n\n{question}"),
    Template("Write a question or an unfinished sentence for a science exam that calls for this answer.\n\nAnswer: {answer}", "{question}", inverse=True),
    Template("Make up an item for a science exam at school, either a question or an unfinished sentence.", "{question}", inverse=True),
)

CHALLENGE = (
    {"id": "CH_1", "question": "A student leaves a metal spoon and a wooden spoon in hot soup. After five minutes the handle of the metal spoon is hotter. What explains this?", "choices": {"text": ["Metal conducts heat better than wood.", "Wood is heavier than metal.", "Metal reflects more light than wood.", "Wood dissolves in hot soup."], "label": ["A", "B", "C", "D"]}, "answerKey": "A"},
    {"id": "CH_2", "question": "Which observation is the best evidence that a chemical change has taken place?", "choices": {"text": ["Ice melts in a glass.", "A cut apple turns brown.", "Sugar is ground to powder.", "A rope is cut in two."], "label": ["A", "B", "C", "D"]}, "answerKey": "B"},
    {"id": "CH_3", "question": "A pond dries up a little earlier every summer. Which animal will be harmed most directly?", "choices": {"text": ["a hawk that nests in a tree", "a deer that grazes on a hill", "a frog that lays its eggs in the water", "a bee that visits flowers"], "label": ["1", "2", "3", "4"]}, "answerKey": "3"},
    {"id": "CH_4", "question": "Days are longer in summer than in winter mainly because", "choices": {"text": ["Earth spins more slowly in summer.", "Earth is closer to the Sun in summer.", "the Sun is brighter in summer.", "Earth's axis is tilted."], "label": ["A", "B", "C", "D"]}, "answerKey": "D"},
    {"id": "CH_5", "question": "A farmer plants clover in a field that will grow wheat next year. How does the clover help the wheat?", "choices": {"text": ["It shades the wheat.", "It adds nitrogen to the soil.", "It attracts mice.", "It makes the soil drier."], "label": ["A", "B", "C", "D"]}, "answerKey": "B"},
    {"id": "CH_6", "question": "Two carts with the same mass roll down ramps. At the bottom, cart X moves faster than cart Y. What must be true of cart X there?", "choices": {"text": ["It has more kinetic energy.", "It has less mass.", "It has more potential energy.", "It has a lower temperature."], "label": ["A", "B", "C", "D"]}, "answerKey": "A"},
    {"id": "CH_7", "question": "Which tool would best show that light from the Sun is made of many colours?", "choices": {"text": ["a balance", "a magnet", "a prism", "a thermometer"], "label": ["A", "B", "C", "D"]}, "answerKey": "C"},
    {"id": "CH_8", "question": "Limestone that contains fossils of sea shells is found on a mountain top. What does this suggest?", "choices": {"text": ["Birds carried the shells there.", "The mountain is a volcano.", "The shells grew on land.", "The rock once lay under the sea."], "label": ["A", "B", "C", "D"]}, "answerKey": "D"},
)

EASY = (
    {"id": "EA_1", "question": "Which part of a plant takes up water from the soil?", "choices": {"text": ["the leaves", "the roots", "the flowers", "the seeds"], "label": ["A", "B", "C", "D"]}, "answerKey": "B"},
    {"id": "EA_2", "question": "What is the main source of energy for life on Earth?", "choices": {"text": ["the Sun", "the Moon", "the wind", "the oceans"], "label": ["A", "B", "C", "D"]}, "answerKey": "A"},
    {"id": "EA_3", "question": "Water that freezes changes from a", "choices": {"text": ["gas to a liquid.", "solid to a liquid.", "liquid to a solid.", "liquid to a gas."], "label": ["A", "B", "C", "D"]}, "answerKey": "C"},
    {"id": "EA_4", "question": "Which of these objects will a magnet attract?", "choices": {"text": ["a glass marble", "a rubber band", "a wooden ruler", "an iron nail"], "label": ["A", "B", "C", "D"]}, "answerKey": "D"},
    {"id": "EA_5", "question": "Which organ pumps blood through the body?", "choices": {"text": ["the heart", "the lungs", "the stomach", "the skin"], "label": ["A", "B", "C", "D"]}, "answerKey": "A"},
    {"id": "EA_6", "question": "Which instrument is used to measure air temperature?", "choices": {"text": ["a ruler", "a thermometer", "a scale", "a compass"], "label": ["1", "2", "3", "4"]}, "answerKey": "2"},
    {"id": "EA_7", "question": "An animal that eats only plants is called a", "choices": {"text": ["predator.", "parasite.", "decomposer.", "herbivore."], "label": ["A", "B", "C", "D"]}, "answerKey": "D"},
    {"id": "EA_8", "question": "What causes day and night on Earth?", "choices": {"text": ["the phases of the Moon", "the clouds in the sky", "the spinning of Earth on its axis", "the path of Earth around the Sun"], "label": ["A", "B", "C", "D"]}, "answerKey": "C"},
)


def _task(config: str, title: str, sizes: Mapping[str, int], samples: tuple[Row, ...]) -> Task:
    return Task(
        name=config.lower().replace("-", "_"),
        title=title,
        source=Hub(repository="allenai/ai2_arc", config=config),
        splits=Splits(train="train", dev="train", test="test"),
        sizes=sizes,
        kind="classification",
        columns={"id": "str", "question": "str", "choices": "{text: list[str], label: list[str]}", "answerKey": "str"},
        read=read,
        inputs=("question",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=64,
        licence="cc-by-sa-4.0",
        samples=samples,
    )


TASKS = (
    _task("ARC-Challenge", "ARC, challenge", {"train": 1_119, "test": 1_172}, CHALLENGE),
    _task("ARC-Easy", "ARC, easy", {"train": 2_251, "test": 2_376}, EASY),
)
