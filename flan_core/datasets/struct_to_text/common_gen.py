"""CommonGen: which everyday sentence uses all of these words?

A row of an evaluation split has several references; each counts. The allenai copy, with one row a
reference and no list of them, is read as well.

Paper      Lin et al. 2020, https://arxiv.org/abs/1911.03705; GEM, https://arxiv.org/abs/2102.01672
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1524 (splits, fields, metric)
"""

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template


def read(row: Row) -> Example | Drop:
    """The target comes first among the references, each once."""
    references = [text.strip() for text in (row["target"], *(row.get("references") or ()))]
    accepted = tuple(dict.fromkeys(filter(None, references)))
    if not accepted:
        return Drop("no target")
    return Example(
        fields={"concepts": ", ".join(row["concepts"])}, answer=accepted[0], references=accepted
    )


TEMPLATES = (
    Template("Write a sentence with all of these words: {concepts}."),
    Template("Words: {concepts}\nSentence:"),
    Template("{concepts}\n\nWhich everyday scene could these words describe? Answer in one sentence."),
    Template("Can you use the words {concepts} together in one sentence?"),
    Template("Teacher: Make a sentence out of the following words. You may change their form.\n{concepts}\nPupil:"),
    Template("Put the words below into a sentence that describes an ordinary event.\n\n{concepts}"),
    Template("Imagine a picture to which someone has given these keywords: {concepts}. What does it show?"),
    Template("Leave out none of the following words when you write your sentence.\n\n{concepts}"),
    Template("Which words carry the meaning of this sentence? List their basic forms.\n\n{answer}", "{concepts}", inverse=True),
    Template("Choose a few simple words from which a pupil can form a sentence.", "{concepts}", inverse=True),
)


def _sample(number: int, concepts: list[str], *references: str) -> Row:
    """Train rows have an empty list of references, the others a full one."""
    return {
        "gem_id": f"common_gen-train-{number}",
        "gem_parent_id": f"common_gen-train-{number}",
        "concept_set_id": number,
        "concepts": concepts,
        "target": references[0],
        "references": list(references) if len(references) > 1 else [],
    }


SAMPLES = (
    _sample(1, ["bread", "cut", "kitchen"], "A man is cutting bread in the kitchen."),
    _sample(2, ["ball", "beach", "throw", "child"], "The children throw a ball on the beach."),
    _sample(3, ["bird", "sit", "roof"], "Two birds are sitting on the roof.", "A bird sits on top of a red roof."),
    _sample(4, ["snow", "shovel", "driveway"], "She shovels the snow off her driveway."),
    _sample(5, ["guitar", "play", "street", "crowd"], "A girl plays the guitar for a crowd on the street.", "The crowd on the street listens to a man playing the guitar."),
    _sample(6, ["horse", "field", "run"], "Horses run across a green field."),
    _sample(7, ["wait", "bus", "rain", "umbrella"], "People with umbrellas are waiting for the bus in the rain."),
    _sample(8, ["candle", "light", "cake"], "The boy lights the candles on his cake.", "Someone is lighting a candle on the cake."),
)

TASKS = (
    Task(
        name="common_gen",
        title="CommonGen",
        source=Hub(repository="GEM/gem", revision="refs/convert/parquet", data_dir="common_gen"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 67_389, "validation": 993},
        kind="generation",
        columns={
            "gem_id": "str",
            "gem_parent_id": "str",
            "concept_set_id": "int",
            "concepts": "list[str]",
            "target": "str",
            "references": "list[str]",
        },
        read=read,
        inputs=("concepts",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=64,
        licence="mit",
        samples=SAMPLES,
    ),
)
