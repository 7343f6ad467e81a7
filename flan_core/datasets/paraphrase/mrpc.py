"""MRPC: do two sentences from the news mean the same?

Paper      Dolan and Brockett 2005, https://aclanthology.org/I05-5002
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1161 (reading, splits, metrics)
"""

from flan_core.metrics import accuracy, f1_binary
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("no", "yes")


def read(row: Row) -> Example | Drop:
    """Label 1 is a paraphrase; the text stays split into tokens, as released."""
    if row["label"] == -1:
        return Drop("unlabelled")
    return Example(
        fields={"sentence1": row["sentence1"].strip(), "sentence2": row["sentence2"].strip()},
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template("Two newspapers report on one event.\n\nThe first: {sentence1}\nThe second: {sentence2}\n\nDo they say the same?\n\n{options_}"),
    Template("{sentence1}\n{sentence2}\n\nIs one of these a paraphrase of the other?\n\n{options_}"),
    Template("Sentence A: {sentence1}\nSentence B: {sentence2}\n\nWould a reader learn the same from either sentence?\n\n{options_}"),
    Template("A news site does not want to print anything twice. It already has this:\n{sentence1}\n\nAnd this has just come in:\n{sentence2}\n\nIs the new sentence a mere repetition?\n\n{options_}"),
    Template("{options_}\n\nJudge whether the two lines are equivalent in meaning.\n\n* {sentence1}\n* {sentence2}"),
    Template("Editor: Our draft has this sentence. {sentence1}\nReporter: I would sooner write this. {sentence2}\nEditor: Would the meaning stay the same?\n\n{options_}\n\nReporter:"),
    Template("Text 1: {sentence1}\nText 2: {sentence2}\n\n{options_}\n\nEquivalent:"),
    Template("Could the second sentence stand in for the first without a change of meaning?\n\n1) {sentence1}\n2) {sentence2}\n\n{options_}"),
    Template("Leave aside small differences of wording. Do both of these carry the same news?\n\n{sentence1}\n\n{sentence2}\n\n{options_}"),
    Template("Here is what an agency wrote: {sentence1}\n\nHere is what a paper made of it: {sentence2}\n\nDid the paper keep to what the agency had written?\n\n{options_}"),
)

SAMPLES = (
    {"sentence1": "Shares of the airline fell 4 percent to $ 11.20 on Thursday .", "sentence2": "On Thursday , the airline 's shares dropped 4 percent to $ 11.20 .", "label": 1, "idx": 0},
    {"sentence1": "The minister said on Monday that the talks had failed .", "sentence2": "The talks , which began on Monday , are to go on for a week .", "label": 0, "idx": 1},
    {"sentence1": "Police arrested two men near the Dutch border late on Friday .", "sentence2": "Two men were arrested by police near the border with the Netherlands late Friday .", "label": 1, "idx": 2},
    {"sentence1": "The storm left 30,000 homes without power , the utility said .", "sentence2": "The utility said it would cut the price of power for 30,000 homes .", "label": 0, "idx": 3},
    {"sentence1": "The drug maker will close its plant in Cork and lay off 220 workers .", "sentence2": "About 220 workers will lose their jobs when the drug maker shuts its Cork plant .", "label": 1, "idx": 4},
    {"sentence1": "Baxter , 29 , won the race in 2 hours , 9 minutes and 41 seconds .", "sentence2": "Baxter , 29 , who had won twice before , came in second this time .", "label": 0, "idx": 5},
    {"sentence1": "\" We are very pleased with the ruling , \" said the company 's lawyer .", "sentence2": "A lawyer for the company said it was very pleased with the ruling .", "label": 1, "idx": 6},
    {"sentence1": "The bill passed the Senate by a vote of 61 to 38 .", "sentence2": "The bill now goes to the House , where its future is uncertain .", "label": 0, "idx": 7},
)

TASKS = (
    Task(
        name="mrpc",
        title="MRPC",
        source=Hub(repository="nyu-mll/glue", config="mrpc"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 3_668, "validation": 408},
        kind="classification",
        columns={"sentence1": "str", "sentence2": "str", "label": "int", "idx": "int"},
        read=read,
        inputs=("sentence1", "sentence2"),
        templates=TEMPLATES,
        metrics=(accuracy, f1_binary),
        max_target_tokens=8,
        licence="other",
        samples=SAMPLES,
    ),
)
