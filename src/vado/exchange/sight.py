"""What of the search index a viewer may see: the one decision (record/permit.py), brought to resources as they are given out."""

from collections.abc import Iterable

from vado.exchange import allow
from vado.exchange.ports import Exchange, Transaction
from vado.model.account import Role
from vado.model.fact import Fact
from vado.model.query import Chain, Has, Query, Stored
from vado.model.record import Viewer
from vado.record.permit import scoped


def reaches(query: Query) -> bool:
    """Say whether a search asks for what other resources say: a chain, or _has."""
    return any(isinstance(test, Chain | Has) for criterion in query.fits for test in criterion.any)


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
        shown = {f.id for f in self._shown([facts[s.ref] for s in ours if s.ref in facts])}
        return tuple(s for s in ours if s.ref in facts and s.ref.partition("/")[2] in shown)

    def names(self, kind: str) -> bool:
        """Say whether the viewer's scopes name a FHIR type."""
        letter = "s" if self._action == "fhir.search" else "r"
        return not self._viewer.scopes or scoped(self._viewer.scopes, kind, letter)

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
        patients = allow.findable(x, tx, viewer, (f for f in facts if f.kind == "Patient"))
        others = allow.some(x, tx, viewer, (f for f in facts if f.kind != "Patient"), self._action)
        if not self._beyond:
            return (*patients, *others)
        return allow.of_the_open(x, tx, viewer, (*patients, *others))
