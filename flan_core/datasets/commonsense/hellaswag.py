"""HellaSwag: which ending is the one that makes sense?

Captions of videos break off in the middle of a sentence; how-to articles, after a whole one.

Paper      Zellers et al. 2019, https://arxiv.org/abs/1905.07830
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:2147 (reading, splits, metric)
"""

import re

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

_TAG = re.compile(r"\s*\[(?:header|title|step|substeps)\]\s*")


def read(row: Row) -> Example | Drop:
    """``ctx_b`` begins the sentence to be finished; tags of how-to articles become line breaks."""
    if row["label"] in ("", "-1", -1):
        return Drop("unlabelled")
    begun = row["ctx_b"][:1].upper() + row["ctx_b"][1:]
    options = tuple(_TAG.sub(" ", ending).strip() for ending in row["endings"])
    return Example(
        fields={"context": _TAG.sub("\n", f"{row['ctx_a']} {begun}").strip()},
        options=options,
        answer=pick(options, int(row["label"])),
    )


TEMPLATES = (
    Template("{context}\n\nHow does it go on?\n\n{options_}"),
    Template("Finish the text in the way that makes the most sense.\n\n{context}\n\n{options_}"),
    Template("Beginning: {context}\n\n{options_}\n\nEnding:"),
    Template("{options_}\n\nWhich ending belongs to this beginning?\n\n{context}"),
    Template("Somebody describes a video or explains how to do something, and breaks off here:\n\n{context}\n\nWhat would you expect to come next?\n\n{options_}"),
    Template("Not every continuation makes sense. Find one that does.\n\nText so far: {context}\n\n{options_}"),
    Template("The rest of this text has been torn off. What did it say?\n\n{context}\n\n{options_}"),
    Template("Reader: {context}\nListener: Don't stop there! What comes after that?\n\n{options_}\n\nReader:"),
    Template("With a little knowledge of the world you can tell how this continues.\n\n{options_}\n\n{context}"),
    Template("Think of what normally happens in such a situation, and complete the passage.\n\nPassage: {context}\n\n{options_}"),
)

SAMPLES = (
    {"ind": 4, "activity_label": "Making pancakes", "ctx_a": "A woman breaks two eggs into a bowl and adds milk and flour.", "ctx_b": "she", "ctx": "A woman breaks two eggs into a bowl and adds milk and flour. she", "endings": ["paints the bowl with a small brush.", "whisks everything until the batter is smooth.", "puts the eggs back into their shells.", "throws the bowl to a man on a horse."], "source_id": "activitynet~v_made0000001", "split": "train", "split_type": "indomain", "label": "1"},
    {"ind": 9, "activity_label": "Canoeing", "ctx_a": "Two people carry a canoe down to the river.", "ctx_b": "once it is in the water, they", "ctx": "Two people carry a canoe down to the river. once it is in the water, they", "endings": ["climb in and begin to paddle.", "hang it up on the wall.", "mow the lawn beside the house.", "saw it in half and drive away."], "source_id": "activitynet~v_made0000002", "split": "train", "split_type": "indomain", "label": "0"},
    {"ind": 15, "activity_label": "Home and Garden", "ctx_a": "[header] How to repot a house plant [title] Choose a pot that is a little larger. [step] A pot that is much too large holds more water than the roots can drink. Look for one that is two fingers wider than the old one.", "ctx_b": "", "ctx": "[header] How to repot a house plant [title] Choose a pot that is a little larger. [step] A pot that is much too large holds more water than the roots can drink. Look for one that is two fingers wider than the old one.", "endings": ["[title] Wash the curtains. [step] Dust will settle on them in the course of a year.", "[substeps] The pot should be as heavy as possible. Fill it with milk to test it.", "[title] Put a layer of soil into the new pot. [step] The plant should end up just as high as it was before.", "[substeps] Remove all the leaves first. A plant without leaves is easier to read."], "source_id": "wikihow~made0003", "split": "train", "split_type": "indomain", "label": "2"},
    {"ind": 21, "activity_label": "Ice skating", "ctx_a": "A boy laces his skates on a bench beside the rink. He takes a few careful steps on the ice.", "ctx_b": "suddenly, he", "ctx": "A boy laces his skates on a bench beside the rink. He takes a few careful steps on the ice. suddenly, he", "endings": ["bakes a loaf of bread.", "is handed a saxophone by a whale.", "dives to the bottom of the pool.", "slips and lands on his back."], "source_id": "activitynet~v_made0000004", "split": "train", "split_type": "zeroshot", "label": "3"},
    {"ind": 28, "activity_label": "Cars & Other Vehicles", "ctx_a": "[header] How to jump-start a car [title] Park the two cars close to each other. [step] They must not touch. Switch off both engines and put on the handbrakes.", "ctx_b": "", "ctx": "[header] How to jump-start a car [title] Park the two cars close to each other. [step] They must not touch. Switch off both engines and put on the handbrakes.", "endings": ["[title] Find the batteries. [step] Open both bonnets and look for the terminals with a plus and a minus.", "[title] Invite the neighbours. [step] A party is more fun with a cake.", "[substeps] Drive as fast as you can. The faster you drive, the cooler the battery.", "[substeps] Paint both cars the same colour. It should be dry by the weekend."], "source_id": "wikihow~made0005", "split": "train", "split_type": "indomain", "label": "0"},
    {"ind": 33, "activity_label": "Shaving", "ctx_a": "A man spreads foam over his cheeks and chin.", "ctx_b": "then he", "ctx": "A man spreads foam over his cheeks and chin. then he", "endings": ["eats the foam with a spoon.", "ties his shoes to the mirror.", "draws a razor down his cheek.", "rakes the leaves under the sink."], "source_id": "activitynet~v_made0000006", "split": "train", "split_type": "indomain", "label": "2"},
    {"ind": 40, "activity_label": "Archery", "ctx_a": "An archer stands in a meadow and draws her bow. She lets go.", "ctx_b": "the arrow", "ctx": "An archer stands in a meadow and draws her bow. She lets go. the arrow", "endings": ["asks for a glass of water.", "hits the edge of the target.", "is folded and put in a drawer.", "sings while the crowd is mopped."], "source_id": "activitynet~v_made0000007", "split": "val", "split_type": "indomain", "label": "1"},
    {"ind": 47, "activity_label": "Travel", "ctx_a": "[header] How to pack a small suitcase [title] Lay out everything that you want to take. [step] Now put half of it back into the wardrobe.", "ctx_b": "", "ctx": "[header] How to pack a small suitcase [title] Lay out everything that you want to take. [step] Now put half of it back into the wardrobe.", "endings": ["[substeps] The wardrobe will not fit into the suitcase. Take the doors off first.", "[title] Water the suitcase twice a week. [step] It grows best in the shade.", "[substeps] Boil the other half for ten minutes. Add salt.", "[title] Roll up your clothes. [step] Rolled clothes take up less space than folded ones."], "source_id": "wikihow~made0008", "split": "val", "split_type": "zeroshot", "label": "3"},
)

TASKS = (
    Task(
        name="hellaswag",
        title="HellaSwag",
        source=Hub(repository="Rowan/hellaswag"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 39_905, "validation": 10_042},
        kind="classification",
        columns={
            "ind": "int",
            "activity_label": "str",
            "ctx_a": "str",
            "ctx_b": "str",
            "ctx": "str",
            "endings": "list[str]",
            "source_id": "str",
            "split": "str",
            "split_type": "str",
            "label": "str",
        },
        read=read,
        inputs=("context",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=128,
        licence="mit",
        samples=SAMPLES,
    ),
)
