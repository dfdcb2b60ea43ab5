"""What tests of deliveries share: a form that writes, a receiver that answers as it is told, partners who wish."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from plain import arrival, plain_exchange
from vado.errors import SettingsError, Undeliverable
from vado.exchange.ports import Exchange, Originals, Store
from vado.exchange.receive import receive
from vado.exchange.send import lines_of, take_changes, work_off
from vado.model.delivery import Delivery
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record
from vado.outgoing.ips.write import write as write_ips


class IpsForm:
    """The summary of this house as a form in which records go out."""

    form, version = "summary", "1"

    def check(self, wish: Wish) -> None:
        if wish.options:
            raise SettingsError("CO-001", path=f"{wish.partner}.toml", key=f"send.{min(wish.options)}")

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:
        for record in records:
            yield write_ips(record, partner)


@dataclass
class Receiver:
    """Takes what it is sent, or raises what it is told to, in turn."""

    faults: list[Exception] = field(default_factory=list)
    got: list[tuple[str, bytes]] = field(default_factory=list)

    def send(self, outgoing: Outgoing, delivery: str) -> str:
        if self.faults:
            raise self.faults.pop(0)
        self.got.append((delivery, outgoing.content))
        return "AA"

    def close(self) -> None:
        pass

    @property
    def words(self) -> list[set[str]]:
        """What each thing sent says of conditions."""
        return [said_in(content) for _, content in self.got]


def said_in(content: bytes) -> set[str]:
    entries = orjson.loads(content)["entry"]
    return {e["resource"]["code"].get("text", "") for e in entries if e["resource"]["resourceType"] == "Condition"} - {""}


def away() -> Undeliverable:
    return Undeliverable("DE-001", again=True, fault="ECONNREFUSED")


def refused() -> Undeliverable:
    return Undeliverable("DE-002", again=False, word="AR")


def profiles(*partners: str, **wish: Any) -> dict[PartnerId, PartnerProfile]:
    """Give partners who each wish the summary whenever it changes."""
    made = {}
    for name in partners:
        id_ = PartnerId(name)
        made[id_] = PartnerProfile(
            id_, name, trusted=("urn:nhs",), channels=({"kind": "test", "name": "out"},),
            wishes=(Wish(id_, "summary", "summary", "out", **wish),),
        )  # fmt: skip
    return made


def exchange(
    known: Mapping[PartnerId, PartnerProfile], store: Store | None = None, originals: Originals | None = None
) -> Exchange:
    return replace(plain_exchange(store, originals, known), writers={"summary": IpsForm()})


def bundle(
    number: str, problem: str, *, own: str = "1", family: str = "García", given: str = "Ana", born: str = "1970-02-03"
) -> bytes:
    """One patient with a national number and a problem, as a partner sends it."""
    numbers = [{"system": "urn:own", "value": own}, *([{"system": "urn:nhs", "value": number}] if number else [])]
    patient = {
        "resourceType": "Patient", "id": own, "name": [{"family": family, "given": [given]}], "birthDate": born,
        "identifier": numbers, "gender": "female",
    }  # fmt: skip
    condition = {
        "resourceType": "Condition", "id": f"c{own}", "subject": {"reference": f"Patient/{own}"}, "code": {"text": problem},
        "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
    }  # fmt: skip
    entries = [{"fullUrl": f"https://x.example/{r['resourceType']}/{r['id']}", "resource": r} for r in (patient, condition)]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def told(x: Exchange, partner: str, content: bytes) -> None:
    list(receive(x, [arrival(content, partner=partner)]))


def sent(x: Exchange, receivers: Mapping[str, Receiver], *, line_up: bool = True) -> list[Delivery]:
    """Line up what changed and send what may be sent."""
    while line_up and take_changes(x) is not None:
        pass
    senders = {line: receivers[line[0]] for line in lines_of(x)}
    return list(work_off(x, lines_of(x), senders, lambda: 0.5))


def patient_of(x: Exchange, partner: str) -> str:
    with x.store.begin() as tx:
        rows = tx.rows(partner=PartnerId(partner), limit=100)
        return next(f.id for r in rows for f in tx.facts_from(r.original.partner, r.original.id) if f.kind == "Patient")


def folder_contents(folder: Path) -> list[bytes]:
    return [p.read_bytes() for p in sorted(folder.iterdir()) if not p.name.startswith(".")]
