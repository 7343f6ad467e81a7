"""BoolQ: yes-or-no questions that people typed into a search engine, each with a passage.

The questions have no question mark; one is added.

Paper      Clark et al. 2019, https://arxiv.org/abs/1905.10044
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:105 (splits, options, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("no", "yes")


def read(row: Row) -> Example:
    return Example(
        fields={"passage": row["passage"].strip(), "question": row["question"].rstrip(" ?") + "?"},
        options=OPTIONS,
        answer=pick(OPTIONS, row["answer"]),
    )


TEMPLATES = (
    Template("{passage}\n\nBased on this text, {question}\n\n{options_}"),
    Template("Question: {question}\n\nLook for the answer in the following passage.\n\n{passage}\n\n{options_}"),
    Template("Read the passage and answer the question with yes or no.\n\nPassage: {passage}\n\nQuestion: {question}\n\n{options_}"),
    Template("{options_}\n\nWhich of these is the right answer to the question below, going by the text that comes after it?\n\n{question}\n\n{passage}"),
    Template('Someone typed this into a search engine: "{question}"\n\nThe first result reads:\n{passage}\n\nWhat is the answer?\n{options_}'),
    Template("Text:\n{passage}\n\nQ: {question}\n{options_}\nA:"),
    Template("A: {question}\nB: Hold on, I have an encyclopaedia here. It says: {passage}\nA: So, what is the answer?\n{options_}\nB:"),
    Template("I would like to know the following: {question} Please check this passage and tell me.\n\n{passage}\n\n{options_}"),
    Template('{passage}\n\nA reader of this passage is asked, "{question}" What should the reader say?\n\n{options_}'),
    Template("{passage}\n\nWrite a yes-or-no question about this passage. The answer to it must be {answer}.", "{question}", inverse=True),
)

SAMPLES = (
    {"question": "do sea otters use tools to eat", "answer": True, "passage": "Sea otters often float on their backs while they feed. They rest a flat stone on the chest and strike mussels and clams against it until the shell breaks. Some otters keep a favourite stone in a fold of loose skin under the foreleg and use it for months."},
    {"question": "is the ferry to skellin island open in winter", "answer": False, "passage": "Skellin Island lies nine kilometres off the coast and is reached by a ferry from Port Avel. The ferry runs four times a day from April to October. During the winter months there is no service, and supplies are flown in by helicopter."},
    {"question": "can you make bread without yeast", "answer": True, "passage": "Unleavened bread is made without any raising agent, and flatbreads such as chapati and tortillas belong to this group. Soda bread does rise, but it is raised by baking soda and sour milk instead of yeast."},
    {"question": "was the old granite bridge destroyed in the flood", "answer": False, "passage": "The flood of 1953 swept away two wooden bridges and damaged the mill. The granite bridge, built in 1821, lost part of its parapet but stayed standing. It was repaired the following spring and still carries traffic today."},
    {"question": "does a glider need an engine to take off", "answer": False, "passage": "Most gliders have no engine of their own. They are towed into the air by a light aircraft or pulled up by a winch on the ground, and then use rising warm air to gain height."},
    {"question": "is the tomato a fruit in botany", "answer": True, "passage": "In botany, a fruit is the ripened ovary of a flowering plant, together with its seeds. By this definition the tomato is a fruit, more precisely a berry, although cooks treat it as a vegetable."},
    {"question": "did the harlan opera house ever reopen", "answer": True, "passage": "The Harlan Opera House closed in 1931 and served for decades as a warehouse. A group of citizens bought the building in 1978, restored the stage and the painted ceiling, and reopened it in 1984 with a concert by the county orchestra."},
    {"question": "are all species of bats blind", "answer": False, "passage": "Although many bats find their way by echolocation, no species is known to be blind. Fruit bats have large eyes and rely mainly on sight and smell, and even small insect-eating bats can tell light from dark."},
)

TASKS = (
    Task(
        name="bool_q",
        title="BoolQ",
        source=Hub(repository="google/boolq"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 9_427, "validation": 3_270},
        kind="classification",
        columns={"question": "str", "answer": "bool", "passage": "str"},
        read=read,
        inputs=("passage", "question"),
        long=("passage",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=8,
        licence="cc-by-sa-3.0",
        samples=SAMPLES,
    ),
)
