"""What the objects of a log look like, learnt from the first ones: then whole blocks are decoded into slots of known types.

Decoding into slots costs half of what decoding into dicts costs, and taking columns out of them a quarter. A block with
anything new in it (a key, a type) does not fit: it is decoded the general way, and the shape learns from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec
from msgspec.structs import astuple

from trainlog.readers._table import MAX_DEPTH, Interest, without_booleans
from trainlog.vocab import normal

MAX_KEYS = 2_000  # of one object; where there are more, no two objects look alike
PATIENCE = 8  # blocks: so many more may fail to fit than do fit before no more is tried

Columns = dict[str, list[Any]]
#: What a slot may hold, each more than the one before. Objects have types of their own: they must never be swallowed.
_TYPES: dict[str, Any] = {
    "null": None,
    "number": float | None,
    "scalar": float | str | bool | None,
    "any": list[Any] | float | str | bool | None,
}
_WIDTH = {kind: width for width, kind in enumerate(_TYPES)}


class Shape:
    """Learns what objects look like, and decodes the objects that look so."""

    def __init__(self, interest: Interest) -> None:
        self._level = _Level(interest)
        self._decoder: msgspec.json.Decoder[Any] | None = None
        self._patience = PATIENCE

    def learn(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take in what these objects look like."""
        if self._patience and self._level.learn(rows):
            self._decoder = None

    def columns(self, array: bytes, count: int) -> Columns | None:
        """Decode a JSON array of ``count`` objects into one list per key, nested keys joined with ``/``; None: they do not fit.

        A cell is a float, a text, a list of labels, or None where the key is missing or null. Lists of objects are
        numbered by their ``index``: ``gpu/0/power_w``.
        """
        if not self._patience:
            return None
        try:
            if self._decoder is None:
                self._decoder = msgspec.json.Decoder(list[self._level.struct()])  # type: ignore[misc]  # a type made at run time
            rows = self._decoder.decode(array)
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):  # the last three: keys that no struct can have
            self._patience -= 1
            return None
        self._patience = min(self._patience + 1, PATIENCE)
        found: Columns = {}
        return found if len(rows) == count and self._level.spread(rows, found) else None


@dataclass(slots=True)
class _Field:
    """What stands under a key: ``kind`` is a key of _TYPES, or ``object`` or ``objects`` with ``below``."""

    kind: str
    wanted: bool
    below: "_Level | None" = None

    def type(self) -> Any:
        if self.below is None:
            return _TYPES[self.kind]
        struct = self.below.struct()
        return struct | None if self.kind == "object" else list[struct] | None  # type: ignore[valid-type]  # made at run time


class _Level:
    """One object: its keys and what stands under each."""

    def __init__(self, interest: Interest, prefix: str = "", depth: int = 0) -> None:
        self._interest, self._prefix, self._depth = interest, prefix, depth
        self._fields: dict[str, _Field] = {}
        self._unfit: set[str] = set()
        self._blank: Any = None

    def learn(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Take in objects; says whether anything was new."""
        new = False
        by_key: dict[str, list[Any]] = {}
        for row in rows:
            for key, value in row.items():
                by_key.setdefault(key, []).append(value)
        for key, values in by_key.items():
            if key in self._unfit:
                continue
            old = self._fields.get(key)
            kind = None if self._interest.whole(key, values) else self._kind(key, values, "null" if old is None else old.kind)
            if kind is None:  # now an object, now something else: records with this key are left to the general way
                self._unfit.add(key)
                self._fields.pop(key, None)
                new = True
                continue
            if old is None or kind != old.kind:
                new = True
                old = self._fields[key] = _Field(kind, self._is_wanted(key), self._below(key, kind))
            if old.below is not None:
                inner = values if kind == "object" else chain.from_iterable(value for value in values if value is not None)
                new |= old.below.learn([value for value in inner if value is not None])
        return new

    def _is_wanted(self, key: str) -> bool:
        chosen = (*self._interest.texts, *self._interest.labels, *self._interest.lists)
        return key.lower() in chosen or normal(key) in self._interest.texts or self._interest.wants(self._prefix + key)

    def _below(self, key: str, kind: str) -> "_Level | None":
        prefix = f"{self._prefix}{key}/"
        if kind == "object":
            return _Level(self._interest, prefix, self._depth + 1)
        if kind == "objects":  # they are numbered from 0 unless an index says otherwise
            wants = self._interest.wants
            return _Level(self._interest._replace(wants=lambda name: name == "index" or wants(f"{prefix}0/{name}")), "", self._depth + 1)
        return None

    def _kind(self, key: str, values: Sequence[Any], old: str) -> str | None:
        """The narrowest kind that holds these values and those before; None when there is none."""
        types = {type(value) for value in values} - {type(None)}
        if key in self._interest.lists:
            fits = all(type(member) is dict for value in values if type(value) is list for member in value)
            return "objects" if types <= {list} and fits else None
        if dict in types:
            return "object" if types == {dict} and old in ("null", "object") and self._depth < MAX_DEPTH else None
        kind = "null" if not types else "number" if types <= {int, float} else "scalar" if types <= {int, float, str, bool} else "any"
        if old == "object":
            return "object" if kind == "null" else None
        return max(old, kind, key=_WIDTH.__getitem__)

    def struct(self) -> Any:
        """Make the type of these objects; raises ValueError or TypeError for keys that no struct can have."""
        if len(self._fields) > MAX_KEYS:
            raise ValueError("too many keys")
        names = {f"f{number}": key for number, key in enumerate(self._fields)}
        fields = [(name, self._fields[key].type(), None) for name, key in names.items()]
        made = msgspec.defstruct("Object", fields, rename=names, forbid_unknown_fields=True, gc=False)
        self._blank = made()
        return made

    def spread(self, rows: Sequence[Any], into: Columns) -> bool:
        """Turn objects into columns; False when objects in lists cannot be told apart."""
        width = len(self._fields)
        flat = list(chain.from_iterable(map(astuple, rows)))
        for number, (key, field) in enumerate(self._fields.items()):
            cells = flat[number::width]
            if field.below is None:
                if field.wanted:
                    into[self._prefix + key] = cells if field.kind == "number" else without_booleans(cells)
            elif field.kind == "object":
                field.below.spread(field.below.filled(cells), into)
            elif not field.below.spread_lists(f"{self._prefix}{key}", cells, into):
                return False
        return True

    def filled(self, cells: Sequence[Any]) -> list[Any]:
        """Put an object without any key where there is none."""
        return [self._blank if cell is None else cell for cell in cells]

    def spread_lists(self, name: str, cells: Sequence[Any], into: Columns) -> bool:
        """Turn lists of objects into columns, one set per object."""
        lengths = set(map(len, filter(None, cells)))
        full = lengths == {1} and None not in cells
        for position in range(max(lengths, default=0)):
            if full:
                members = [cell[position] for cell in cells]
            else:
                members = self.filled([cell[position] if cell and len(cell) > position else None for cell in cells])
            columns: Columns = {}
            self.spread(members, columns)
            index = set(columns.pop("index", ())) - {None} or {float(position)}
            label = index.pop()
            if index or not isinstance(label, float):
                return False
            into.update({f"{name}/{int(label)}/{key}": column for key, column in columns.items()})
        return True


__all__ = ["Columns", "Interest", "Shape"]
