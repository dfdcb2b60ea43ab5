"""The forms `ips` and `fhir` as partners ask for them: valid FHIR, every fact with its Provenance, nothing unreviewed."""

from typing import Any

import orjson
import pytest

from made_record import NOW, PROFILE, patients, record
from vado.errors import SettingsError
from vado.exchange.ports import Writer
from vado.incoming.fhir import FhirReader
from vado.model.original import Original, original_id
from vado.model.outgoing import Outgoing, Wish
from vado.outgoing.fhir import FhirWriter
from vado.outgoing.ips import IpsWriter
from vado.outgoing.ips.write import write as write_summary
from vado.tools.fhir_gate import faults


def written(writer: Writer, **options: Any) -> Outgoing:
    wish = Wish(PROFILE.id, "out", writer.form, "file", options=options)
    writer.check(wish)
    (out,) = writer.write([record()], PROFILE, wish)
    return out


def resources(out: Outgoing) -> list[dict[str, Any]]:
    return [e["resource"] for e in orjson.loads(out.content)["entry"]]


def test_the_summary_is_the_one_that_is_written_elsewhere() -> None:
    out = written(IpsWriter())
    assert isinstance(IpsWriter(), Writer) and isinstance(FhirWriter(), Writer)
    assert out.content == write_summary(record()).content and out.losses == write_summary(record()).losses and out.losses


@pytest.mark.parametrize("kind", ["collection", "transaction"])
def test_a_bundle_is_valid_and_closed(kind: str) -> None:
    bundle = orjson.loads(written(FhirWriter(), bundle=kind).content)
    assert faults(bundle) == [] and bundle["type"] == kind
    here = {f"{r['resourceType']}/{r['id']}" for r in (e["resource"] for e in bundle["entry"])}
    assert len(here) == len(bundle["entry"]), "nothing stands twice"
    assert [e["resource"] for e in bundle["entry"] if faults(e["resource"])] == []
    assert all(r in here for r in _references(bundle)), "no reference leads out"
    assert all(("request" in e) == (kind == "transaction") for e in bundle["entry"])


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [r for v in value for r in _references(v)]
    if not isinstance(value, dict):
        return []
    own = [value["reference"]] if isinstance(value.get("reference"), str) else []
    return own + [r for v in value.values() for r in _references(v)]


def test_every_fact_has_its_provenance() -> None:
    told = resources(written(FhirWriter()))
    facts = {f"{r['resourceType']}/{r['id']}": r for r in told if r["resourceType"] not in ("Provenance", "Person")}
    said = {p["target"][0]["reference"]: p for p in told if p["resourceType"] == "Provenance"}
    bare = {ref for ref, r in facts.items() if r.keys() == {"resourceType", "id"}}
    assert said.keys() == facts.keys() - bare and bare == {f"Patient/{patients()[2].id}"}, (
        "of a Patient from paper only the id is sent"
    )
    (lab,) = [p for ref, p in said.items() if facts[ref].get("code", {}).get("text") == "HbA1c"]
    assert lab["agent"][0]["who"]["identifier"]["value"] == "laboratory" and lab["meta"]["tag"][0]["code"] == "coded"
    assert (
        lab["entity"][0]["what"]["identifier"]["system"] == "urn:x-vado:original"
        and lab["recorded"] == "2026-10-30T09:30:00+00:00"
    )


@pytest.mark.parametrize("writer", [FhirWriter(), IpsWriter()])
def test_what_was_read_from_paper_and_not_reviewed_stays_out(writer: Writer) -> None:
    out = written(writer)
    words = out.content.decode()
    assert "frutos secos" not in words and "Warfarina" not in words and "diabetes tipo 2" not in words and "Mª José" not in words
    lost = dict(out.losses)
    held = [
        line.shown.id
        for line in (*record().waiting, *record().lines)
        if line.title in ("frutos secos", "Warfarina 5 mq", "diabetes tipo 2 ?")
    ]
    assert len(held) == 3 and all(lost[id_] == "read from paper and not reviewed" for id_ in held)


def test_our_own_reader_gives_every_fact_back() -> None:
    out = written(FhirWriter())
    original = Original(original_id(out.content), PROFILE.id, "file", "application/fhir+json", NOW, size=len(out.content))
    reader = FhirReader()
    told = reader.facts(reader.read(original, out.content, PROFILE), PROFILE)
    sent = sorted(r["resourceType"] for r in resources(out))
    assert sorted(f.kind for f in told.facts) == sent
    codes = lambda some: sorted(str(r.get("code") or r.get("medicationCodeableConcept")) for r in some)  # noqa: E731
    assert codes(f.resource for f in told.facts if f.kind != "Provenance") == codes(
        r for r in resources(out) if r["resourceType"] != "Provenance"
    )


def test_a_bundle_says_who_the_patients_are() -> None:
    (one,) = [r for r in resources(written(FhirWriter())) if r["resourceType"] == "Person"]
    assert {link["target"]["reference"] for link in one["link"]} == {f"Patient/{p.id}" for p in patients()}


def test_options_are_checked() -> None:
    for writer, options in ((IpsWriter(), {"x": 1}), (FhirWriter(), {"bundle": "batch"})):
        with pytest.raises(SettingsError):
            writer.check(Wish(PROFILE.id, "out", writer.form, "file", options=options))
