"""Which facts went out to whom: of a delivery beside the record of now, and of an original in all deliveries."""

from collections.abc import Iterable
from dataclasses import dataclass

from vado.errors import NotFound
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.exchange.send import all_wishes
from vado.exchange.write import record_for
from vado.model.delivery import Delivery, Manifest
from vado.model.fact import Fact
from vado.model.original import Original
from vado.model.outgoing import Wish
from vado.model.record import Viewer
from vado.record.parity import ORIGINAL, Compared, Parity, Sending, as_sent, compare, is_part, sending

_LOST, _NEW = "not carried by the form", "new in the record since"
_STANDS = {  # how a fact stands -> as the page and the command say it
    Parity.SAME: "carried, and the record says the same now",
    Parity.IN_PART: "carried in part",
    Parity.DIFFERENT: "carried, and the record says something else since",
    Parity.FIRST: "carried, and not in what this receiver may have now",
    Parity.NEITHER: _LOST,
    Parity.SECOND: _NEW,
}
WORDS = tuple(dict.fromkeys(_STANDS.values()))


@dataclass(frozen=True, slots=True)
class Beside:
    """What a delivery carried, beside what its receiver might have of the record now."""

    delivery: Delivery
    known: bool  # False: it was made before it was noted what deliveries hold
    facts: tuple[Compared, ...]  # the delivery first, the record second; by fact id
    gone: int  # persons of whom there is nothing any more that this receiver may have

    @property
    def groups(self) -> tuple[tuple[str, tuple[Compared, ...]], ...]:
        """Facts that stand alike together, each group with its words; none that is empty."""
        made: dict[str, list[Compared]] = {words: [] for words in WORDS}
        for c in self.facts:
            made[_LOST if c.parity is Parity.SECOND and c.first else _STANDS[c.parity]].append(c)
        return tuple((words, tuple(facts)) for words, facts in made.items() if facts)


@dataclass(frozen=True, slots=True)
class Went:
    """One delivery that carried facts of an original."""

    delivery: Delivery
    facts: int  # facts in it, wholly or in part, as this original told them


def beside(x: Exchange, delivery: str, viewer: Viewer) -> Beside:
    """Compare what a delivery carried with what the record says now. No value is in it. Raises NotFound DE-010."""
    with x.store.begin() as tx:
        found = tx.outbox.get(delivery)
        if found is None:
            raise NotFound("DE-010")
        manifests = tx.outbox.manifests(delivery)
        for subject in (found.id, *(m.person for m in manifests)):
            tx.audit(Audit(x.clock(), viewer.name, "compare-delivery", subject))
    wish = next((w for w in all_wishes(x) if (w.partner, w.name) == (found.partner, found.wish)), None)
    facts: dict[str, str] = {}
    gone = 0
    for m in manifests:
        try:
            facts |= sending(record_for(x, wish or Wish(found.partner, found.wish, "", ""), m.person)).facts
        except NotFound:
            gone += 1
    return Beside(found, bool(manifests), compare(as_sent(manifests), Sending(facts)), gone)


def went(tx: Transaction, original: Original, facts: Iterable[Fact]) -> tuple[Went, ...]:
    """Give the deliveries that carried these facts of an original as it told them, oldest first.

    What only tells a part (see Evidence.partial) is in every later telling of the same.
    """
    partial = {f.id: f.evidence.partial for f in facts}
    patients = {f.patient for f in facts if f.patient}
    persons = {event.person for patient in patients for event in tx.link_history(patient)}
    found: dict[str, Went] = {}
    for delivery, manifest in tx.outbox.holding(persons):
        later = delivery.made >= original.received
        ours = [i for i, by in _carried(manifest) if i in partial and (by == original.id[:ORIGINAL] or (partial[i] and later))]
        if ours:
            before = found[delivery.id].facts if delivery.id in found else 0
            found[delivery.id] = Went(delivery, before + len(ours))
    return tuple(found.values())


def _carried(manifest: Manifest) -> Iterable[tuple[str, str]]:
    """Give (fact, its original) of what the form carried, wholly or in part."""
    lost = {id_ for id_, why in manifest.losses if not is_part(why)}
    return ((id_, source) for id_, _, source in manifest.facts if id_ not in lost)
