"""Frozen dataclasses to plain JSON and back: for the store, for the child process, for golden files. Never pickle."""

from base64 import b64decode, b64encode
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def to_plain(value: Any) -> Any:
    """Give dicts, lists, strings and numbers; datetimes as ISO 8601; fields that hold their default are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: to_plain(v)
            for f in fields(value)
            if (v := getattr(value, f.name)) != f.default or f.default is None and v is not None
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [to_plain(v) for v in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value


def from_plain(kind: Any, plain: Any) -> Any:
    """Rebuild a value of this type from what to_plain gave. Raises KeyError or ValueError when it does not fit."""
    return _decoder(kind)(plain)


@cache
def _decoder(kind: Any) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        inner = _decoder(next(a for a in args if a is not type(None)))
        return lambda p: None if p is None else inner(p)
    if origin is tuple:
        parts = [_decoder(a) for a in args if a is not Ellipsis]
        if args[-1] is Ellipsis:
            return lambda p: tuple(map(parts[0], p))
        return lambda p: tuple(d(v) for d, v in zip(parts, p, strict=True))
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        decoders = {f.name: _decoder(hints[f.name]) for f in fields(kind)}
        return lambda p: kind(**{name: decoders[name](value) for name, value in p.items()})
    if kind is datetime:
        return datetime.fromisoformat
    if kind is bytes:
        return b64decode
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return lambda p: p
