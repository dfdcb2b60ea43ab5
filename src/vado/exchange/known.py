"""Which ids whoever acts for a partner may know to be there: of what it told itself, and of what may be shown to it.

Ids are made from a partner's own numbers: whoever could learn that one is there would learn whom another partner knows.
"""

from collections.abc import Iterable

from vado.exchange.ports import Exchange, Transaction
from vado.exchange.sight import Sight
from vado.model.account import Role
from vado.model.fact import Fact
from vado.model.original import PartnerId
from vado.model.record import Viewer

_ALL = ("system/*.rs",)  # which types somebody may read or hear of is asked elsewhere


def eyes_of(partner: PartnerId, name: str) -> Viewer:
    """Give a viewer who sees what may be shown to this partner, and no more."""
    return Viewer(name, role=Role.CLIENT, partner=partner, scopes=_ALL)


class Known:
    """What somebody who acts for a partner may know to be there.

    Args:
        x: the exchange.
        partner: for whom they act.
        viewer: who they are; None: the holder of a key.
    """

    def __init__(self, x: Exchange, partner: PartnerId, viewer: Viewer | None = None) -> None:
        self._x, self._partner = x, partner
        self._eyes = [eyes_of(partner, "")] + ([viewer] if viewer else [])

    def among(self, tx: Transaction, facts: Iterable[Fact]) -> tuple[Fact, ...]:
        """Give those of these facts that they may know to be there, in their order; their own cost no question."""
        facts = tuple(facts)
        others = [f for f in facts if f.evidence.partner != self._partner]
        seen: set[str] = set()
        for viewer in self._eyes if others else ():
            others = [f for f in others if f.id not in seen]
            seen |= {f.id for f in Sight(self._x, tx, viewer, action="fhir.read").facts(others)}
        return tuple(f for f in facts if f.evidence.partner == self._partner or f.id in seen)
