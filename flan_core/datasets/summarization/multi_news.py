"""Multi-News: what do these articles about one event say together?

The source joins the articles by a mark of five bars; here they are numbered. The dash at the start of
a summary is dropped.

Paper      Fabbri et al. 2019, https://arxiv.org/abs/1906.01749
Reference  google-research/FLAN@e9e4ec6 flan/tasks.py:543 (splits, metric)
"""

from flan_core.metrics import rouge1, rouge2, rouge_lsum
from flan_core.task import Drop, Example, Hub, Row, Splits, Task, Template


def read(row: Row) -> Example | Drop:
    """Articles are numbered in the source's order; rows without one are left out."""
    articles = [article.strip() for article in row["document"].replace("NEWLINE_CHAR", "\n").split("|||||")]
    summary = row["summary"].strip().lstrip("–- ")
    numbered = [f"Article {i}: {article}" for i, article in enumerate(filter(None, articles), 1)]
    if not numbered or not summary:
        return Drop("empty articles or summary")
    return Example(fields={"articles": "\n\n".join(numbered)}, answer=summary)


TEMPLATES = (
    Template("{articles}\n\nWrite one summary of everything reported above."),
    Template("The following was published about one event. Sum it up.\n\n{articles}"),
    Template("Several papers covered the same story:\n\n{articles}\n\nWhat is the story?"),
    Template("Merge the reports below into a single short account.\n\n{articles}"),
    Template("{articles}\n\nSummary:"),
    Template("You are preparing a press review. Tell your readers in one paragraph what is in here:\n\n{articles}"),
    Template("A: Have you read all of this?\n\n{articles}\n\nA: What does it come down to?\nB:"),
    Template("What do we learn from the coverage below? Answer in a few sentences.\n\n{articles}"),
    Template("Here is the summary of a news event:\n\n{answer}\n\nWrite newspaper articles that it could be based on.", "{articles}", inverse=True),
    Template("{answer}\n\nHow might the press have reported this at greater length?", "{articles}", inverse=True),
)

SAMPLES = (
    {"document": "A bakery in Graz has bought a robot that decorates cakes. It paints about sixty of them in an hour. |||||The owner of a Graz bakery says that her new robot will not replace anyone. Two apprentices now design the patterns that it paints.", "summary": "– A bakery in Graz has a robot that paints sixty cakes an hour. Its owner says that no one will lose a job: two apprentices design the patterns."},
    {"document": "Storm Nora has cut power to 30,000 homes on the west coast. Repair crews hope to finish by Wednesday. |||||Trains between the two largest cities on the coast stopped on Monday after trees fell on the line. Buses are running instead.", "summary": "– Storm Nora left 30,000 homes on the west coast without power and brought trains to a halt. Repairs should be done by Wednesday; until then, buses replace the trains."},
    {"document": "The museum in Leeds says that a painting it has owned for a century is by a pupil, not the master. |||||Experts compared the canvas of the Leeds painting with others from the workshop. The weave does not match. |||||The Leeds museum will keep the picture on the wall, with a new label.", "summary": "– A painting in a Leeds museum turns out to be the work of a pupil. The weave of the canvas gave it away. It stays on the wall, under a new label."},
    {"document": "A school in Ohio has started classes at 9:30 instead of 8. Pupils come on time more often, the principal says. |||||Parents of an Ohio school complain that late classes clash with their working hours. A vote is planned for June.", "summary": "– Later classes at an Ohio school mean that more pupils arrive on time, but some parents find the hours hard to combine with work. They will vote on it in June."},
    {"document": "Fishermen off Maine caught a blue lobster, which is said to be one in two million. |||||The rare blue lobster caught off Maine will live in an aquarium in Portland. Its keepers have named it Indigo.", "summary": "– Fishermen off Maine have caught a rare blue lobster. It will not be eaten: an aquarium in Portland has taken it in and named it Indigo."},
    {"document": "The city council of Utrecht wants to ban cars from six more streets. |||||Shopkeepers in Utrecht fear for their trade if cars are banned. Cyclists welcome the plan. |||||The mayor of Utrecht has promised a trial of three months before any decision.", "summary": "– Utrecht may ban cars from six more streets. Cyclists are pleased and shopkeepers worried; the mayor promises a trial of three months first."},
    {"document": "A woman from Perth found a letter in a bottle on the beach. It was written in 1978. |||||The writer of a letter found near Perth has been traced. He was nine when he threw the bottle from a ship and is now a dentist in Dublin.", "summary": "– A letter that washed up near Perth was written in 1978 by a boy of nine. He has been found: he is a dentist in Dublin."},
    {"document": "The price of cocoa has doubled since January because of a poor harvest. |||||Chocolate makers say that bars will become smaller rather than dearer this year. The cocoa harvest was the worst in a decade.", "summary": "– The worst cocoa harvest in a decade has doubled prices since January. Chocolate makers plan to sell smaller bars for the same money."},
)

TASKS = (
    Task(
        name="multi_news",
        title="Multi-News",
        source=Hub(repository="alexfabbri/multi_news", revision="refs/convert/parquet", data_dir="default"),
        splits=Splits(train="train", dev="validation", test="test"),
        sizes={"train": 44_972, "validation": 5_622, "test": 5_622},
        kind="generation",
        columns={"document": "str", "summary": "str"},
        read=read,
        inputs=("articles",),
        long=("articles",),
        templates=TEMPLATES,
        metrics=(rouge1, rouge2, rouge_lsum),
        max_target_tokens=256,
        licence="other (non-commercial research)",
        samples=SAMPLES,
    ),
)
