"""CosmosQA: what a blog post leaves unsaid, asked with four possible answers.

Paper      Huang et al. 2019, https://arxiv.org/abs/1909.00277
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1346 (splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Example, Hub, Row, Splits, Task, Template, pick


def read(row: Row) -> Example:
    options = tuple(row[f"answer{number}"].strip() for number in range(4))
    return Example(
        fields={"context": row["context"].strip(), "question": row["question"].strip()},
        options=options,
        answer=pick(options, row["label"]),
    )


TEMPLATES = (
    Template("{context}\n\n{question}\n\n{options_}"),
    Template("Read between the lines of this text.\n\n{context}\n\nNow answer the question: {question}\n\n{options_}"),
    Template("Question: {question}\n\nYou may have to infer the answer from what the writer tells us here.\n\n{context}\n\n{options_}"),
    Template("{options_}\n\nOne of the entries above answers a question about a blog post. Which one?\n\nPost: {context}\n\nQuestion: {question}"),
    Template("Someone wrote: {context}\n\nA friend who read this wondered: {question}\n\nWhat is the most plausible answer?\n{options_}"),
    Template("Story: {context}\nQ: {question}\n{options_}\nA:"),
    Template("Use the text and common sense to choose the best answer.\n\n{options_}\n\nText: {context}\n\nQuestion: {question}"),
    Template("Reader A: I have just read this. {context}\nReader B: {question}\n{options_}\nReader A:"),
    Template("{context}\n\nAsk a question about something that this text does not say outright.", "{question}", inverse=True),
    Template("Tell a short episode from everyday life that would make a reader ask the following.\n\n{question}", "{context}", inverse=True),
)

SAMPLES = (
    {"id": "cq-1", "context": "I had packed the tent, the stove and three days of food, and then the forecast came in: storms until Sunday. I unpacked everything again and put the kettle on. At least the cat was pleased to have me home.", "question": "What did the writer most likely plan to do?", "answer0": "Go camping.", "answer1": "Buy a new stove.", "answer2": "Move to another house.", "answer3": "Cook for a party.", "label": 0},
    {"id": "cq-2", "context": "Grandpa insisted on fixing the tap himself. Two hours later the kitchen floor was under water and he was on the phone, speaking very politely to a man with a van.", "question": "Who was probably on the other end of the line?", "answer0": "A cousin.", "answer1": "A plumber.", "answer2": "A bus driver.", "answer3": "None of the above choices.", "label": 1},
    {"id": "cq-3", "context": "My sister and I had not spoken since the wedding. Yesterday a parcel came with the old photo album in it and a note that said only: your turn to keep it. I called her right away.", "question": "Why did the writer call the sister right away?", "answer0": "To complain about the parcel.", "answer1": "To ask for money.", "answer2": "To make peace with her.", "answer3": "To invite her to the wedding.", "label": 2},
    {"id": "cq-4", "context": "The interview lasted ten minutes. They looked at their watches, thanked me for coming and did not ask when I could start. I took the long way home.", "question": "How may the writer feel on the way home?", "answer0": "Proud of the new job.", "answer1": "Worried about being late.", "answer2": "Excited about a holiday.", "answer3": "Disappointed.", "label": 3},
    {"id": "cq-5", "context": "Our daughter has started to sleep with the light off. She still wants the door open a hand's width, and the plush rabbit has to face it, but we count it as a victory.", "question": "What can be said about the daughter?", "answer0": "She used to be afraid of the dark.", "answer1": "She has lost her rabbit.", "answer2": "She sleeps in her parents' room.", "answer3": "She does not like animals.", "label": 0},
    {"id": "cq-6", "context": "The bakery always sells out by nine, so I set the alarm for seven. When I woke up the sun was high and my phone was dead on the carpet. It was toast for breakfast, then.", "question": "Why did the writer have toast?", "answer0": "The doctor had recommended it.", "answer1": "The bakery had burned down.", "answer2": "The alarm did not ring, and it was too late for the bakery.", "answer3": "The writer never buys bread.", "label": 2},
    {"id": "cq-7", "context": "After the match nobody wanted to talk. The coach walked up and down the bus, patted a few shoulders and said that there was always next season.", "question": "What may have happened in the match?", "answer0": "The team won the cup.", "answer1": "The team lost.", "answer2": "The match was called off.", "answer3": "None of the above choices.", "label": 1},
    {"id": "cq-8", "context": "The new neighbours carried in a piano, two cellos and a drum kit. My husband looked at me, went online and ordered something, and it should arrive tomorrow.", "question": "What did the husband probably order?", "answer0": "A larger car.", "answer1": "A garden fence.", "answer2": "A cookery book.", "answer3": "Earplugs.", "label": 3},
)

TASKS = (
    Task(
        name="cosmos_qa",
        title="CosmosQA",
        source=Hub(repository="allenai/cosmos_qa", revision="refs/convert/parquet", data_dir="default"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 25_262, "validation": 2_985},
        kind="classification",
        columns={"id": "str", "context": "str", "question": "str", "answer0": "str", "answer1": "str", "answer2": "str", "answer3": "str", "label": "int"},
        read=read,
        inputs=("context", "question"),
        long=("context",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=64,
        licence="cc-by-4.0",
        samples=SAMPLES,
    ),
)
