"""Write a record as a FHIR R4 Bundle: every fact as it stands, with the Provenance that says how we know."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from vado.model.fact import Fact, FhirJson
from vado.model.original import stable_id
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record
from vado.record.head import trusted
from vado.record.provenance import provenance
from vado.settings.options import check_options, one_of

_PAPER = "read from paper and not reviewed"
_DUPLICATE = "a Provenance of a source, replaced by our own"


class FhirWriter:
    """The form `fhir`: one Bundle a record; `bundle` is collection (the default) or transaction."""

    form = "fhir"
    version = "1"

    def check(self, wish: Wish) -> None:
        """Check `bundle`. Raises SettingsError CO-001 or CO-002."""
        check_options(wish, {"bundle": one_of("collection", "transaction")})

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:  # noqa: ARG002
        """Write one Bundle a record, in the order given."""
        for record in records:
            yield _bundle(record, str(wish.options.get("bundle", "collection")))


def _bundle(record: Record, kind: str) -> Outgoing:
    told = tuple(_told(record))
    carried = [f for f in told if trusted(f) and f.kind != "Provenance"]
    lost = [(f.id, _PAPER if not trusted(f) else _DUPLICATE) for f in told if f not in carried]
    lost += [(line.shown.id, _PAPER) for line in record.waiting]
    bare = [
        {"resourceType": "Patient", "id": p.id} for p in record.person.patients if not trusted(p)
    ]  # whom facts are about, no more
    here = {f"{f.kind}/{f.id}" for f in carried} | {f"Patient/{p['id']}" for p in bare}
    resources = [*bare, *(_whole(f.resource, here) for f in carried)]
    resources += [_person(record, here), *(provenance(f, f.evidence.asserted or record.at, here=False) for f in carried)]
    bundle = {
        "resourceType": "Bundle",
        "id": stable_id("fhir", record.person.id, record.at.isoformat()),
        "type": kind,
        "timestamp": record.at.isoformat(),
        "entry": [_entry(r, kind) for r in resources],
    }
    if kind == "transaction":  # FHIR bdl-4 and the like: only some kinds have a time or a number of their own
        del bundle["timestamp"]
    return Outgoing(orjson.dumps(bundle), "application/fhir+json", tuple(lost), f"record-{record.person.id[:8]}.json")


def _told(record: Record) -> Iterator[Fact]:
    """Give every fact of the record once: who it is, what is known, what that refers to."""
    seen: set[str] = set()
    lines = (f for line in record.lines for f in (line.shown, *line.same, *line.conflicts))
    for fact in (*record.person.patients, *lines, *record.others):
        if fact.id not in seen:
            seen.add(fact.id)
            yield fact


def _person(record: Record, here: Iterable[str]) -> FhirJson:
    """Say which patients are this human being: the joining is ours, so it is a resource of its own."""
    links = [{"target": {"reference": r}} for p in record.person.patients if (r := f"Patient/{p.id}") in here]
    return {"resourceType": "Person", "id": record.person.id, "active": True} | ({"link": links} if links else {})


def _entry(resource: FhirJson, kind: str) -> FhirJson:
    where = f"{resource['resourceType']}/{resource['id']}"
    entry: FhirJson = {"fullUrl": f"https://vado.invalid/{where}", "resource": resource}
    return entry | ({"request": {"method": "PUT", "url": where}} if kind == "transaction" else {})


def _whole(value: Any, here: set[str]) -> Any:
    """Copy; a reference to what is not in the Bundle keeps its words, or says that it was left out."""
    if isinstance(value, list):
        return [_whole(v, here) for v in value]
    if not isinstance(value, dict):
        return value
    target = value.get("reference")
    if not isinstance(target, str) or target in here or target.startswith(("#", "http", "urn:")):
        return {k: _whole(v, here) for k, v in value.items()}
    rest = {k: _whole(v, here) for k, v in value.items() if k != "reference"}
    return rest or {"display": "not sent"}
