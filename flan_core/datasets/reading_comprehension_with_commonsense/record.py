"""ReCoRD: which name from a news article fills the gap in a statement about it?

Asked in the partial evaluation form, like Winogrande: the prompt has the statement up to the gap, and
each option is a name of the article with the rest of the statement. Several may be right. The
summary that the source appends to the article, a list of ``@highlight`` lines, is cut off.

    query     Fans of @placeholder waited for hours.
    start     Fans of ...
    options   Mara Lindt waited for hours.
              Oslo waited for hours.

Paper      Zhang et al. 2018, https://arxiv.org/abs/1810.12885
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:289 (cut, partial evaluation, splits, metrics)
"""

from flan_core.metrics import accuracy, exact_match, f1
from flan_core.task import BadRow, Example, Hub, Row, Splits, Task, Template

GAP = "@placeholder"


def read(row: Row) -> Example:
    """Every name that the annotators accept is a reference; the first is the target."""
    left, gap, right = row["query"].partition(GAP)
    if not gap:
        raise BadRow(f"the query has no {GAP}")
    options = tuple(dict.fromkeys(name + right.rstrip() for name in row["entities"]))
    references = tuple(dict.fromkeys(name + right.rstrip() for name in row["answers"]))
    if not references or not set(references) <= set(options):
        raise BadRow("the answers are not among the entities")
    return Example(
        fields={
            "passage": row["passage"].partition("@highlight")[0].strip(),
            "start": f"{left.strip()} ...".lstrip(),
        },
        options=options,
        answer=references[0],
        references=references,
    )


TEMPLATES = (
    Template("{passage}\n\nComplete the statement about this report.\n\n{start}\n\n{options_}"),
    Template("News: {passage}\n\nA later report begins like this: {start}\n\nHow does it go on?\n{options_}"),
    Template("{start}\n\nUse the article below to continue the line above.\n\n{passage}\n\n{options_}"),
    Template("{options_}\n\nChoose an ending from the list that agrees with the article.\n\nArticle: {passage}\n\nBeginning: {start}"),
    Template("Read the article carefully.\n\n{passage}\n\nNow finish what someone says about it.\n{start}\n{options_}"),
    Template("Editor: Here is our story. {passage}\nEditor: The last line was cut off: {start}\nEditor: What should come next?\n{options_}\nReporter:"),
    Template("Article:\n{passage}\n\nUnfinished caption: {start}\n{options_}\nRest of the caption:"),
    Template("A person is retelling the news below and gets stuck on a name. Help out.\n\nNews: {passage}\n\nPerson: {start}\n\n{options_}"),
    Template("Work out which name is missing, and continue the sentence so that it fits the text.\n\nSentence: {start}\n\nText: {passage}\n\n{options_}"),
    Template("{passage}\n\nWhich continuation is true, going by what has just been reported?\n\n{start}\n{options_}"),
)

SAMPLES = (
    {"passage": "The pianist Mara Lindt has called off her concert in Oslo, hours before she was due on stage. Her agent, Peter Haas, said on Friday that she had injured her hand in a fall. Tickets for the evening had been sold out since March, and the hall has promised to refund them.\n@highlight\n\nMara Lindt cancels a concert after a fall\n\n@highlight\n\nTickets will be refunded", "query": "Fans of @placeholder had waited for months to hear her play.", "entities": ["Mara Lindt", "Oslo", "Peter Haas"], "entity_spans": {"text": ["Mara Lindt", "Oslo", "Peter Haas"], "start": [12, 53, 105], "end": [22, 57, 115]}, "answers": ["Mara Lindt"], "idx": {"passage": 0, "query": 0}},
    {"passage": "The pianist Mara Lindt has called off her concert in Oslo, hours before she was due on stage. Her agent, Peter Haas, said on Friday that she had injured her hand in a fall. Tickets for the evening had been sold out since March, and the hall has promised to refund them.\n@highlight\n\nMara Lindt cancels a concert after a fall\n\n@highlight\n\nTickets will be refunded", "query": "Speaking for the pianist, @placeholder asked the public for patience.", "entities": ["Mara Lindt", "Oslo", "Peter Haas"], "entity_spans": {"text": ["Mara Lindt", "Oslo", "Peter Haas"], "start": [12, 53, 105], "end": [22, 57, 115]}, "answers": ["Peter Haas"], "idx": {"passage": 0, "query": 1}},
    {"passage": "Divers from the University of Belport have found the wreck of the Halcyon, a steamship that sank off Cape Torrin in 1906. Professor Ana Reyes, who led the search, said that the hull was in surprisingly good condition. The Halcyon was carrying tea and machine parts from Bombay when it struck a rock in fog.\n@highlight\n\nWreck of the Halcyon discovered\n\n@highlight\n\nThe ship went down in 1906", "query": "More than a century after the @placeholder went down, its cargo is still on board.", "entities": ["University of Belport", "Halcyon", "Cape Torrin", "Ana Reyes", "Bombay"], "entity_spans": {"text": ["University of Belport", "Halcyon", "Cape Torrin", "Ana Reyes", "Bombay"], "start": [16, 66, 101, 132, 270], "end": [37, 73, 112, 141, 276]}, "answers": ["Halcyon"], "idx": {"passage": 1, "query": 2}},
    {"passage": "Divers from the University of Belport have found the wreck of the Halcyon, a steamship that sank off Cape Torrin in 1906. Professor Ana Reyes, who led the search, said that the hull was in surprisingly good condition. The Halcyon was carrying tea and machine parts from Bombay when it struck a rock in fog.\n@highlight\n\nWreck of the Halcyon discovered\n\n@highlight\n\nThe ship went down in 1906", "query": "@placeholder and her team will return to the wreck next summer.", "entities": ["University of Belport", "Halcyon", "Cape Torrin", "Ana Reyes", "Bombay"], "entity_spans": {"text": ["University of Belport", "Halcyon", "Cape Torrin", "Ana Reyes", "Bombay"], "start": [16, 66, 101, 132, 270], "end": [37, 73, 112, 141, 276]}, "answers": ["Ana Reyes"], "idx": {"passage": 1, "query": 3}},
    {"passage": "Westmoor United have signed the goalkeeper Tom Achebe from Carrick Rovers for an undisclosed sum. Achebe, who is 24, played every league match for Rovers last season. Westmoor's manager, Inga Dahl, said that he would compete with the club captain, Luis Prado, for a place in the team.\n@highlight\n\nTom Achebe moves to Westmoor United", "query": "The young goalkeeper thanked the supporters of @placeholder for two wonderful years.", "entities": ["Westmoor United", "Tom Achebe", "Carrick Rovers", "Achebe", "Rovers", "Westmoor", "Inga Dahl", "Luis Prado"], "entity_spans": {"text": ["Westmoor", "Westmoor United", "Tom Achebe", "Achebe", "Carrick Rovers", "Rovers", "Inga Dahl", "Luis Prado"], "start": [0, 0, 43, 47, 59, 67, 187, 248], "end": [8, 15, 53, 53, 73, 73, 196, 258]}, "answers": ["Carrick Rovers", "Rovers"], "idx": {"passage": 2, "query": 4}},
    {"passage": "Westmoor United have signed the goalkeeper Tom Achebe from Carrick Rovers for an undisclosed sum. Achebe, who is 24, played every league match for Rovers last season. Westmoor's manager, Inga Dahl, said that he would compete with the club captain, Luis Prado, for a place in the team.\n@highlight\n\nTom Achebe moves to Westmoor United", "query": "\"It is good for a team when nobody's place is safe,\" @placeholder said of the new signing.", "entities": ["Westmoor United", "Tom Achebe", "Carrick Rovers", "Achebe", "Rovers", "Westmoor", "Inga Dahl", "Luis Prado"], "entity_spans": {"text": ["Westmoor", "Westmoor United", "Tom Achebe", "Achebe", "Carrick Rovers", "Rovers", "Inga Dahl", "Luis Prado"], "start": [0, 0, 43, 47, 59, 67, 187, 248], "end": [8, 15, 53, 53, 73, 73, 196, 258]}, "answers": ["Inga Dahl"], "idx": {"passage": 2, "query": 5}},
    {"passage": "Heavy rain has closed the mountain road between Senn and Altberg for the second time this month. The mayor of Senn, Carla Moser, said that about forty families had been cut off since Tuesday night. The army flew in food and medicine on Wednesday. Engineers expect to clear the road by the weekend.\n@highlight\n\nMountain road closed by heavy rain\n\n@highlight\n\nArmy flies in supplies", "query": "Until the road is open again, @placeholder can be reached only by helicopter.", "entities": ["Senn", "Altberg", "Carla Moser"], "entity_spans": {"text": ["Senn", "Altberg", "Carla Moser"], "start": [48, 57, 116], "end": [52, 64, 127]}, "answers": ["Senn"], "idx": {"passage": 3, "query": 6}},
    {"passage": "The novelist Henrik Sol has won this year's Lantern Prize for The Salt Road, the story of a family of traders in Zanzibar. The jury praised the book's humour. Sol, who was born in Malmo and lives in Lisbon, said that he would spend the prize money on a boat.\n@highlight\n\nLantern Prize goes to Henrik Sol", "query": "Readers who enjoyed The Salt Road will be glad to hear that @placeholder's next novel is almost finished.", "entities": ["Henrik Sol", "Lantern Prize", "The Salt Road", "Zanzibar", "Sol", "Malmo", "Lisbon"], "entity_spans": {"text": ["Henrik Sol", "Sol", "Lantern Prize", "The Salt Road", "Zanzibar", "Malmo", "Lisbon"], "start": [13, 20, 44, 62, 113, 180, 199], "end": [23, 23, 57, 75, 121, 185, 205]}, "answers": ["Henrik Sol", "Sol"], "idx": {"passage": 4, "query": 7}},
)

TASKS = (
    Task(
        name="record",
        title="ReCoRD",
        source=Hub(repository="aps/super_glue", config="record"),
        splits=Splits(train="train", dev="train", test="validation"),
        sizes={"train": 100_730, "validation": 10_000},
        kind="classification",
        columns={
            "passage": "str",
            "query": "str",
            "entities": "list[str]",
            "entity_spans": "{text: list[str], start: list[int], end: list[int]}",
            "answers": "list[str]",
            "idx": "{passage: int, query: int}",
        },
        read=read,
        inputs=("passage", "start"),
        long=("passage",),
        templates=TEMPLATES,
        metrics=(accuracy, exact_match, f1),
        max_target_tokens=64,
        licence="unknown (SuperGLUE research terms)",
        samples=SAMPLES,
    ),
)
