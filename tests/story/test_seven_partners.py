"""Seven partners over seven channels tell of the same people and are answered each in its own form, while Vado is killed again and again."""

import csv
import io
import os
import random
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

import hl7
import httpx
import orjson
import pytest
import trustme
from ccda_to_fhir import convert_document
from pypdf import PdfReader

import seven
from channel_doubles import free_port
from seven import FACTS, NHS, PEOPLE, Desk, Sender, known_of
from vado.model.delivery import DeliveryState
from vado.store.sql.store import SqlStore

AFTER, AT_RANDOM = (4, 14, 26, 38), 3  # it is killed after so many yeses, and so often at a random instant between
NUMBERS = tuple(p.nhs for p in PEOPLE)
TOLD_KINDS = ("AllergyIntolerance", "Condition", "Observation", "Procedure")
SODIUM = {f.value for f in FACTS["laboratory"] if f.text == "Sodium"}
LYING = {"clinic": "clinic-back", "laboratory": "laboratory-back", "registry": "registry-back"}
SOONER = (  # a claim runs out, and a second try comes, within seconds instead of minutes: nothing else is other than in service
    "from datetime import timedelta; import vado.exchange.send as send; "
    "send.LEASE, send.FIRST_WAIT = timedelta(seconds=4), 0.5; from vado.cli.main import main; main()"
)
PROFILE = """
[partner]
name = "The {name}"
timezone = "UTC"
trusted = ["{NHS}"]
[identifier_systems]
NHS = "{NHS}"
[[channel]]
{way_in}
[[channel]]
name = "back"
{way_out}
[[send]]
channel = "back"
{form}
"""
LAYOUT = """
[[table]]
title = "Results"
recognise = ["NHS number", "Test"]
decimal = "."
[table.map]
"Own number" = "Patient.identifier:https://{name}.example/id"
"NHS number" = "Patient.identifier:https://fhir.nhs.uk/Id/nhs-number"
"Surname" = "Patient.name.family"
"First name" = "Patient.name.given"
"Date of birth" = "Patient.birthDate"
"Sex" = "Patient.gender"
"Code" = "Observation.code.coding:http://loinc.org"
"Test" = "Observation.code.text"
"Value" = "Observation.value"
"Unit" = "Observation.valueQuantity.unit"
"Date" = "Observation.effectiveDateTime"
"""
CARD = """
[[form]]
title = "Card"
recognise = ["Surname", "NHS number"]
[form.map]
"Surname" = "Patient.name.family"
"First name" = "Patient.name.given"
"Date of birth" = "Patient.birthDate"
"NHS number" = "Patient.identifier:https://fhir.nhs.uk/Id/nhs-number"
"Allergies" = "AllergyIntolerance.code.text"
"Problems" = "Condition.code.text"
"Operations" = "Procedure.code.text"
"Sodium" = "Observation#sodium.value"
[form.constant]
"Observation#sodium.code.coding:http://loinc.org" = "2951-2"
"Observation#sodium.code.text" = "Sodium"
"Observation#sodium.valueQuantity.unit" = "mmol/L"
"""


class Town:
    """A place with its seven partners, their servers, and the process that is killed."""

    def __init__(self, folder: Path, stack: ExitStack, seed: int) -> None:
        self.folder, self.place, self.chance = folder, folder / "place", random.Random(seed)
        self.theirs = {
            name: folder / name for name in ("clinic-out", "clinic-back", "laboratory", "registry-out", "registry-back", "home")
        }
        self.theirs["laboratory-back"] = self.theirs["laboratory"] / "back"
        for way in (*self.theirs.values(), self.theirs["laboratory"] / "out", self.place / "partners"):
            way.mkdir(parents=True, exist_ok=True)
        self.desks = {name: Desk(name) for name in ("hospital", "surgery", "council", "trust")}
        self._certify()
        self.web, self.mail = seven.Web(self.desks, self.server_tls), seven.Mailbox(self.desks["surgery"])
        self.hl7 = seven.Hl7Desk(self.desks["hospital"])
        self.sftp = seven.SftpPlace(self.theirs["laboratory"], self.theirs["home"])
        for server in (self.web, self.mail, self.hl7, self.sftp):
            stack.callback(server.stop)
        self.ports = {name: free_port() for name in ("pages", "mllp", "smtp")}
        self.kills, self.logs = 0, list[Path]()
        self._write_profiles()
        self.server = self.start()
        stack.callback(self.kill)

    def _certify(self) -> None:
        authority, home = trustme.CA(), self.theirs["home"]
        authority.cert_pem.write_to_path(home / "ca.pem")
        made = authority.issue_cert("127.0.0.1", "localhost")
        made.private_key_and_cert_chain_pem.write_to_path(home / "tls.pem")
        self.server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.configure_cert(self.server_tls)
        self.trust = ssl.create_default_context(cafile=str(home / "ca.pem"))

    def _write_profiles(self) -> None:
        home, at = self.theirs["home"], self.theirs
        (self.place / "vado.toml").write_text(
            f'read_processes = 1\ntls_certificate = "{home / "tls.pem"}"\ntls_key = "{home / "tls.pem"}"\n'
        )
        for partner, key in seven.TOKEN.items():
            (self.place / f"{partner}.key").write_text(key)
        ssh = f'kind = "sftp"\nhost = "127.0.0.1"\nport = {self.sftp.port}\nuser = "vado"\nhost_key = ["{self.sftp.key}"]\nkey = "{home / "ssh.key"}"\n'
        web, local = (
            f'kind = "https"\nca = "{home / "ca.pem"}"\nurl = "https://127.0.0.1:{self.web.port}',
            'host = "127.0.0.1"\ntls = "no"',
        )
        soon = "every = 0.2\nsteady = 0.1"
        ways = {
            "hospital": (f'kind = "mllp"\nport = {self.ports["mllp"]}', f'kind = "mllp"\n{local}\nport = {self.hl7.port}', 'form = "hl7v2"'),
            "clinic": (f'kind = "folder"\npath = "{at["clinic-out"]}"\n{soon}', f'kind = "folder"\nfolder = "{at["clinic-back"]}"', 'form = "cda"'),
            "surgery": (
                f'kind = "smtp"\nport = {self.ports["smtp"]}\nrecipients = ["surgery@vado.example"]',
                f'kind = "smtp"\n{local}\nport = {self.mail.port}\nfrom = "records@vado.example"\nto = ["desk@surgery.example"]',
                'form = "letter"\nattach = ["pdf"]',
            ),
            "laboratory": (f'{ssh}folder = "/out"\n{soon}', f'{ssh}folder = "/back"', 'form = "table"'),
            "council": ('kind = "upload"\nkey = "council.key"', f'{web}/council"\nas = "upload"', 'form = "pdf_form"\nblank = "card"'),
            "trust": (
                f'kind = "fhir"\nkey = "trust.key"\nnotify = ["https://127.0.0.1:{self.web.port}/notices"]', f'{web}/trust"',
                'form = "fhir"\nbundle = "transaction"',
            ),
            "registry": (
                f'kind = "store"\nurl = "file://{at["registry-out"]}"\nafter = "delete"\n{soon}', f'kind = "store"\nurl = "file://{at["registry-back"]}"',
                'form = "ips"',
            ),
        }  # fmt: skip
        for name, (way_in, way_out, form) in ways.items():
            more = {"laboratory": LAYOUT, "council": LAYOUT + CARD}.get(name, "").replace("{name}", name)
            said = PROFILE.format(name=name, way_in=way_in, way_out=way_out, form=form, NHS=NHS) + more
            (self.place / "partners" / f"{name}.toml").write_text(said)
        (self.place / "partners" / "council").mkdir()
        (self.place / "partners" / "council" / "card.pdf").write_bytes(seven.blank_card())

    def start(self) -> "subprocess.Popen[bytes]":
        """Start `vado serve`; what it logs is kept for the end."""
        self.logs.append(self.folder / f"log-{len(self.logs)}")
        with self.logs[-1].open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-c", SOONER, "--place", str(self.place), "serve", "--port", str(self.ports["pages"])],
                stdout=log, stderr=log, env={**os.environ, "SSL_CERT_FILE": str(self.theirs["home"] / "ca.pem")},
            )  # fmt: skip

    def kill(self) -> None:
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def kill_and_start(self) -> None:
        self.kill()
        self.kills += 1
        self.server = self.start()

    def vado(self, *words: str, keys: bytes = b"") -> str:
        """What an operator types, beside the server that runs."""
        command = [sys.executable, "-c", "from vado.cli.main import main; main()", "--place", str(self.place), *words]
        done = subprocess.run(command, input=keys, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, (words, done.stdout.decode(), done.stderr.decode())
        return done.stdout.decode()

    @contextmanager
    def begun(self) -> Iterator[Any]:
        store = SqlStore(f"sqlite:///{self.place}/data/vado.sqlite")
        try:
            with store.begin() as tx:
                yield tx
        finally:
            store.close()

    def kept(self, id_: str) -> bytes:
        return (self.place / "data" / "originals" / id_[:2] / id_[2:4] / id_).read_bytes()

    def senders(self) -> list[Sender]:
        """The seven, each with the six things it has to tell."""
        https = f"https://127.0.0.1:{self.ports['pages']}"
        ways: dict[str, tuple[Callable[[int], bytes], Callable[[int, bytes], bool]]] = {
            "hospital": (seven.hl7_message, seven.over_mllp(self.ports["mllp"])),
            "clinic": (seven.cda_document, seven.into_folder(self.theirs["clinic-out"], ".xml")),
            "surgery": (seven.letter_by_mail, seven.over_smtp(self.ports["smtp"])),
            "laboratory": (lambda k: seven.csv_rows("laboratory", k), seven.into_folder(self.theirs["laboratory"] / "out", ".csv")),
            "council": (
                lambda k: seven.csv_rows("council", k),
                seven.over_https(f"{https}/upload/council/list-{{k}}.csv", "council", "PUT", "text/csv", self.trust),
            ),
            "trust": (seven.fhir_transaction, seven.over_https(f"{https}/fhir", "trust", "POST", "application/fhir+json", self.trust)),
            "registry": (seven.ndjson, seven.into_folder(self.theirs["registry-out"], ".ndjson")),
        }  # fmt: skip
        pause = lambda: self.chance.random() / 2  # noqa: E731 - one line, used once
        return [Sender(name, [make(k) for k in range(6)], hand_over, pause) for name, (make, hand_over) in ways.items()]

    def settled(self) -> bool:
        """Whether all is read, lined up and sent."""
        with self.begun() as tx:
            rows, sent = tx.rows(limit=1000), {s for _, _, s, _ in tx.outbox.tally()}
            return (
                not tx.outbox.changes(1)
                and all(r.state.value in ("read", "unpacked") for r in rows)
                and sent <= {DeliveryState.SENT, DeliveryState.CANCELLED}
            )


def until(found: Callable[[], bool], what: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, what
        time.sleep(0.1)


# what each form says, read by somebody else's parser: of whom, and the words of the facts, in order


def in_hl7(messages: Iterable[bytes]) -> dict[str, list[str]]:
    """Of each person the newest ADT^A31 and the newest ORU^R01, by the package hl7."""
    place, newest = {"AL1": 3, "DG1": 3, "PR1": 3, "OBX": 5}, dict[tuple[str, str], list[str]]()
    for message in map(hl7.parse, (m.decode() for m in messages)):
        whose = next(n for n in NUMBERS if n in str(message.segment("PID")[3]))
        said = [(str(s[0]), str(s[place[str(s[0])]])) for s in message if str(s[0]) in place]
        newest[whose, str(message.segment("MSH")[9])] = [v if kind == "OBX" else v.split("^")[1] for kind, v in said]
    return {n: sorted(w for (whose, _), words in newest.items() if whose == n for w in words) for n in NUMBERS}


def in_cda(content: bytes) -> dict[str, list[str]]:
    """By a strict converter of others, as FHIR."""
    return in_fhir(orjson.dumps(convert_document(content.decode())["bundle"]))


def in_fhir(content: bytes) -> dict[str, list[str]]:
    every = [e["resource"] for e in orjson.loads(content)["entry"]]
    whose = {
        i["value"] for r in every if r["resourceType"] == "Patient" for i in r.get("identifier", ()) if i["value"] in NUMBERS
    }
    return {whose.pop(): sorted(word_of(r) for r in every if r["resourceType"] in TOLD_KINDS and not r.get("hasMember"))}


def word_of(resource: dict[str, Any]) -> str:
    code = resource["code"]
    text = code.get("text") or code.get("coding", [{}])[0].get("display", "")
    return str(resource["valueQuantity"]["value"]) if "valueQuantity" in resource else text


def in_csv(content: bytes) -> dict[str, list[str]]:
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    (family,) = {r["Family name"] for r in rows}
    whose = next(p.nhs for p in PEOPLE if p.family == family)
    kinds = {"Results", "Problems", "Procedures", "Allergies and intolerances", "Vital signs"}
    return {whose: sorted(r["Value"] or r["What"] for r in rows if r["Kind"] in kinds)}


def in_card(content: bytes) -> dict[str, list[str]]:
    """The council's own form, in the upload that carries it, by pypdf."""
    values = PdfReader(io.BytesIO(content[content.index(b"%PDF") : content.rindex(b"%%EOF") + 5])).get_form_text_fields()
    told = [values[label] or "" for label in ("Allergies", "Problems", "Operations", "Sodium")]
    return {str(values["NHS number"]): sorted(word for text in told for word in text.split("; ") if word)}


def in_mail(content: bytes) -> dict[str, list[str]]:
    """The summary that is attached, by pypdf: every word that anybody told, as often as it is printed as a fact."""
    (summary,) = [p for p in message_from_bytes(content).walk() if p.get_content_type() == "application/pdf"]
    pages = PdfReader(io.BytesIO(summary.get_payload(decode=True))).pages  # type: ignore[arg-type]
    text = " ".join(" ".join(p.extract_text() for p in pages).split())
    whose = next(p.nhs for p in PEOPLE if p.nhs in text)
    said = text[: text.index("Who this is, as each partner says")]
    return {whose: sorted(f.word for facts in FACTS.values() for f in facts for _ in range(said.count(f.word)))}


# the story


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    seed = int(os.environ.get("STORY_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    sys.stdout.write(f"seed {seed}: STORY_SEED={seed} does the same again\n")
    with ExitStack() as stack:
        yield Town(tmp_path, stack, seed)


def test_seven_partners_tell_and_are_told_while_the_server_is_killed(town: Town) -> None:
    senders = town.senders()
    for sender in senders:
        sender.start()
    kill_while_they_send(town, senders)
    for sender in senders:
        sender.join(60)
        assert sender.acknowledged == sender.items, f"{sender.partner} was never told yes"
    until(town.settled, "something is not read, or not sent")
    nothing_from_paper_went_out(town)

    town.vado("desk", keys=b"a" * 20)  # a person reads the surgery's letters, and confirms
    kill_while_they_are_answered(town)
    until(town.settled, "not everybody was told")

    every_original_is_kept_once(town, senders)
    everybody_is_one_person_whose_record_says_all_once(town)
    each_was_answered_in_its_own_form(town)
    repetitions_have_the_same_id(town)
    assert "0 differ, 0 missing" in town.vado("ledger", "--verify")
    assert "rows follow one from the other" in town.vado("audit", "verify")
    no_log_names_anybody(town)
    assert town.kills == len(AFTER) + AT_RANDOM


def kill_while_they_send(town: Town, senders: list[Sender]) -> None:
    """At a fixed number of yeses, and in between at any instant."""
    at_random = set(town.chance.sample(range(len(AFTER)), AT_RANDOM - 1))
    for n, yeses in enumerate(AFTER):
        until(lambda yeses=yeses: sum(len(s.acknowledged) for s in senders) >= yeses, "the senders get no further")
        town.kill_and_start()
        if n in at_random:
            time.sleep(1.5 + 2 * town.chance.random())
            town.kill_and_start()


def kill_while_they_are_answered(town: Town) -> None:
    time.sleep(2 * town.chance.random())
    town.kill_and_start()


def nothing_from_paper_went_out(town: Town) -> None:
    letters = {f.word for f in FACTS["surgery"]}
    for partner, answers in answered(town).items():
        said = {word for one in answers.values() for word in one}
        assert partner == "surgery" or not said & letters, f"{partner} was told what only a letter says"


def answered(town: Town) -> dict[str, dict[str, list[str]]]:
    """Partner -> national number -> what its newest answer about this person says."""
    desk = {name: list(d.once.values()) for name, d in town.desks.items()}
    lying = {name: list(seven.lying_in(town.theirs[folder]).values()) for name, folder in LYING.items()}
    read = {"clinic": in_cda, "surgery": in_mail, "laboratory": in_csv, "council": in_card, "trust": in_fhir, "registry": in_fhir}
    each = {name: [one for content in (desk | lying)[name] for one in read[name](content).items()] for name in read}
    return {name: dict(pairs) for name, pairs in each.items()} | {"hospital": in_hl7(desk["hospital"])}


def expected(partner: str) -> dict[str, list[str]]:
    """What this partner's form can say of what the others told; the last two give back the whole record."""
    if partner in ("surgery", "trust", "registry"):
        return {p.nhs: known_of(n) for n, p in enumerate(PEOPLE)}
    kinds = {f.word: f.kind for facts in FACTS.values() for f in facts}
    kept = {w for w, kind in kinds.items() if partner != "council" or kind != "Observation" or w in SODIUM}
    return {p.nhs: [w for w in known_of(n, partner) if w in kept] for n, p in enumerate(PEOPLE)}


def every_original_is_kept_once(town: Town, senders: list[Sender]) -> None:
    with town.begun() as tx:
        rows = tx.rows(limit=1000)
    kept = [town.kept(row.original.id) for row in rows]
    for sender in senders:
        for content in sender.acknowledged:  # over FHIR the request is kept, whose body it is
            times = sum(one == content or one.endswith(b"\r\n\r\n" + content) for one in kept)
            assert times == 1, f"an original of {sender.partner} is there {times} times"
    assert len(rows) == 6 * len(FACTS) + 6, "besides them there are the letters out of the mails, and nothing else"
    assert {(r.state.value, r.reader == "mail") for r in rows} == {("read", False), ("unpacked", True)}


def everybody_is_one_person_whose_record_says_all_once(town: Town) -> None:
    with town.begun() as tx:
        facts = [f for r in tx.rows(limit=1000) for f in tx.facts_from(r.original.partner, r.original.id)]
        patients = {f.id: f for f in facts if f.kind == "Patient"}
        persons = {link.patient: link.person for link in tx.links_of(patients)}
        known = {persons[f.patient]: set[str]() for f in facts}
        assert not tx.doubts() and len(known) == len(PEOPLE)
        for f in patients.values():
            known[persons[f.id]] |= {i["value"] for i in f.resource.get("identifier", ()) if i["value"] in NUMBERS}
        for n, somebody in enumerate(PEOPLE):
            (person,) = [p for p, numbers in known.items() if numbers == {somebody.nhs}]
            told = {f.id: word_of(f.resource) for f in facts if persons[f.patient] == person and f.kind in TOLD_KINDS}
            assert sorted(told.values()) == known_of(n), f"person {n}: something was lost, or doubled"
    client_reads_it_all(town)


def client_reads_it_all(town: Town) -> None:
    """The trust's own program asks over FHIR: its key lets it tell, a token lets it read."""
    town.vado("account", "add", "reader", "--role", "client", "--partner", "trust", "--scope", "system/*.rs")
    at, header = (
        f"https://127.0.0.1:{town.ports['pages']}/fhir",
        {"Authorization": f"Bearer {town.vado('account', 'token', 'reader').strip()}"},
    )
    with httpx.Client(verify=town.trust, headers=header, timeout=20, trust_env=False) as client:
        for n, somebody in enumerate(PEOPLE):
            asked = {"patient.identifier": f"{NHS}|{somebody.nhs}", "_count": "100"}
            answers = [client.get(f"{at}/{kind}", params=asked) for kind in TOLD_KINDS]
            assert {a.status_code for a in answers} == {200}, [a.text for a in answers]
            found = [word_of(e["resource"]) for a in answers for e in a.json().get("entry", ())]
            twice = len(found) - len(
                set(found)
            )  # by a number that stands in a letter, and nobody has confirmed, nothing is found
            assert not twice and {*known_of(n, "surgery")} <= {*found} <= {*known_of(n)}


def each_was_answered_in_its_own_form(town: Town) -> None:
    assert answered(town) == {partner: expected(partner) for partner in FACTS}


def repetitions_have_the_same_id(town: Town) -> None:
    """What arrived is what is noted as sent, once each; nothing is held, failed or waits."""
    with town.begun() as tx:
        deliveries = tx.outbox.deliveries(limit=1000)
    assert {d.state for d in deliveries} <= {DeliveryState.SENT, DeliveryState.CANCELLED}
    for partner in FACTS:
        mine = {d.id: d for d in deliveries if d.partner == partner}
        sent = {d.id for d in mine.values() if d.state is DeliveryState.SENT}
        if partner == "hospital":  # there a message's own number names it, and what says the same again has the same
            numbers = {town.kept(mine[d].content).split(b"|")[9].decode() for d in sent}
            assert numbers == set(town.desks[partner].once)
            continue
        got = set(town.desks[partner].once if partner in town.desks else seven.lying_in(town.theirs[LYING[partner]]))
        assert sent <= got <= set(mine), partner


def no_log_names_anybody(town: Town) -> None:
    said = "".join(log.read_text() for log in town.logs)
    assert "Traceback" not in said
    for somebody in PEOPLE:
        assert not [mark for mark in somebody.marks if mark in said]
    assert not [f.text for facts in FACTS.values() for f in facts if f.text in said]
