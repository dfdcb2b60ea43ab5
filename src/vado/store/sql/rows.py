"""Nouns to columns, and back."""

from datetime import datetime
from typing import Any

import orjson

from vado.exchange.ports import Row
from vado.model.codec import from_plain, to_plain
from vado.model.fact import Fact
from vado.model.original import Original, OriginalId, PartnerId, State
from vado.model.reading import Issue


def original_columns(o: Original) -> dict[str, Any]:
    """Give the columns of an original."""
    return {
        "partner": o.partner, "id": o.id, "channel": o.channel, "media_type": o.media_type,
        "received": o.received.isoformat(), "parent": o.parent, "size": o.size, "name": o.name, "cursor": o.cursor,
    }  # fmt: skip


def fact_columns(fact: Fact, n: int, key: tuple[str, str], received: str) -> dict[str, Any]:
    """Give the columns of a fact: its place in the list of an original, that original's key, and when that was received."""
    return {
        "partner": key[0], "original": key[1], "n": n, "id": fact.id, "kind": fact.kind, "patient": fact.patient,
        "fidelity": int(fact.evidence.fidelity), "received": received, "confidence": fact.evidence.confidence,
        "resource": _json(fact.resource), "evidence": _json(to_plain(fact.evidence)),
    }  # fmt: skip


def row(r: Any) -> Row:
    """Read a row of the table of originals."""
    original = Original(
        OriginalId(r.id), PartnerId(r.partner), r.channel, r.media_type, datetime.fromisoformat(r.received),
        OriginalId(r.parent) if r.parent else None, r.size, r.name,
    )  # fmt: skip
    issues = from_plain(tuple[Issue, ...], orjson.loads(r.issues))
    return Row(original, State(r.state), r.reader, r.fidelity, r.facts, orjson.loads(r.ends), issues)


def _json(plain: Any) -> str:
    return orjson.dumps(plain).decode()
