"""No log, error, issue, audit line or URL holds a patient's value, whatever happens to it."""

import logging
import re

import orjson
import pytest
from starlette.testclient import TestClient
from test_kill import bundle

from plain import OPEN, arrival, plain_exchange
from vado.exchange import receive as story
from vado.web.app import build

MARKS = ("Canarias", "CANARY7", "1970-02-03", "19700203")
HL7 = "MSH|^~\\&|A|B|C|D|20260101||ADT^A01|CANARY7|P|2.5\rPID|1||CANARY7^^^H^MR||Canarias^Ana||19700203x|Q\rPV1|1|I\r"
CSV = "Surname;First name;Date of birth;NHS number\n" + "Canarias;Ana;03/02/1970x;CANARY7\n" * 3
LETTER = "Patient name: Ana Canarias\nDate of birth: 99/99/1970\nNHS number: CANARY7\nAllergies\n- Canarias\n"


def broken() -> bytes:
    plain = orjson.loads(bundle("Canarias", "CANARY7"))
    plain["entry"][0]["resource"]["gender"] = "Canarias"
    plain["entry"][1]["resource"]["onsetDateTime"] = "CANARY7"
    plain["entry"][1]["resource"]["Canarias"] = "CANARY7"
    return orjson.dumps(plain)


def test_no_mark_leaves_the_record(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.ERROR)  # the test's own client, not ours
    x = plain_exchange()
    contents = [
        bundle("Canarias", "CANARY7"),
        broken(),
        HL7,
        CSV,
        LETTER,
        "<ClinicalDocument xmlns='urn:hl7-org:v3'><Canarias>CANARY7",
    ]
    rows = [row for c in contents for row in story.receive(x, [arrival(c, "Canarias CANARY7.txt")])]
    assert len(rows) >= len(contents)
    told = [str(i) for row in rows for i in row.issues]
    assert told, "something must have gone wrong in these files"
    with x.store.begin() as tx:
        told += [f"{a.action} {a.subject} {a.who}" for a in tx.audits(limit=1000)]
    client = TestClient(build(x, hosts=("testserver",), door=OPEN), raise_server_exceptions=False)
    here = {"origin": "http://testserver"}
    for path in ("/person/Canarias", "/fact/CANARY7", "/original/Canarias/CANARY7", "/inbox?state=Canarias&after=CANARY7"):
        told.append(re.sub(r'(?:href|action)="[^"]*"', "", client.get(path, headers=here).text) if "inbox" not in path else "")
    found = client.post("/", data={"words": "canarias"}, headers=here)
    told += re.findall(r'(?:href|src|action)="([^"]+)"', found.text)
    assert any("/person/" in t for t in told), "the person must be found, or the test shows nothing"
    desk = client.get("/desk", headers=here)
    told += re.findall(r'(?:href|src|action)="([^"]+)"', desk.text)
    (fact,) = re.findall(r'action="/desk/(\w+)"', desk.text)
    for name, said in (("value:Canarias", "CANARY7"), ("value:code.text", "Canarias CANARY7")):  # the first does not fit
        answer = client.post(f"/desk/{fact}", data={"verdict": "accept", name: said}, headers=here, follow_redirects=False)
        told.append(answer.headers.get("location", ""))
        assert answer.status_code == (303 if "code" in name else 422)
    with x.store.begin() as tx:
        told += [f"{a.action} {a.subject} {a.who}" for a in tx.audits(limit=50)]
    captured = capsys.readouterr()
    told += [captured.out, captured.err, caplog.text]
    for mark in MARKS:
        for line in told:
            assert mark.casefold() not in line.casefold(), f"{mark} stands in: {line[:200]}"
