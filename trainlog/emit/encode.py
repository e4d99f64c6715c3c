"""Any record as one line of strict JSON, whatever its values are.

Non-finite numbers become the strings ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``, as in the JSON mapping of protocol
buffers (https://protobuf.dev/programming-guides/json/): bare ``NaN`` is not JSON and strict parsers refuse the line.
"""

import dataclasses
import enum
import json
import math
import os
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 12
"""Levels of nesting kept (levels); deeper values, and values that contain themselves, are written as text."""


def to_line(record: Mapping[str, Any]) -> bytes:
    """``record`` as ASCII JSON with a newline at its end.

    Tensors, arrays and numpy scalars become numbers and lists; what JSON has no word for becomes text. Never raises
    because of a value.
    """
    try:
        text = _strict(record)
    except (ValueError, TypeError, OverflowError, RecursionError):  # non-finite, odd key, contains itself
        text = _strict(plain(record))
    return text.encode("ascii") + b"\n"


def plain(value: Any, depth: int = 0) -> Any:
    """``value`` rebuilt from dict, list, str, int, float, bool and None; non-finite floats as strings."""
    if value is None or isinstance(value, str | bool | int):
        return _builtin(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _non_finite(value)
    if depth >= MAX_DEPTH:
        return _text(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    return plain(_convert(value), depth + 1)


def _builtin(value: Any) -> Any:
    if isinstance(value, enum.Enum):  # an enum of str or int is both; its value is what was meant
        return value.value
    return value


def _non_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _convert(value: Any) -> Any:
    """What stands for ``value`` in JSON: tolist() of a tensor or an array, the fields of a dataclass, text."""
    try:
        if hasattr(value, "tolist"):  # torch, numpy, JAX, MLX
            return value.tolist()
        if hasattr(value, "numpy"):  # TensorFlow
            return value.numpy().tolist()
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:  # a tensor on a lost device, a traced one
        return f"<unreadable {type(value).__name__}: {error}>"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, set | frozenset):
        return list(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return _text(value)


def _text(value: Any) -> str:
    try:
        return str(value)
    except (TypeError, ValueError, AttributeError, RuntimeError):  # a broken __str__ is no reason to stop a training
        return f"<{type(value).__name__}>"


# One encoder for all records: json.dumps with options builds a new one at each call.
_strict = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=_convert).encode
