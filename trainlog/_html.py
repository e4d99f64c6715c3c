"""A small table for notebooks. Everything in it is text: what comes from a log is escaped here."""

import re
from collections.abc import Iterable, Sequence
from html import escape

# Controls and bidirectional overrides show as nothing or reorder what stands beside them.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """An HTML table of text, for ``_repr_html_``."""
    head = "".join(f"<th>{_text(cell)}</th>" for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><caption>{_text(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(value: object) -> str:
    return escape(_UNSEEN.sub("\ufffd", str(value)))
