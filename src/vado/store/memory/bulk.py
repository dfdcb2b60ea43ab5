"""The plain reference of bulk export."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from vado.model.export import ALL, Export, Only
from vado.model.original import OriginalId, PartnerId
from vado.store.order import Told


@dataclass(frozen=True)
class MemoryBulk:
    """See exchange.ports.bulk.Bulk."""

    told: Callable[[], Iterable[Told]]
    noted: dict[str, Export]

    def kinds(self) -> tuple[str, ...]:
        """FHIR types of which there is a fact, in order."""
        return tuple(sorted({f.kind for f, _ in self.told()}))

    def lines(
        self, kind: str, *, after: str = "", limit: int = 5000, only: Only = ALL
    ) -> tuple[tuple[str, bytes | None], ...]:  # fmt: skip
        """Facts of a type by id."""
        found: dict[str, list[Told]] = {}
        for fact, at in self.told():
            wanted = only.patients is None or fact.patient in only.patients
            if fact.kind == kind and fact.id > after and wanted and (fact.patient or not only.about_patients):
                found.setdefault(fact.id, []).append((fact, at))
        given: list[tuple[str, bytes | None]] = []
        for id_ in sorted(found)[:limit]:
            tellings = found[id_]
            fact = tellings[0][0]
            plain = len(tellings) == 1 and fact.evidence.confidence >= 1 and not fact.evidence.removes
            if only.since is None or any(at > only.since for _, at in tellings):
                given.append((id_, orjson.dumps(fact.resource) if plain else None))
            else:
                given.append((id_, b""))
        return tuple(given)

    def received(self, facts: Iterable[str]) -> Mapping[tuple[PartnerId, OriginalId], datetime]:
        """Say when each original came that tells one of these facts."""
        wanted = set(facts)
        return {(f.evidence.partner, f.evidence.original): at for f, at in self.told() if f.id in wanted}

    def keep_export(self, export: Export) -> None:
        """Note where an export stands."""
        self.noted[export.id] = export

    def export(self, id_: str) -> Export | None:
        """Give one export."""
        return self.noted.get(id_)

    def exports(self) -> tuple[Export, ...]:
        """All exports, oldest first."""
        return tuple(sorted(self.noted.values(), key=lambda e: (e.begun, e.id)))

    def forget_export(self, id_: str) -> None:
        """Drop one."""
        self.noted.pop(id_, None)
