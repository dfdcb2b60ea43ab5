"""No log, error, issue, audit line or URL holds a patient's value, whatever happens to it."""

import io
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient
from test_kill import bundle

from plain import PlainRoom, arrival, plain_exchange
from vado.exchange import history
from vado.exchange import hold as holding
from vado.exchange import receive as story
from vado.exchange.ports import Exchange
from vado.exchange.replay import replay
from vado.exchange.rounds import retry
from vado.exchange.rows import Which
from vado.exchange.watch import figures
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.tools.log import Lines, configure
from vado.web.app import build
from vado.web.metrics import Metrics

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


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What the log writes, in both forms; the loggers are as they were afterwards."""
    root, ours = logging.getLogger(), logging.getLogger("vado")
    before, streams = (root.handlers[:], root.level, ours.level), (io.StringIO(), io.StringIO())
    said: list[str] = []
    configure("json", streams[0])
    plain = logging.StreamHandler(streams[1])
    plain.setFormatter(Lines("plain"))
    root.addHandler(plain)
    yield said
    said += [text for stream in streams for text in stream.getvalue().splitlines()]
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])
    assert len(said) > 60, "the log must have written something, or the test shows nothing"
    assert {"read", "answered", "read again"} <= {orjson.loads(line)["event"] for line in streams[0].getvalue().splitlines()}
    for mark in MARKS:
        for line in said:
            assert mark.casefold() not in line.casefold(), f"{mark} stands in the log: {line[:200]}"


class Falling(PlainRoom):
    """A reading room with faults of ours, whose texts hold what was in the file."""

    def look_at_all(self, work: Any) -> Any:
        raise ValueError("Canarias CANARY7 1970-02-03")


def operate(x: Exchange) -> list[str]:
    """Do all that an operator does; give all that is said of it."""
    told: list[str] = []
    viewer, late = Viewer("operator"), replace(x, clock=lambda: datetime(2027, 1, 1, tzinfo=UTC))
    story.keep(x, [arrival(CSV + "Canarias;Eva;03/02/1970;CANARY7\n", "Canarias.csv")])
    rows = list(story.resume(replace(x, room=Falling())))
    assert [i.code for i in rows[0].issues] == ["OP-002"]
    rows += list(retry(replace(late, room=Falling())))
    holding.hold(x, PartnerId("hospital"), "they repeat themselves", viewer)
    rows += list(story.receive(x, [arrival(HL7.replace("|P|", "|T|"), "Canarias.hl7")]))
    rows += list(holding.release(x, PartnerId("hospital"), viewer))
    differences = list(replay(x, Which(), by="operator"))
    assert len(differences) > 4
    told += [f"{d.before} {d.now} {d.added} {d.removed} {d.changed}" for d in differences]
    for row in rows:
        told.append(str(row.issues))
        one = history.tell(x, row.original.partner, row.original.id, viewer)
        told += [f"{e.what} {e.by} {e.about}" for e in one.events] + [str(one.tried)]
    return [*told, str(figures(x)), Metrics(x).text().decode()]


def test_no_mark_leaves_the_record(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], lines: list[str]
) -> None:
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
    client = TestClient(build(x, hosts=("testserver",)), raise_server_exceptions=False)
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
    told += operate(x)
    told.append(client.get("/metrics").text)
    told += [f"{s.name} {s.labels}" for f in text_string_to_metric_families(told[-1]) for s in f.samples]
    assert "vado_http_seconds_count" in told[-1] or any("vado_http_seconds_count" in t for t in told)
    with x.store.begin() as tx:
        told += [f"{a.action} {a.subject} {a.who}" for a in tx.audits(limit=1000)]
    captured = capsys.readouterr()
    told += [captured.out, captured.err, caplog.text]
    for mark in MARKS:
        for line in told:
            assert mark.casefold() not in line.casefold(), f"{mark} stands in: {line[:200]}"
