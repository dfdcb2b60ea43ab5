"""Blocking keys as the database keeps them: 64 bits of a hash, so that no name or number stands in an index, and a patient is a number."""

from array import array
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import BigInteger, Engine, Select, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, array_agg

from vado.store.sql import tables as t


def hashed(key: str) -> int:
    """Give the 64 bits, signed, under which a key is kept; two keys of one hash only make a needless comparison."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True)


def packed(hashes: Iterable[int]) -> bytes:
    """Write hashes in a row, 8 bytes each."""
    return array("q", hashes).tobytes()


def unpacked(body: bytes) -> tuple[int, ...]:
    """Read them again."""
    return tuple(array("q", bytes(body)))


def list_of(engine: Engine, numbers: Iterable[int]) -> Any:
    """Give a list as the one parameter that this database takes it as, so that the statement is always the same text."""
    return list(numbers) if engine.dialect.name == "postgresql" else orjson.dumps(list(numbers)).decode()


def members(some: Any) -> list[int]:
    """Read a list that the database answers with."""
    return orjson.loads(some) if isinstance(some, str) else list(some or ())


@cache
def _asked(name: str, postgresql: bool) -> Any:
    """Make a table of one column `value` of a list parameter."""
    if postgresql:
        return func.unnest(bindparam(name, type_=ARRAY(BigInteger))).table_valued("value", name="asked").render_derived()
    return func.json_each(bindparam(name, type_=Text)).table_valued("value", name="asked")


def sharing(engine: Engine) -> Select[Any]:
    """Ask for (key, patients) of each of :keys, at most :bound patients a key."""
    return _sharing(engine.dialect.name == "postgresql")


@cache
def _sharing(postgresql: bool) -> Select[Any]:
    asked = _asked("keys", postgresql)
    some = select(t.block.c.patient).where(t.block.c.key == asked.c.value).limit(bindparam("bound")).correlate(asked).subquery()
    together = array_agg(some.c.patient) if postgresql else func.json_group_array(some.c.patient)
    return select(asked.c.value, select(together).select_from(some).correlate(asked).scalar_subquery())


def numbered(engine: Engine) -> Select[Any]:
    """Ask for the demographics of :numbers."""
    return _numbered(engine.dialect.name == "postgresql")


@cache
def _numbered(postgresql: bool) -> Select[Any]:
    asked = _asked("numbers", postgresql)
    return select(t.patient.c.demographics).where(t.patient.c.number == asked.c.value)
