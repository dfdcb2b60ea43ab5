"""A partner's number that was somebody else's before: two people under one number are told apart, and a person is asked.

Without this, one number that a partner gives to everybody, or gives again after a death, would make one patient of many people.
"""

from dataclasses import replace
from typing import Any

from vado.exchange.link import known_as
from vado.exchange.ports import Exchange, Settled, Transaction
from vado.linkage.compare import DIFFERENT, birth_date, family, given
from vado.model.fact import Fact
from vado.model.original import State, stable_id
from vado.model.person import Demographics
from vado.model.reading import issue

_OTHER = {DIFFERENT, "alike"}


def told_apart(x: Exchange, tx: Transaction, settled: Settled) -> Settled:
    """Give each Patient an id of its own whose given name, and surname or birth date, are others than those known under its number."""
    named = {f.id: f for f in settled.facts if f.kind == "Patient" and f.patient == f.id}
    known = {d.patient: d for d in tx.demographics(named)}
    apart = {}
    for id_, before in known.items():
        now = known_as(x, named[id_])
        if _somebody_else(before, now):
            apart[id_] = stable_id(id_, " ".join(now.given), " ".join(now.family), now.birth_date)
    if not apart:
        return settled
    found = tuple(issue("IN-023", named[id_].evidence.places[0]) for id_ in sorted(apart))
    return replace(settled, facts=_renamed(settled.facts, apart), issues=(*settled.issues, *found), state=State.WAITING)


def _somebody_else(a: Demographics, b: Demographics) -> bool:
    """A corrected birth date, a marriage, a new first name change one of them; two at once, the given name among them, nobody has."""
    if given(a.given, b.given) not in _OTHER:
        return False
    return family(a, b) in _OTHER or birth_date(a.birth_date, b.birth_date) == DIFFERENT


def _renamed(facts: tuple[Fact, ...], apart: dict[str, str]) -> tuple[Fact, ...]:
    """Whatever is about the other person gets an id of its own too: under one number, two results may share a name."""
    ids = {f.id: stable_id(apart[f.patient], f.id) for f in facts if f.patient in apart} | apart
    pointers = {f"{f.kind}/{f.id}": f"{f.kind}/{ids[f.id]}" for f in facts if f.id in ids}
    return tuple(
        Fact({**_pointed(f.resource, pointers), "id": ids.get(f.id, f.id)}, f.evidence, apart.get(f.patient or "", f.patient))
        for f in facts
    )


def _pointed(value: Any, pointers: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_pointed(v, pointers) for v in value]
    if isinstance(value, dict):
        return {
            k: pointers.get(v, v) if k == "reference" and isinstance(v, str) else _pointed(v, pointers) for k, v in value.items()
        }
    return value
