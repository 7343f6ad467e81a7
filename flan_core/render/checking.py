"""What an example must be: fields as text, an answer among its options, no empty target."""

from flan_core.prompt.templates import check_template
from flan_core.task import ANSWER, OPTIONS, BadRow, Example, Template


class Check:
    """Checks examples of one task against its templates and against each other."""

    def __init__(self, task: str, templates: tuple[Template, ...]) -> None:
        """Remember the templates; the first example says which fields the task has."""
        self.task, self.templates = task, templates
        self._names: tuple[str, ...] = ()
        lone = [(number, _lone_slots(template)) for number, template in enumerate(templates)]
        self._field_targets = [(number, slots) for number, slots in lone if slots]

    def __call__(self, example: Example) -> Example:
        """Return the example if it keeps its promises.

        Raises:
            BadRow: it does not; the reason has none of the row's text.
            BadInput: a template asks for what the task's examples do not have.
        """
        if not self._names:
            self._learn(example)
        _check_fields(example, self._names)
        _check_answers(example)
        for number, slots in self._field_targets:
            if not any(example.fields[slot].strip() for slot in slots):
                raise BadRow(f"the target of template {number} is empty")
        return example

    def _learn(self, example: Example) -> None:
        names = tuple(example.fields)
        known = (*names, ANSWER, *([OPTIONS] if example.options else []))
        for number, template in enumerate(self.templates):
            check_template(template, number, self.task, known)
        self._names = names


def _lone_slots(template: Template) -> tuple[str, ...]:
    """Return the fields of a target that is nothing but fields; else nothing."""
    slots = Template(template.targets, "").slots
    rest = template.targets
    for slot in slots:
        rest = rest.replace(f"{{{slot}}}", "")
    return () if rest.strip() or ANSWER in slots else slots


def _check_fields(example: Example, names: tuple[str, ...]) -> None:
    if tuple(example.fields) != names:
        raise BadRow(f"its fields are {', '.join(example.fields)}, not {', '.join(names)}")
    for name, text in example.fields.items():
        if not isinstance(text, str):
            raise BadRow(f"field {name} is {type(text).__name__}, not text")
        _check_unicode(f"field {name}", text)


def _check_unicode(what: str, text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRow(f"{what} is not valid Unicode") from error


def _check_answers(example: Example) -> None:
    for text in (example.answer, *example.references, *example.options):
        if not isinstance(text, str) or not text.strip():
            raise BadRow("an answer, a reference or an option is empty")
        _check_unicode("an answer", text)
    for option in example.options:
        if "\n" in option or option.startswith("- "):
            raise BadRow("an option has a line break or starts with '- '")
    if example.options and not {example.answer, *example.references} <= {*example.options}:
        raise BadRow("the answer is not among the options")
