"""Jupyter notebooks: what their cells printed, and the tables that Hugging Face's Trainer shows in them.

A line number counts the lines that were printed, from the top of the notebook.

## Looks like
    {"cells": [{"cell_type": "code", "outputs": [{"output_type": "stream", "text": ["Epoch 1 loss: 2.3"]}]}], "nbformat": 4}
"""

import re
from collections.abc import Iterator
from typing import Any

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._console import read_text
from trainlog.readers._document import load
from trainlog.readers._source import Source

_ROW = re.compile(r"<tr[^>]*+>(.*?)</tr>", re.DOTALL | re.IGNORECASE)
_CELL = re.compile(r"<t[dh][^>]*+>([^<]*+)", re.IGNORECASE)
MAX_HTML = 4 * 1024 * 1024  # characters; a larger output is a picture or a widget


def sniff(source: Source) -> Match | None:
    """A JSON object of cells or worksheets, at least by its name and its first keys."""
    head = source.head.lstrip()
    if head[:1] != b"{" or (b'"cell_type"' not in head and ".ipynb" not in source.suffixes):
        return None
    return Match(0.97, "a notebook: an object with cells") if b'"cells"' in head or b'"nbformat"' in head else None


def read(source: Source, out: Collector) -> None:
    """Read all outputs as one console text."""
    out.counts_records()
    document = load(source, out)
    cells = document.get("cells") if isinstance(document, dict) else None
    text = "\n".join(part.rstrip("\n") for cell in _dicts(cells) for part in _shown(list(_dicts(cell.get("outputs")))))
    read_text(Source.of(source.name, text.encode("utf-8", "replace")), out)


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _shown(outputs: list[dict[str, Any]]) -> Iterator[str]:
    """What a cell shows: printed text, and the rows of its tables. A table that was shown again when it had grown counts once."""
    tables = [_table(output) for output in outputs]
    for index, (output, rows) in enumerate(zip(outputs, tables, strict=True)):
        yield _joined(output.get("text"))
        if not any(later[: len(rows)] == rows for later in tables[index + 1 :]):
            yield "\n".join(rows)
        data = output.get("data")
        if not rows and isinstance(data, dict):
            yield _joined(data.get("text/plain"))


def _table(output: dict[str, Any]) -> list[str]:
    data = output.get("data")
    page = _joined(data.get("text/html")) if isinstance(data, dict) else ""
    return list(_rows(page)) if "<td" in page and len(page) <= MAX_HTML else []


def _rows(page: str) -> Iterator[str]:
    import html

    from trainlog.readers._texttable import as_line, is_header

    names: list[str] = []
    for row in _ROW.findall(page):
        cells = [html.unescape(cell).strip() for cell in _CELL.findall(row)]
        if is_header(cells):
            names = cells
        elif names and len(cells) == len(names):
            yield as_line(names, cells)


def _joined(value: object) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""
