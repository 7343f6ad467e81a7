"""WikiLingua, English: what are the steps of this guide, in short?

Paper      Ladhak et al. 2020, https://arxiv.org/abs/2010.03093; GEM, https://arxiv.org/abs/2102.01672
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:1662 (splits, metric)
"""

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template


def read(row: Row) -> Example | Drop:
    """The target sums up one section of a wikiHow guide, a sentence a step."""
    source, target = row["source"].strip(), row["target"].strip()
    if not source or not target:
        return Drop("empty guide or summary")
    return Example(fields={"source": source}, answer=target)


TEMPLATES = (
    Template("{source}\n\nSum up these instructions, one short sentence for each step."),
    Template("Here is part of a how-to guide. What are the steps in brief?\n\n{source}"),
    Template("Guide:\n{source}\n\nThe steps in short:"),
    Template("Shorten the following advice to a list of simple commands.\n\n{source}"),
    Template("What does this text tell the reader to do?\n\n{source}"),
    Template("{source}\n\nI only need the essentials. What should I do?"),
    Template("Customer: This manual is too long for me.\n\n{source}\n\nCustomer: Can you give me the short version?\nAdviser:"),
    Template("Someone wants to pin these instructions to the wall. Make them as brief as possible.\n\n{source}"),
    Template("Write a detailed guide based on these steps:\n\n{answer}", "{source}", inverse=True),
    Template("{answer}\n\nExplain each of these instructions at greater length.", "{source}", inverse=True),
)


def _sample(number: int, source: str, target: str) -> Row:
    return {
        "gem_id": f"wiki_lingua_english_en-train-{number}",
        "gem_parent_id": f"wiki_lingua_english_en-train-{number}",
        "source_aligned": {"en": source},
        "target_aligned": {"en": target},
        "source": source,
        "target": target,
        "references": [target],
    }


SAMPLES = (
    _sample(1, "Fill a large pot with water and bring it to the boil. You need about a litre for every hundred grams of pasta. Then add a spoonful of salt, which seasons the pasta from within. Stir now and then so that nothing sticks.", "Boil plenty of water. Add salt. Stir from time to time."),
    _sample(2, "Before you start, turn the bicycle upside down so that it rests on the saddle and the handlebars. Open the brake and loosen the nuts of the wheel. Lift the wheel out and use two levers to pull the tyre over the rim.", "Turn the bicycle upside down. Loosen the wheel. Pull off the tyre with levers."),
    _sample(3, "Choose a pot with holes in the bottom, because basil does not like wet feet. Put it on a sunny window sill, and water it from below by filling the saucer. Pinch off the tips every week to make the plant bushy.", "Use a pot with holes. Give the basil sun. Water it from below. Pinch off the tips."),
    _sample(4, "Write down what you spend for a month, down to the last coffee. Then sort your expenses into those you cannot avoid and those you can. Decide how much you would like to save, and move that sum to another account on payday.", "Note all your expenses. Sort them by need. Put your savings aside on payday."),
    _sample(5, "Cats hide when they are afraid, so give yours a box with a blanket in a quiet room. Let it come to you rather than pulling it out. After a few days, open the door and let it explore the rest of the house.", "Offer the cat a quiet hiding place. Let it come to you. Open the door after a few days."),
    _sample(6, "Shake out the shirt while it is still damp. Start with the collar, ironing from the tips to the middle. Go on with the cuffs and sleeves, and do the large surfaces last. Hang the shirt up at once.", "Iron the shirt while it is damp. Begin with the collar. Leave the large surfaces until last. Hang it up."),
    _sample(7, "Sit where you can see the speaker and put away your phone. Do not try to write down every word. Note key terms and draw arrows between them. Go through your notes on the same evening, while you still remember the talk.", "Sit where you can see the speaker. Write down key terms only. Go through your notes on the same day."),
    _sample(8, "Let the engine cool before you check the oil. Pull out the dipstick, wipe it with a cloth and push it all the way back in. When you draw it out again, the level should be between the two marks.", "Let the engine cool. Wipe the dipstick. Check that the level is between the marks."),
)

TASKS = (
    Task(
        name="wiki_lingua",
        title="WikiLingua, English",
        source=Hub(repository="GEM/gem", revision="refs/convert/parquet", data_dir="wiki_lingua_english_en"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 99_020, "validation": 13_823, "test": 28_614},
        kind="generation",
        columns={
            "gem_id": "str",
            "gem_parent_id": "str",
            "source_aligned": "{en: str}",
            "target_aligned": "{en: str}",
            "source": "str",
            "target": "str",
            "references": "list[str]",
        },
        read=read,
        inputs=("source",),
        long=("source",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=128,
        licence="cc-by-nc-sa-3.0 (GEM: other)",
        samples=SAMPLES,
    ),
)
