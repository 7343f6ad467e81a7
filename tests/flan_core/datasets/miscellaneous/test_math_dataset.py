"""Math loses the marks of Python bytes."""

import pytest

from flan_core.datasets.miscellaneous.math_dataset import read
from flan_core.task import Example


@pytest.mark.parametrize("mark", ["{}", "b'{}\\n'", "{}\n", 'b"{}\\n"'])
def test_a_problem_reads_the_same_with_and_without_the_marks(mark: str):
    row = {"question": mark.format("Solve b + 1 = 0 for b."), "answer": mark.format("-1")}
    assert read(row) == Example(fields={"question": "Solve b + 1 = 0 for b."}, answer="-1")
