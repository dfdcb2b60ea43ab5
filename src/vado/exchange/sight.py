"""What of the search index a viewer may see: the one decision (record/permit.py), brought to resources as they are given out."""

from collections.abc import Iterable
from dataclasses import replace

import orjson

from vado.exchange import allow
from vado.exchange.ports import Exchange, Transaction
from vado.model.account import Role
from vado.model.fact import Fact, FhirJson
from vado.model.query import Chain, Criterion, Has, Query, Stored
from vado.model.record import Viewer
from vado.record.permit import scoped
from vado.terms.searching import parameters


def reaches(query: Query) -> bool:
    """Say whether a search asks for what other resources say: a chain, _has, or with which other records a Patient is one."""
    link = parameters("Patient")["link"].number
    own = (t for criterion in query.fits for t in criterion.any)
    return bool(reached(query.fits)) or any(getattr(t, "parameter", 0) == link for t in (*own, *query.order))


def reached(fits: Iterable[Criterion]) -> frozenset[str]:
    """Give the types that a search asks about besides its own."""
    tests = [t for criterion in fits for t in criterion.any if isinstance(t, Chain | Has)]
    return frozenset(t.kind for t in tests).union(*(reached(t.fits) for t in tests))


class Sight:
    """A viewer's eyes on the index, within one transaction.

    Args:
        x: the exchange.
        tx: the transaction.
        viewer: who looks.
        beyond: the search asks for what other resources say. Then nothing is found of a person who hides anything from this
            viewer: else whether something is found would tell what the hidden says.
        action: the permission, as routes name them.
    """

    def __init__(
        self, x: Exchange, tx: Transaction, viewer: Viewer, beyond: bool = False, *, action: str = "fhir.search"
    ) -> None:  # fmt: skip
        self._x, self._tx, self._viewer, self._beyond, self._action = x, tx, viewer, beyond, action
        self.all = viewer.role is Role.MACHINE  # nothing is hidden

    def of(self, some: Iterable[Stored]) -> tuple[Stored, ...]:
        """Give those of these that the viewer may see, in their order."""
        some = tuple(some)
        if self.all or not some:
            return some
        ours = [s for s in some if self.names(s.kind)]
        facts = {f"{f.kind}/{f.id}": f for f in self._tx.facts_named(s.ref.partition("/")[2] for s in ours)}
        for ref in {s.ref for s in ours} - facts.keys():  # taken back: who might see what it said may know that it is gone
            if told := self._tx.versions(ref.partition("/")[2]):
                facts[ref] = told[0]
        shown = {f.id for f in self._shown([facts[s.ref] for s in ours if s.ref in facts])}
        return self._without_links(tuple(s for s in ours if s.ref in facts and s.ref.partition("/")[2] in shown))

    def versions(self, some: Iterable[Stored]) -> tuple[Stored, ...]:
        """Give those of these versions that the viewer may see: all that was ever told of the resource, as an older one may tell it."""
        some = self.of(some)
        if self.all:
            return some
        told = {ref: self._tx.versions(ref.partition("/")[2]) for ref in {s.ref for s in some}}
        shown = {id(f) for f in self._shown([f for all_ in told.values() for f in all_])}
        return tuple(s for s in some if all(id(f) in shown for f in told[s.ref]))

    def _without_links(self, some: tuple[Stored, ...]) -> tuple[Stored, ...]:
        """Leave out of Patients that they are one with others which the viewer may not see."""
        read = {s.ref: orjson.loads(s.body) for s in some if s.kind == "Patient" and b'"link"' in s.body}
        if not read:
            return some
        named = {ref: _linked(resource) for ref, resource in read.items()}
        ids = {i for ids in named.values() for i in ids}
        seen = {f.id for f in allow.findable(self._x, self._tx, self._viewer, self._tx.facts_named(sorted(ids)))}
        return tuple(
            replace(s, body=_unlinked(read[s.ref], seen)) if s.ref in read and not named[s.ref] <= seen else s for s in some
        )

    def names(self, kind: str) -> bool:
        """Say whether the viewer's scopes name a FHIR type."""
        letter = "s" if self._action == "fhir.search" else "r"
        return not self._viewer.scopes or scoped(self._viewer.scopes, kind, letter)

    def knows(self, patients: Iterable[str]) -> frozenset[str]:
        """Give those of these patients of which the viewer may know whose they are, whatever types its scopes name."""
        known = self._tx.facts_named(patients)
        return frozenset(f.id for f in allow.some(self._x, self._tx, self._viewer, known, self._action))

    def facts(self, some: Iterable[Fact]) -> tuple[Fact, ...]:
        """Give those of these facts, whatever their telling, that the viewer may see, in their order."""
        some = tuple(some)
        if self.all or not some:
            return some
        ours = [f for f in some if self.names(f.kind)]
        shown = {id(f) for f in self._shown(ours)}
        return tuple(f for f in ours if id(f) in shown)

    def _shown(self, facts: list[Fact]) -> tuple[Fact, ...]:
        x, tx, viewer = self._x, self._tx, self._viewer
        stands = [f for f in facts if f.kind == "Patient" and not f.removed]  # one that was taken back is in no person any more
        patients = allow.findable(x, tx, viewer, stands)
        others = allow.some(x, tx, viewer, (f for f in facts if f.kind != "Patient" or f.removed), self._action)
        if not self._beyond:
            return (*patients, *others)
        return allow.of_the_open(x, tx, viewer, (*patients, *others), self._action)


def _linked(patient: FhirJson) -> set[str]:
    others = (link.get("other", {}).get("reference", "") for link in patient.get("link", ()))
    return {ref.partition("/")[2] for ref in others if ref.startswith("Patient/")}


def _unlinked(patient: FhirJson, seen: set[str]) -> bytes:
    kept = [link for link in patient["link"] if _linked({"link": [link]}) <= seen]
    return orjson.dumps({k: v for k, v in patient.items() if k != "link"} | ({"link": kept} if kept else {}))
