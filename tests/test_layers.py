"""Imports point one way: each layer sees only those before it, and siblings never see each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: From the bottom up. Names on one line are siblings, independent of each other.
LAYERS = (
    ("errors", "_version", "_folder", "_html", "_order", "_pattern"),
    ("vocab",),
    ("run",),
    ("progress",),
    ("emit", "readers", "analysis"),
    ("advice",),
    ("rules",),
    ("diagnosis",),
    ("comparison", "budgets"),
    ("judging",),
    ("render",),
    ("config", "fleet", "watch"),
    ("cli",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
FACADE = ("__init__", "__main__")  # what users import: it may name every layer
MODULES = sorted((ROOT / "trainlog").rglob("*.py"))
#: Packages too slow to load before somebody asks for what needs them, and the one place that may.
HEAVY = {
    "matplotlib": "render/figure",
    "pandas": None,
    "scipy": None,
    "torch": None,
    "polars": None,
    "pyarrow": None,
    "dask": None,
    "distributed": None,
    "fsspec": None,
    "rich": None,
}


def imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything imported; ``from a import b`` counts as both ``a`` and ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_import(tree: ast.Module) -> Iterator[str]:
    """What a module imports when it is loaded: not in functions, not for type checkers alone."""
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        type_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if type_only or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports(node)
        todo.extend(ast.iter_child_nodes(node))


def layer(path: Path) -> str:
    return path.relative_to(ROOT / "trainlog").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_from_the_layers_before_its_own(path: Path) -> None:
    mine = layer(path)
    names = [name.split(".") for name in imports(ast.parse(path.read_text(encoding="utf-8")))]
    assert not [n for n in names if n[0] in ("train", "benchmarks", "tests")]
    if mine in FACADE:
        return
    assert mine in RANK, f"{mine} has no layer yet: give it one in LAYERS"
    used = {n[1] for n in names if n[0] == "trainlog" and len(n) > 1 and n[1] in RANK} - {mine}
    assert not {other for other in used if RANK[other] >= RANK[mine]}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_slow_packages_are_loaded_only_where_they_are_used(path: Path) -> None:
    here = path.relative_to(ROOT / "trainlog").as_posix()
    loaded = {name.split(".")[0] for name in at_import(ast.parse(path.read_text(encoding="utf-8")))}
    assert not {name for name in loaded if name in HEAVY and not here.startswith(HEAVY[name] or "/")}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_figure_draws_with_matplotlib(path: Path) -> None:
    used = {name.split(".")[0] for name in imports(ast.parse(path.read_text(encoding="utf-8")))}
    assert "matplotlib" not in used or path.is_relative_to(ROOT / "trainlog" / "render" / "figure") or path.name == "figure.py"


@pytest.mark.parametrize("path", [p for p in MODULES if layer(p) == "analysis"], ids=lambda p: p.stem)
def test_analysis_sees_arrays_only(path: Path) -> None:
    used = {name.split(".")[1] for name in imports(ast.parse(path.read_text(encoding="utf-8"))) if name.startswith("trainlog.")}
    assert used <= {"analysis", "_order"}
