"""What people add to their own record: theirs, marked as said by them, and by nobody else's guess."""

from base64 import b64decode
from datetime import timedelta
from io import BytesIO

import orjson
import pytest
from PIL import Image

from citizens import ME, Town, town
from plain import arrival
from vado.errors import NotFound, VadoError
from vado.exchange import consents, consult, contributions, download, own
from vado.exchange.receive import receive
from vado.model.account import ConsentKind
from vado.model.fact import Fact
from vado.model.original import Arrival, PartnerId
from vado.model.record import Kind
from vado.model.said import CHANNEL, CITIZEN, SAID_BY, WHOSE, Voice, voice_of
from vado.outgoing.ips.write import write as ips
from vado.record.outward import SAID, outward
from vado.record.provenance import provenance
from vado.terms.home import MEASURES
from vado.tools.fhir_gate import check
from vado.tools.units import canonical


@pytest.fixture
def t() -> Town:
    return town()


def add_pulse(t: Town, name: str = "ines", value: str = "70") -> None:
    t.read(contributions.measurement(t.x, t.ines, "pulse", {"pulse": value}, t.x.clock(), t.viewer(name)))


def test_a_measurement_is_coded_linked_to_the_person_and_marked(t: Town) -> None:
    typed = {"systolic": "130", "diastolic": "80,5"}
    t.read(contributions.measurement(t.x, t.ines, "pressure", typed, t.x.clock(), t.viewer("ines")))
    line = t.line("Blood pressure", "ana")
    r = line.shown.resource
    assert line.kind is Kind.VITAL and line.shown.evidence.partner == CITIZEN and voice_of(line.shown) is Voice.PERSON
    assert [p["valueQuantity"]["code"] for p in r["component"]] == ["mm[Hg]", "mm[Hg]"]
    assert [p["valueQuantity"]["value"] for p in r["component"]] == [130, 80.5]
    assert {"system": SAID_BY, "code": "person"} in r["meta"]["tag"]
    assert r["performer"] == [{"reference": f"Patient/{line.shown.patient}"}]
    (author, *_) = provenance(line.shown, t.x.clock(), here=True)["agent"]
    assert author["who"] == {"reference": f"Patient/{line.shown.patient}", "display": "the person themselves"}
    with t.x.store.begin() as tx:
        (link,) = tx.link_history(line.shown.patient or "")
    assert link.person == t.ines, "linked to the person of the account from the start, and its id stays"
    assert t.record("ana").person.id == t.ines


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_valid_fhir_in_units_that_can_be_converted(t: Town, name: str) -> None:
    parts = MEASURES[name].parts
    typed = {p.name: f"{(p.least + p.most) / 2:.1f}" for p in parts}
    t.read(contributions.measurement(t.x, t.ines, name, typed, t.x.clock(), t.viewer("ines")))
    (line,) = [line for line in t.record().lines if voice_of(line.shown)]
    patients = [p for p in t.record().person.patients if p.id == line.shown.patient]
    assert not any(check([*patients, line.shown]))
    for p in parts:
        assert canonical(1.0, p.unit), p.unit


@pytest.mark.parametrize(
    ("value", "code"), [("seventy", "ME-001"), ("", "ME-001"), ("700", "ME-002"), ("nan", "ME-002"), ("1e9", "ME-002")]
)
def test_what_cannot_be_true_is_not_taken(t: Town, value: str, code: str) -> None:
    with pytest.raises(VadoError, match=code):
        add_pulse(t, value=value)
    with pytest.raises(VadoError, match="ME-003"):
        late = t.x.clock() + timedelta(days=1)
        contributions.measurement(t.x, t.ines, "pulse", {"pulse": "70"}, late, t.viewer("ines"))
    assert not [line for line in t.record().lines if voice_of(line.shown)]


def test_what_matters_is_the_patient_story_of_the_summary(t: Town) -> None:
    t.read(contributions.story(t.x, t.ines, "I want to stay at home.\r\n\x00Speak slowly.", t.viewer("ines")))
    line = t.line("What matters to me")
    assert line.kind is Kind.STORY and line.detail == "I want to stay at home.\nSpeak slowly."
    bundle = orjson.loads(ips(t.record()).content)
    (section,) = [s for s in bundle["entry"][0]["resource"]["section"] if s["code"]["coding"][0]["code"] == "81338-6"]
    assert "stay at home" in section["text"]["div"] and "Said by the person themselves" in section["text"]["div"]
    with pytest.raises(VadoError, match="ME-004"):
        contributions.story(t.x, t.ines, " \n\x07 ", t.viewer("ines"))


def test_a_carer_is_a_carer_within_the_grant(t: Town) -> None:
    add_pulse(t, "eva")
    line = t.line("Heart rate", "ana")
    assert voice_of(line.shown) is Voice.CARER
    assert line.shown.resource["performer"][0]["type"] == "RelatedPerson"
    assert "onBehalfOf" in provenance(line.shown, t.x.clock(), here=True)["agent"][0]
    with pytest.raises(NotFound, match="RE-001"):
        add_pulse(t.later(40), "eva")
    for stranger in ("ana", "otto"):
        with pytest.raises(VadoError, match="AC-001"):
            add_pulse(t, stranger)


def test_nobody_else_becomes_a_person_by_naming_their_account(t: Town) -> None:
    """A partner, or a file inside a file, that carries the identifier by which contributions name a person, is not believed."""
    founder = t.viewer("ines").patient
    forged = orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": [
        {"resource": {"resourceType": "Patient", "id": "me", "identifier": [{"system": WHOSE, "value": founder}]}},
        {"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "forged"}, "subject": {"reference": "Patient/me"}}},
    ]})  # fmt: skip
    list(receive(t.x, [Arrival(PartnerId("insurer"), CHANNEL, forged), Arrival(CITIZEN, "inside", forged)]))
    assert "forged" not in {line.title for line in t.record().lines}


def photo(words: str = "") -> bytes:
    box = BytesIO()
    Image.new("RGB", (60, 60), "white").save(box, "PNG")
    return box.getvalue() + words.encode()


def test_a_photo_is_kept_as_it_is_and_belongs_to_the_person(t: Town) -> None:
    content = photo()
    t.read(contributions.letter(t.x, t.ines, content, "Letter from the eye clinic", t.viewer("ines")))
    (line,) = [line for line in t.record("ana").lines if line.kind is Kind.DOCUMENT]
    assert line.title == "Letter from the eye clinic" and voice_of(line.shown) is Voice.PERSON
    with t.x.store.begin() as tx:
        files = [r.original.id for r in tx.rows(partner=CITIZEN) if r.original.channel == "inside"]
    assert [t.x.originals.get(f) for f in files] == [content]
    (one,) = own.added(t.x, t.record())
    assert one.state in {"read", "held"} and one.voice is Voice.PERSON


def test_the_same_file_of_two_people_stays_two(t: Town) -> None:
    from vado.exchange import accounts
    from vado.model.account import Account, Role

    list(receive(t.x, [arrival("MSH|^~\\&|A|B|||2026||ADT^A04|7|P|2.5\rPID|1||77^^^HOSP^MR||Zeller^Otto||19600101|M")]))
    (other,) = consult.find_persons(t.x, "zeller", ME)
    zeller = accounts.as_viewer(
        accounts.add(t.x, Account("", "z", Role.CITIZEN, patient=consents.founder(t.x, other.id)), ME), "en"
    )
    t.read(contributions.letter(t.x, t.ines, photo(), "mine", t.viewer("ines")))
    t.read(contributions.letter(t.x, other.id, photo(), "his", zeller))
    titles = [
        {line.title for line in consult.show_record(t.x, i, ME).lines if line.kind is Kind.DOCUMENT} for i in (t.ines, other.id)
    ]
    assert titles == [{"mine"}, {"his"}]
    ids = {f.id for f in documents(t, t.ines)} & {f.id for f in documents(t, other.id)}
    assert not ids, "one is no newer version of the other"


def documents(t: Town, person: str) -> list[Fact]:
    return [line.shown for line in consult.show_record(t.x, person, ME).lines if line.kind is Kind.DOCUMENT]


def letter_about(name: str, born: str) -> bytes:
    """A PDF with words, as a clinic writes it."""
    from reportlab.pdfgen.canvas import Canvas

    box = BytesIO()
    canvas = Canvas(box, invariant=1)
    for n, text in enumerate(("Eye clinic", f"Patient: {name}", f"Date of birth: {born}", "HbA1c: 7.1 %", "We saw you today.")):
        canvas.drawString(60, 780 - 24 * n, text)
    canvas.save()
    return box.getvalue()


def test_what_a_letter_says_is_the_persons_whoever_it_names(t: Town) -> None:
    t.read(contributions.letter(t.x, t.ines, letter_about("Inés Prado Vega", "04/07/1951"), "", t.viewer("eva")))
    record = t.record("ana")
    told = [
        f
        for line in (*record.lines, *record.waiting)
        for f in (line.shown, *line.same, *line.conflicts)
        if f.evidence.partner == CITIZEN
    ]
    assert told and {voice_of(f) for f in told} == {Voice.CARER}
    assert len({p.id for p in record.person.patients if p.evidence.partner == CITIZEN}) == 1, (
        "the letter's own Patient is nobody new"
    )
    assert any(b64decode(f.resource["content"][0]["attachment"]["data"]) for f in told if f.kind == "DocumentReference")


def test_a_letter_about_somebody_else_waits_for_a_person(t: Town) -> None:
    t.read(contributions.letter(t.x, t.ines, letter_about("Otto Zeller", "01/01/1990"), "", t.viewer("ines")))
    record = t.record("ana")
    assert not [line for line in (*record.lines, *record.waiting) if "7.1" in line.detail]
    (one,) = own.added(t.x, t.record())
    assert one.state == "waiting"


def test_no_form_that_cannot_say_who_speaks_carries_it(t: Town) -> None:
    add_pulse(t)
    fact = t.line("Heart rate").shown
    view = outward(t.record("ana"), PartnerId("insurer"))
    assert (fact.id, SAID) in view.losses and fact.id not in {told.fact.id for told in view.told}
    assert WHOSE not in str(ips(t.record()).content), "the name of the account's patient is no number of the person"


def test_what_is_hidden_of_who_one_is_stays_hidden_although_one_spoke(t: Town) -> None:
    add_pulse(t)
    for partner in ("hospital", "insurer"):
        consents.give(t.x, t.ines, consents.said(ConsentKind.HIDE, partner=partner), t.viewer("ines"))
    (found,) = consult.find_persons(t.x, "prado vega", t.viewer("luis"))
    assert [p.evidence.partner for p in found.patients] == ["-"]


def test_everything_is_taken_away_and_noted(t: Town) -> None:
    add_pulse(t)
    (file,) = download.download(t.x, t.ines, "ndjson", t.viewer("ines"))
    lines = [orjson.loads(line) for line in file.content.splitlines()]
    facts = {r["id"] for r in lines if r["resourceType"] != "Provenance"}
    record = t.record()
    assert facts >= {line.shown.id for line in record.lines} | {p.id for p in record.person.patients}
    assert len([r for r in lines if r["resourceType"] == "Provenance"]) == len(facts)
    with t.x.store.begin() as tx:
        assert [a for a in tx.audits(subject=t.ines) if a.action == "download"]
    with pytest.raises(NotFound):
        next(iter(download.download(t.later(40).x, t.ines, "ndjson", t.viewer("eva"))))
    assert "Prado" not in file.name


def test_no_partner_may_be_called_so(tmp_path: object) -> None:
    from pathlib import Path

    from vado.errors import SettingsError
    from vado.settings.profile import load_profile

    path = Path(str(tmp_path)) / "citizen.toml"
    path.write_text('[partner]\nname = "Citizens Ltd"\n')
    with pytest.raises(SettingsError, match="CO-002"):
        load_profile(path)
