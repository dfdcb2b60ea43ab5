"""`kill -9` of the serving process while two clients send transactions: what was answered is there, whole, once; nothing is there by half."""

import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import orjson
from test_mllp_kill import free_port, start_at

from vado.store.sql.store import SqlStore

SENDERS, EACH, KILLS = 2, 20, 3
TOKEN = "k" * 40


def bundle(sender: int, number: int) -> bytes:
    urn = "urn:uuid:11111111-1111-4111-8111-111111111111"
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:x", "value": f"{sender}-{number}"}],
        "birthDate": "1961-02-03",
    }
    flag = {"resourceType": "Flag", "status": "active", "code": {"text": f"{sender}-{number}"}, "subject": {"reference": urn}}
    told = [
        {"fullUrl": urn, "resource": patient, "request": {"method": "POST", "url": "Patient"}},
        {"resource": flag, "request": {"method": "POST", "url": "Flag"}},
    ]
    return orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": told})


class Client(threading.Thread):
    """Sends its transactions in order; what is not answered is sent again."""

    def __init__(self, n: int, port: int) -> None:
        super().__init__(daemon=True)
        self.n, self.port, self.answered = n, port, 0

    def run(self) -> None:
        import http.client

        for number in range(EACH):
            while True:
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                    connection.request(
                        "POST",
                        "/fhir",
                        bundle(self.n, number),
                        {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/fhir+json"},
                    )
                    answer = connection.getresponse()
                    if answer.status == 200 and len(orjson.loads(answer.read())["entry"]) == 2:
                        break
                except (OSError, http.client.HTTPException, ValueError):
                    pass
                time.sleep(0.05)
            self.answered += 1


def test_no_transaction_is_lost_doubled_or_halved(tmp_path: Path) -> None:
    place, port = tmp_path / "place", free_port()
    (place / "partners").mkdir(parents=True)
    (place / "vado.toml").write_text("")
    (place / "hospital.key").write_text(TOKEN)
    (place / "partners" / "hospital.toml").write_text(
        '[partner]\nname = "Hospital"\n[[channel]]\nkind = "fhir"\nkey = "hospital.key"\n'
    )
    clients, chance = [Client(n, port) for n in range(SENDERS)], random.Random(7)
    server: subprocess.Popen[bytes] = start_at(place, port)
    for client in clients:
        client.start()
    for _ in range(KILLS):
        before, until = sum(c.answered for c in clients), time.monotonic() + 30
        while sum(c.answered for c in clients) < min(before + 6, SENDERS * EACH) and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(chance.random() / 10)
        server.send_signal(signal.SIGKILL)
        server.wait()
        server = start_at(place, port)
    for client in clients:
        client.join(60)
    server.send_signal(signal.SIGKILL)
    server.wait()
    assert [c.answered for c in clients] == [EACH] * SENDERS
    with SqlStore(f"sqlite:///{place}/data/vado.sqlite").begin() as tx:
        rows = tx.rows(limit=1000)
        facts = [tx.facts_from(r.original.partner, r.original.id) for r in rows]
    assert all({f.kind for f in some} == {"Patient", "Flag"} for some in facts), "a transaction is there by half"
    told = [f.resource["code"]["text"] for some in facts for f in some if f.kind == "Flag"]
    assert sorted(told) == sorted(f"{s}-{n}" for s in range(SENDERS) for n in range(EACH)), "something was lost, or doubled"
