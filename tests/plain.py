"""An exchange for tests: real readers, gate and matching, without child processes; any store, a clock that ticks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from vado.exchange.ports import Exchange, Look, Originals, Reader, Store
from vado.exchange.shelve import Shelving
from vado.linkage.block import keys
from vado.linkage.decide import match
from vado.linkage.normalise import normalise
from vado.model.form import FormProposal
from vado.model.original import Arrival, Original, PartnerId
from vado.model.partner import UNKNOWN, PartnerProfile
from vado.model.record import Viewer
from vado.model.returned import Returned
from vado.store.memory import MemoryStore
from vado.store.originals import MemoryOriginals
from vado.tools.fhir_gate import check
from vado.web.access import Door
from vado.wiring.child import answers, best_for, learn_form, look
from vado.wiring.plugins import load_readers

OPEN = Door(guest=Viewer("web"))  # pages without sign-in, for tests of something else: everybody is the machine's own people


@cache
def readers() -> tuple[Reader, ...]:
    return load_readers()


class PlainRoom:
    """A reading room in this very process, in the order of the work."""

    def look_at_all(self, work: Iterable[tuple[Original, bytes, PartnerProfile]]) -> Iterator[Look]:
        for original, content, profile in work:
            yield look(readers(), original, content, profile)

    def picture(self, original: Original, content: bytes, page: int) -> bytes | None:
        return best_for(readers(), original, content).picture(content, page)

    def answers(self, content: bytes, papers: Mapping[str, Mapping[str, Any]]) -> Returned | None:
        return answers(content, dict(papers))

    def learn_form(self, content: bytes, name: str) -> FormProposal:
        return learn_form(content, name)

    def close(self) -> None:
        pass


def ticking() -> Callable[[], datetime]:
    seconds = count()
    return lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=next(seconds))


def plain_exchange(
    store: Store | None = None, originals: Originals | None = None, profiles: Mapping[PartnerId, PartnerProfile] | None = None
) -> Exchange:
    profiles, clock = profiles or {}, ticking()
    shelving = Shelving(store or MemoryStore(), lambda partner: profiles.get(partner, UNKNOWN).review_below, clock)
    return Exchange(
        store=shelving, originals=originals or MemoryOriginals(), room=PlainRoom(), gate=check, match=match,
        normalise=normalise, keys=keys, profiles=profiles, clock=clock,
        place_key=lambda: b"the key of a place for tests ...",
    )  # fmt: skip


def arrival(content: bytes | str, name: str = "", partner: str = "hospital") -> Arrival:
    raw = content.encode() if isinstance(content, str) else content
    return Arrival(PartnerId(partner), "test", raw, name)


def folder_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


def everything(x: Exchange) -> dict[str, Any]:
    """All that the store says, without the times at which it happened."""
    with x.store.begin() as tx:
        rows = tx.rows(limit=10_000)
        facts = {r.original.id: tx.facts_from(r.original.partner, r.original.id) for r in rows}
        patients = sorted({f.id for fs in facts.values() for f in fs if f.kind == "Patient"})
        return {
            "rows": sorted((r.original.partner, r.original.id, r.state.value, r.facts, str(r.issues)) for r in rows),
            "facts": dict(sorted(facts.items())),
            "ledger": {r.original.id: tx.ledger(r.original.partner, r.original.id) for r in rows},
            "persons": {e.patient: e.person for e in tx.links_of(patients)},  # which event moved whom depends on the order
            "doubts": sorted(d.id for d in tx.doubts(limit=10_000)),
        }
