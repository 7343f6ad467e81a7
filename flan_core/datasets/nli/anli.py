"""ANLI: is a statement true, given a paragraph? People wrote the statements to trip up a model.

Three rounds, each against a stronger model; a task a round.

Paper      Nie et al. 2020, https://arxiv.org/abs/1910.14599
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:944 (reading, splits, metric)
"""

from flan_core.metrics import accuracy
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template, pick

OPTIONS = ("Yes", "It is impossible to say", "No")


def read(row: Row) -> Example | Drop:
    """Label 0 is entailment, 1 is neutral, 2 is contradiction."""
    if row["label"] == -1:
        return Drop("unlabelled")
    return Example(
        fields={"premise": row["premise"].strip(), "hypothesis": row["hypothesis"].strip()},
        options=OPTIONS,
        answer=pick(OPTIONS, row["label"]),
    )


TEMPLATES = (
    Template("{premise}\n\nGoing by this paragraph alone, is the following true?\n{hypothesis}\n\n{options_}"),
    Template("Paragraph: {premise}\nStatement: {hypothesis}\n\nIs the statement correct?\n\n{options_}"),
    Template("Here is something to verify: {hypothesis}\n\nVerify it against this source:\n{premise}\n\nIs it true?\n\n{options_}"),
    Template("Suppose that every word of the text below is true.\n\n{premise}\n\nIs this true as well?\n{hypothesis}\n\n{options_}"),
    Template("{options_}\n\nIs the sentence right, as far as the text can tell us?\n\nSentence: {hypothesis}\nText: {premise}"),
    Template("Teacher: Please read this. {premise}\nTeacher: Now tell me whether the next sentence is true. {hypothesis}\n\n{options_}\n\nPupil:"),
    Template("Mind the details: a single word can make all the difference.\n\nWhat we know: {premise}\nWhat is claimed: {hypothesis}\n\nDoes the claim hold?\n\n{options_}"),
    Template("{hypothesis}\n\nTrue or not? Rely on what you read here, and do not guess.\n\n{premise}\n\n{options_}"),
    Template("Once you have read the passage, say whether the writer of the note got it right.\n\nPassage: {premise}\n\nNote: {hypothesis}\n\n{options_}"),
    Template(
        'Write a paragraph of facts, then a statement about it that is tricky to judge. The correct answer to the question whether it is true must be "{answer}".',
        "{premise}\n\n{hypothesis}",
        inverse=True,
    ),
)

SAMPLES_R1 = (
    {"uid": "r1-0", "premise": "The Lantern Prize is a literary award for first novels. It was founded in 1988 by the publisher Greta Holm and is given every second year in Bergen.", "hypothesis": "The Lantern Prize is not awarded every year.", "label": 0, "reason": ""},
    {"uid": "r1-1", "premise": "Harrow Beck is a stream in the north of England. It rises on Carrock Moor and flows nine miles south before joining the River Penn.", "hypothesis": "Harrow Beck flows into the sea.", "label": 2, "reason": ""},
    {"uid": "r1-2", "premise": "Lucia Ferrante (born 4 May 1961) is an Italian fencer. She competed at three Olympic Games and later coached the national team.", "hypothesis": "Lucia Ferrante won an Olympic medal.", "label": 1, "reason": ""},
    {"uid": "r1-3", "premise": "Cold Harbour is a 1974 film by the Danish director Jens Aagaard. It was shot in black and white on the island of Fanø.", "hypothesis": "Cold Harbour was filmed on an island.", "label": 0, "reason": ""},
    {"uid": "r1-4", "premise": "The Marlow Tramway ran from 1902 to 1936. It was replaced by buses, and its depot is now a concert hall.", "hypothesis": "The Marlow Tramway was in use for more than forty years.", "label": 2, "reason": ""},
    {"uid": "r1-5", "premise": "Petra Nováková is a Czech chemist who works on dyes. In 2009 she moved from Brno to a laboratory in Ghent.", "hypothesis": "Petra Nováková speaks Dutch.", "label": 1, "reason": ""},
    {"uid": "r1-6", "premise": "The grey-crowned pipit is a small bird of open hills. Unlike its lowland relatives, it nests in burrows and lays no more than two eggs.", "hypothesis": "A nest of the grey-crowned pipit never holds five of its own eggs.", "label": 0, "reason": ""},
    {"uid": "r1-7", "premise": "Saint Alban's College was opened to women in 1972, six years after its rival across the river.", "hypothesis": "The rival across the river admitted women later than Saint Alban's College.", "label": 2, "reason": ""},
)

SAMPLES_R2 = (
    {"uid": "r2-0", "premise": "\"Paper Boats\" is a song by the Canadian duo Winter Orchard. It was released in June 2003 as the second single from their only album.", "hypothesis": "Winter Orchard released a single before \"Paper Boats\".", "label": 0, "reason": "It was the second single."},
    {"uid": "r2-1", "premise": "The Velden Observatory stands at 2,310 metres. Its main telescope, installed in 1957, is still open to visitors on clear Fridays.", "hypothesis": "The telescope was put in place after 1960.", "label": 2, "reason": ""},
    {"uid": "r2-2", "premise": "Amos Reed was an American carpenter and inventor. He patented a folding ladder in 1881 and a window lock two years later.", "hypothesis": "The folding ladder made Amos Reed rich.", "label": 1, "reason": "His income is not mentioned."},
    {"uid": "r2-3", "premise": "The 1964 Coast Cup was the twelfth edition of the yacht race. Only seven of the thirty boats that started reached the harbour at Royan.", "hypothesis": "Most of the boats in the 1964 Coast Cup did not reach Royan.", "label": 0, "reason": ""},
    {"uid": "r2-4", "premise": "Bellwood is a village of 412 people. It has a church, a school and a railway halt, but its last shop closed in 2015.", "hypothesis": "You can buy groceries at a shop in Bellwood.", "label": 2, "reason": ""},
    {"uid": "r2-5", "premise": "The Night Gardener is a stage play in two acts by Ola Bright. It had its first performance in Leeds, with the author in the leading part.", "hypothesis": "Ola Bright has acted in films.", "label": 1, "reason": ""},
    {"uid": "r2-6", "premise": "Calder FC won the league in 1950, 1951 and 1958. The club was dissolved in 1979, and its ground was sold to a supermarket.", "hypothesis": "Calder FC won the league three times in the 1950s.", "label": 0, "reason": ""},
    {"uid": "r2-7", "premise": "Mount Orrin is the highest peak of the Teal Range. It was first climbed by two sisters, Ada and Flora Kemp, in August 1899.", "hypothesis": "Nobody climbed Mount Orrin before 1900.", "label": 2, "reason": ""},
)

SAMPLES_R3 = (
    {"uid": "r3-0", "premise": "The city said on Tuesday that it would plant four thousand trees by spring. Half of them will go to streets that have none today.", "hypothesis": "Two thousand of the trees are meant for streets without trees.", "label": 0, "reason": ""},
    {"uid": "r3-1", "premise": "How to revive stale bread: sprinkle the crust with water, wrap the loaf in foil, and put it into a warm oven for ten minutes. Unwrap it for the last two.", "hypothesis": "The loaf stays wrapped for the full ten minutes.", "label": 2, "reason": ""},
    {"uid": "r3-2", "premise": "Nora waited until the last guest had gone. Then she took the blue envelope from behind the clock and burned it unread.", "hypothesis": "The envelope held a love letter.", "label": 1, "reason": ""},
    {"uid": "r3-3", "premise": "Thank you, Madam Chair. I shall be brief: we support the motion, but we ask that the second paragraph be struck out.", "hypothesis": "The speaker wants part of the motion removed.", "label": 0, "reason": ""},
    {"uid": "r3-4", "premise": "The two airlines will share a terminal from October. Until then, passengers who change between them must take the shuttle bus.", "hypothesis": "Nobody needs the shuttle bus before October.", "label": 2, "reason": ""},
    {"uid": "r3-5", "premise": "Ben put his last coin into the machine, pressed the button for soup, and got a cup of hot water.", "hypothesis": "Ben complained to the owner of the machine.", "label": 1, "reason": ""},
    {"uid": "r3-6", "premise": "Rents in the old town have doubled since 2012, the report found, while wages there have grown by a tenth.", "hypothesis": "Since 2012, rents in the old town have grown faster than wages.", "label": 0, "reason": ""},
    {"uid": "r3-7", "premise": "To reset the lock, hold down the star key until the light turns green. If it turns red, take out the battery and start again.", "hypothesis": "A red light means that the lock has been reset.", "label": 2, "reason": ""},
)


def _task(number: int, sizes: tuple[int, int, int], samples: tuple[Row, ...]) -> Task:
    train, dev, test = sizes
    return Task(
        name=f"anli_r{number}",
        title=f"ANLI, round {number}",
        source=Hub(repository="facebook/anli", config="plain_text"),
        splits=Splits(train=f"train_r{number}", dev=f"dev_r{number}", test=f"test_r{number}"),
        sizes={f"train_r{number}": train, f"dev_r{number}": dev, f"test_r{number}": test},
        kind="classification",
        columns={"uid": "str", "premise": "str", "hypothesis": "str", "label": "int", "reason": "str"},
        read=read,
        inputs=("premise", "hypothesis"),
        long=("premise",),
        templates=TEMPLATES,
        metrics=(accuracy,),
        max_target_tokens=16,
        licence="cc-by-nc-4.0",
        samples=samples,
    )


TASKS = (
    _task(1, (16_946, 1_000, 1_000), SAMPLES_R1),
    _task(2, (45_460, 1_000, 1_000), SAMPLES_R2),
    _task(3, (100_459, 1_200, 1_200), SAMPLES_R3),
)
