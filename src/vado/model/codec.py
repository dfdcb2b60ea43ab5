"""Frozen dataclasses to plain JSON and back: for the store, for the child process, for golden files. Never pickle."""

from base64 import b64decode, b64encode
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def to_plain(value: Any) -> Any:
    """Give dicts, lists, strings and numbers; dates and times as ISO 8601; fields that hold their default are left out."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is tuple:
        return [to_plain(v) for v in value]
    if names := _defaults(kind):
        plain = {}
        for name, default in names:
            v = getattr(value, name)
            if v is not default and v != default:
                plain[name] = v if type(v) in _AS_IT_IS else to_plain(v)
        return plain
    return _other(value)


_AS_IT_IS = frozenset((str, int, float, bool, dict, list, type(None)))  # most values: asked first


@cache
def _defaults(kind: type) -> tuple[tuple[str, Any], ...]:
    return tuple((f.name, f.default) for f in fields(kind)) if is_dataclass(kind) else ()


def _other(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):  # or a time, which is one
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
            return tuple if parts[0] is _as_it_is else lambda p: tuple(map(parts[0], p))
        return lambda p: tuple(d(v) for d, v in zip(parts, p, strict=True))
    if isinstance(kind, type) and is_dataclass(kind):
        return _dataclass_decoder(kind)
    if kind in (datetime, date):
        return kind.fromisoformat
    if kind is bytes:
        return b64decode
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return _as_it_is


def _dataclass_decoder(kind: Any) -> Any:
    hints = get_type_hints(kind)
    decoders = {f.name: _decoder(hints[f.name]) for f in fields(kind)}
    to_decode = tuple((name, decoder) for name, decoder in decoders.items() if decoder is not _as_it_is)

    def decode(plain: dict[str, Any]) -> Any:
        made = plain.copy()
        for name, decoder in to_decode:
            if name in made:
                made[name] = decoder(made[name])
        try:
            return kind(**made)
        except TypeError:  # a field that it has not, or one that is missing
            raise KeyError(kind.__name__) from None

    return decode


def _as_it_is(plain: Any) -> Any:
    return plain
