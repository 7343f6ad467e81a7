"""Components: a body is imports and one call; nothing is installed when a pod starts."""

import ast
from pathlib import Path

import pytest

import components

FOLDER = Path(components.__file__).parent
FILES = sorted(FOLDER.glob("*/component.py"))


def component_of(path: Path) -> ast.FunctionDef:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return function


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_component_imports_and_makes_one_call(path: Path):
    docstring, *statements = component_of(path).body

    kinds = [type(statement) for statement in statements]
    assert isinstance(docstring, ast.Expr)
    assert set(kinds[:-1]) == {ast.ImportFrom}
    assert isinstance(statements[-1], (ast.Expr, ast.Return))
    assert isinstance(statements[-1].value, ast.Call)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_folder_function_and_export_share_one_name(path: Path):
    name = path.parent.name

    assert component_of(path).name == name
    assert name in components.__all__


@pytest.mark.parametrize("name", components.__all__)
def test_a_pod_installs_nothing_and_every_argument_is_explained(name: str):
    spec = getattr(components, name).component_spec

    command = " ".join(spec.implementation.container.command)
    assert "pip install" not in command
    assert [key for key, value in spec.inputs.items() if not value.description] == []
