"""Every threshold of a rule has a name, and beside it what it means and where it comes from."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

RULES = sorted((Path(__file__).resolve().parents[1] / "trainlog" / "rules").glob("*.py"))
PLAIN = 3  # numbers up to here count things ("two readings", "three spikes"); decimals and larger ones decide something
BOUNDS = (1e-6, 1e6)  # beyond these a number guards against a division by zero or an overflow


def numbers(node: ast.AST) -> Iterator[float]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, int | float) and not isinstance(part.value, bool):
            yield abs(part.value)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_constants_say_what_they_are(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    lines, body = source.splitlines(), ast.parse(source).body
    bare = []
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).isupper() and ast.unparse(node.targets[0]) != "RULE":
            documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            commented = "  # " in lines[node.lineno - 1] or lines[node.lineno - 2].startswith("#")
            if any(True for _ in numbers(node.value)) and not documented and not commented:
                bare.append(lines[node.lineno - 1])
    assert not bare


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_nothing_is_compared_with_a_number_that_has_no_name(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    compared = [(node.lineno, value) for node in ast.walk(tree) if isinstance(node, ast.Compare) for value in numbers(node)]
    low, high = BOUNDS
    unnamed = [(line, value) for line, value in compared if not (value <= PLAIN and value == int(value)) and low < value < high]
    allowed = {"_text", "overfitting"}  # how numbers are spelt, not what is found
    assert not unnamed or path.stem in allowed, unnamed
