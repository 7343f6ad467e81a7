"""DPR, definite pronoun resolution: which of two expressions does the pronoun stand for?

Paper      Rahman and Ng 2012, https://aclanthology.org/D12-1071
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1128 (splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Example, Hub, Row, Splits, Task, Template, pick


def read(row: Row) -> Example:
    options = tuple(text.strip() for text in row["candidates"])
    return Example(
        fields={"sentence": row["sentence"].strip(), "pronoun": row["pronoun"].strip()},
        options=options,
        answer=pick(options, row["label"]),
    )


TEMPLATES = (
    Template('{sentence}\n\nWho or what is meant by "{pronoun}" in this sentence?\n{options_}'),
    Template("Sentence: {sentence}\nPronoun: {pronoun}\n{options_}\nThe pronoun stands for:"),
    Template('The sentence below contains the word "{pronoun}". What does this word refer to?\n\n{sentence}\n\n{options_}'),
    Template('{options_}\n\nTo which of these does the word "{pronoun}" point?\n\n{sentence}'),
    Template('Teacher: I will write a sentence on the board. {sentence}\nTeacher: What does "{pronoun}" stand for?\n{options_}\nPupil:'),
    Template('A learner of English stumbles over the word "{pronoun}" in the following sentence. Which explanation helps?\n\n{sentence}\n\n{options_}'),
    Template('{sentence}\n\nWhich expression could take the place of "{pronoun}" without changing what is said?\n\n{options_}'),
    Template('The word "{pronoun}" could be understood in two ways here, but only one of them makes sense. Which one?\n{options_}\n\n{sentence}'),
    Template("Resolve the pronoun.\n\nText: {sentence}\nWord to resolve: {pronoun}\n\n{options_}"),
    Template('A: {sentence}\nB: What do you mean by "{pronoun}"?\n{options_}\nA:'),
)

SAMPLES = (
    {"sentence": "The farmer sold the donkey because it ate all the lettuce.", "pronoun": "it", "candidates": ["the farmer", "the donkey"], "label": 1},
    {"sentence": "The nurses thanked the drivers because they had brought the medicine in time.", "pronoun": "they", "candidates": ["the nurses", "the drivers"], "label": 1},
    {"sentence": "The nurses thanked the drivers because they were grateful for the medicine.", "pronoun": "they", "candidates": ["the nurses", "the drivers"], "label": 0},
    {"sentence": "Clara beat Judith at chess because she had practised for weeks.", "pronoun": "she", "candidates": ["Clara", "Judith"], "label": 0},
    {"sentence": "The waiter apologised to the guest because he had spilled the soup.", "pronoun": "he", "candidates": ["the waiter", "the guest"], "label": 0},
    {"sentence": "The waiter apologised to the guest, but he refused to pay.", "pronoun": "he", "candidates": ["the waiter", "the guest"], "label": 1},
    {"sentence": "The ship passed the island at night, so it could not be seen from the deck.", "pronoun": "it", "candidates": ["the ship", "the island"], "label": 1},
    {"sentence": "The lawyers questioned the witnesses until they had no more questions.", "pronoun": "they", "candidates": ["the lawyers", "the witnesses"], "label": 0},
)

TASKS = (
    Task(
        name="definite_pronoun_resolution",
        title="DPR",
        source=Hub(repository="community-datasets/definite_pronoun_resolution", config="plain_text"),
        splits=Splits(train="train", dev="train", test="test"),
        sizes={"train": 1_322, "test": 564},
        kind="classification",
        columns={"sentence": "str", "pronoun": "str", "candidates": "list[str]", "label": "int"},
        read=read,
        inputs=("sentence", "pronoun"),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=24,
        licence="unknown",
        samples=SAMPLES,
    ),
)
