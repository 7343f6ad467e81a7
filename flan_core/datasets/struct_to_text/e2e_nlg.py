"""E2E NLG: how does this record of a restaurant read as a recommendation?

``name[The Mill]`` becomes ``name = The Mill``. The original's one template in which data and text had
changed places is not among ours. The copy of the challenge itself, with ``human_reference`` for
``target``, is read as well.

Paper      Novikova et al. 2017, https://arxiv.org/abs/1706.09254; GEM, https://arxiv.org/abs/2102.01672
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1596 (splits, fields, metric)
"""

import re

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template

_SLOT = re.compile(r"\s*\[([^\]]*)\]")


def read(row: Row) -> Example | Drop:
    """The target comes first among the references, each once."""
    target = row["target"] if "target" in row else row["human_reference"]
    references = [" ".join(text.split()) for text in (target, *(row.get("references") or ()))]
    accepted = tuple(dict.fromkeys(filter(None, references)))
    if not accepted:
        return Drop("no target")
    return Example(
        fields={"record": _SLOT.sub(r" = \1", row["meaning_representation"])},
        answer=accepted[0],
        references=accepted,
    )


TEMPLATES = (
    Template("{record}\n\nDescribe this place in a sentence or two."),
    Template("Turn the following record into plain English.\n\n{record}"),
    Template("Data: {record}\nText:"),
    Template("A restaurant guide stores its entries like this:\n\n{record}\n\nWrite the entry that readers will see."),
    Template("Guest: Do you know a place to eat around here?\nConcierge (looks up: {record}):"),
    Template("What can we say about the establishment below? Mention every detail.\n\n{record}"),
    Template("Write a short text that says all of this: {record}."),
    Template("Tell a friend about this place in your own words.\n\n{record}"),
    Template("Fill in the attributes of the place that this text describes.\n\n{answer}", "{record}", inverse=True),
    Template("Make up the data of a restaurant, a pub or a coffee shop.", "{record}", inverse=True),
)


def _sample(number: int, meaning: str, *references: str) -> Row:
    """Train rows have an empty list of references, the others a full one."""
    return {
        "gem_id": f"e2e_nlg-train-{number}",
        "gem_parent_id": f"e2e_nlg-train-{number}",
        "meaning_representation": meaning,
        "target": references[0],
        "references": list(references) if len(references) > 1 else [],
    }


SAMPLES = (
    _sample(1, "name[The Copper Pot], eatType[pub], food[English], area[riverside]", "The Copper Pot is a pub by the river that serves English food."),
    _sample(2, "name[Lotus House], eatType[restaurant], food[Chinese], priceRange[cheap], familyFriendly[yes]", "Lotus House is a cheap Chinese restaurant that welcomes families."),
    _sample(3, "name[Bean & Leaf], eatType[coffee shop], customer rating[5 out of 5], near[The Old Bridge]", "Bean & Leaf, a coffee shop near The Old Bridge, has a rating of 5 out of 5.", "Near The Old Bridge you will find Bean & Leaf, a coffee shop that its guests give 5 out of 5."),
    _sample(4, "name[Trattoria Lucia], food[Italian], priceRange[more than £30], area[city centre]", "For Italian food at more than £30, try Trattoria Lucia in the city centre."),
    _sample(5, "name[The Grey Goose], eatType[pub], familyFriendly[no], customer rating[low]", "The Grey Goose is a pub with a low rating and is not for families."),
    _sample(6, "name[Spice Lane], eatType[restaurant], food[Indian], area[riverside], near[Harbour Hotel]", "Spice Lane is an Indian restaurant on the riverside, near Harbour Hotel."),
    _sample(7, "name[Café Blue], eatType[coffee shop], food[French], priceRange[moderate], customer rating[3 out of 5]", "Café Blue is a coffee shop that offers French food at moderate prices; guests rate it 3 out of 5."),
    _sample(8, "name[Sakura], food[Japanese], familyFriendly[yes], near[The Grey Goose]", "Sakura, near The Grey Goose, serves Japanese food and is family friendly.", "If you want Japanese food with the family, go to Sakura near The Grey Goose."),
)

TASKS = (
    Task(
        name="e2e_nlg",
        title="E2E NLG",
        source=Hub(repository="GEM/gem", revision="refs/convert/parquet", data_dir="e2e_nlg"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 33_525, "validation": 4_299},
        kind="generation",
        columns={
            "gem_id": "str",
            "gem_parent_id": "str",
            "meaning_representation": "str",
            "target": "str",
            "references": "list[str]",
        },
        read=read,
        inputs=("record",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=128,
        licence="cc-by-sa-4.0",
        samples=SAMPLES,
    ),
)
