"""From a phone photo of a form to a reviewed fact in the person's record, with the part of the page where it stood."""

import io
import re
from dataclasses import replace
from random import Random

import pytest
from PIL import Image
from starlette.testclient import TestClient

from plain import OPEN, arrival, plain_exchange
from vado.exchange import consult
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.exchange.review import settle_doubt
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.model.record import Viewer
from vado.outgoing.ips.write import write
from vado.place.sheets import phone_photo
from vado.web.app import build

HERE = "http://testserver"
ME = Viewer("me")
GROUP = PartnerId("community")
FORM = [
    "Community group: card", "", "Patient name: Inés Prado", "Date of birth: 04/07/1951", "Sex: female",
    "Address: Calle Mayor 5", "", "Allergies", "- Penicillin",
]  # fmt: skip


@pytest.fixture(scope="module")
def photo() -> bytes:
    return phone_photo(FORM, Random(7))


@pytest.fixture
def x(photo: bytes) -> Exchange:
    careful = PartnerProfile(GROUP, "Community group", review_below=0.999)  # nothing from this group is believed unseen
    exchange = plain_exchange(profiles={GROUP: careful})
    (row,) = receive(exchange, [arrival(photo, "form.jpg", GROUP)])
    assert row.facts >= 3
    return exchange


def client_of(x: Exchange) -> TestClient:
    return TestClient(build(x, hosts=("testserver",), door=OPEN), base_url=HERE, headers={"Origin": HERE})


def the_person(x: Exchange) -> str:
    return consult.find_persons(x, "prado", ME)[0].id


def allergies(x: Exchange) -> list[str]:
    return [line.title for line in consult.show_record(x, the_person(x), ME).lines if line.kind == "allergies"]


def test_from_a_phone_photo_to_a_reviewed_fact(x: Exchange) -> None:
    client = client_of(x)
    record = f"/person/{the_person(x)}"
    assert allergies(x) == []
    assert "wait for a person" in client.get(record).text or "waits for a person" in client.get(record).text
    assert b"Penicillin" not in write(consult.show_record(x, the_person(x), ME)).content

    desk = client.get("/desk")
    assert 'value="Penicillin"' in desk.text, "an allergy comes first"
    (place,) = re.findall(r'src="(/fact/\w+/crop.png)"', desk.text)
    crop = client.get(place)
    assert crop.headers["content-type"] == "image/png"
    wide, high = Image.open(io.BytesIO(crop.content)).size
    assert wide > 3 * high, "the crop is a part of the page around one line, not the page"
    (fact,) = re.findall(r'action="/desk/(\w+)"', desk.text)

    after = client.post(f"/desk/{fact}", data={"verdict": "accept", "value:code.text": "Penicillin"})
    assert "Decided last" in after.text
    assert allergies(x) == ["Penicillin"]
    shown = client.get(record).text
    assert f'href="/fact/{fact}"' in shown and "confirmed by a person" in shown
    assert "confirmed by a person" in client.get(f"/fact/{fact}").text
    assert b"Penicillin" in write(consult.show_record(x, the_person(x), ME)).content
    with x.store.begin() as tx:
        assert {a.action for a in tx.audits(subject=fact)} == {"read", "review-accept"}


def test_corrected_rejected_and_taken_back(x: Exchange) -> None:
    client = client_of(x)
    (fact,) = re.findall(r'action="/desk/(\w+)"', client.get("/desk").text)
    client.post(f"/desk/{fact}", data={"verdict": "accept", "value:code.text": "Penicillin V"})
    assert allergies(x) == ["Penicillin V"]
    again = client.post(f"/desk/{fact}", data={"verdict": "undo"})
    assert allergies(x) == [] and 'value="Penicillin"' in again.text
    client.post(f"/desk/{fact}", data={"verdict": "reject"})
    trace = client.get(f"/fact/{fact}").text
    assert allergies(x) == [] and "rejected by a person" in trace and "Penicillin V" in trace, (
        "what was decided before stays to be seen"
    )
    assert f"/desk?fact={fact}" not in client.get(f"/person/{the_person(x)}").text


def test_a_correction_that_is_no_fhir_is_told_beside_the_value(x: Exchange) -> None:
    client = client_of(x)
    with x.store.begin() as tx:
        (patient,) = [f.id for f, _ in tx.to_review() if f.kind == "Patient"]
    answer = client.post(f"/desk/{patient}", data={"verdict": "accept", "value:birthDate": "the fourth"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text and 'value="the fourth"' in answer.text
    assert "RE-006" not in answer.text


def test_a_corrected_birth_date_is_what_matching_sees(x: Exchange) -> None:
    with x.store.begin() as tx:
        (patient,) = [f.id for f, _ in tx.to_review() if f.kind == "Patient"]
    client_of(x).post(f"/desk/{patient}", data={"verdict": "accept", "value:birthDate": "1951-07-05"})
    with x.store.begin() as tx:
        (known,) = tx.demographics([patient])
    assert (known.birth_date, known.from_image) == ("1951-07-05", False)
    assert consult.find_persons(x, "prado 1951-07-05", ME)


def test_a_lower_threshold_shows_it_at_once_with_its_mark(x: Exchange) -> None:
    bold = replace(x, profiles={GROUP: replace(x.profiles[GROUP], review_below=0.1)})
    assert allergies(bold) == ["Penicillin"]
    assert "from paper, not reviewed" in client_of(bold).get(f"/person/{the_person(x)}").text


AL1 = (
    "MSH|^~\\&|EPR|HOSP|||20260102101500+0000||ADT^A60|1|P|2.5\rEVN||20260102\r"
    "PID|1||1001^^^HOSP^MR||Prado^Inés||19510704|F|||Calle Mayor 5\rIAM|1|DA|70618^Penicillin^RXN||||A|1"
)


def test_a_coded_message_lifts_what_waits_and_both_sources_are_shown(x: Exchange) -> None:
    list(receive(x, [arrival(AL1, partner="hospital")]))
    for doubt, _, _ in consult.doubts(x, ME):
        settle_doubt(x, doubt.id, "same", ME)
    record = consult.show_record(x, the_person(x), ME)
    (line,) = [li for li in record.lines if li.kind == "allergies"]
    assert (line.shown.evidence.partner, [f.evidence.partner for f in line.same]) == ("hospital", [GROUP])
    assert "Penicillin" not in [li.title for li in record.waiting]
    page = client_of(x).get(f"/person/{record.person.id}?view=kinds").text
    assert re.search(rf'also told by <a href="/fact/{line.same[0].id}"[^>]*>community</a> \(image\)', page)
    assert client_of(x).get(f"/fact/{line.same[0].id}/crop.png").status_code == 200, "where it stood on paper is still shown"
