"""Seven partners who tell of the same three people, each over a channel of its own, and the desks where each is answered.

Each sender tries again until it is told yes, as senders do. Each desk takes what is handed to it, refuses the first, and notes the id of every delivery.
"""

import http.server
import io
import os
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import orjson
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from channel_doubles import free_port

NHS, LOINC, SCT = "https://fhir.nhs.uk/Id/nhs-number", "http://loinc.org", "http://snomed.info/sct"
TOKEN = {"council": "c" * 40, "trust": "t" * 40}
HTTPS_PARTNERS = tuple(TOKEN)


@dataclass(frozen=True)
class Somebody:
    """An invented person; whoever they are cared for by knows them under a number of its own, and the national one."""

    family: str
    given: str
    born: str
    sex: str
    nhs: str

    @property
    def marks(self) -> tuple[str, ...]:
        """What must stand in no log."""
        return (self.family, self.given, self.born, self.born.replace("-", ""), self.nhs)


PEOPLE = (
    Somebody("Quintanilla", "Rosalia", "1961-02-28", "female", "9434765919"),
    Somebody("Wetherby", "Edmund", "1948-11-03", "male", "9434786177"),
    Somebody("Okonjo", "Ifeoma", "1985-07-19", "female", "9434806437"),
)


@dataclass(frozen=True)
class Told:
    """One fact that one partner alone knows of one person: in words, or as a value."""

    kind: str
    code: str
    text: str
    value: str = ""
    unit: str = ""

    @property
    def word(self) -> str:
        """By what it is recognised, in whatever form: no other fact of anybody has the same."""
        return self.value or self.text


def _told(kind: str, *codes: tuple[str, str]) -> list[Told]:
    return [Told(kind, code, text) for code, text in codes]


def _measured(code: str, text: str, unit: str, *values: str) -> list[Told]:
    return [Told("Observation", code, text, value, unit) for value in values]


# partner -> what it tells, two facts of each person: first of all three, then again of all three
FACTS: dict[str, list[Told]] = {
    "hospital": _told(
        "AllergyIntolerance", ("91936005", "Penicillin allergy"), ("300916003", "Latex allergy"), ("91935009", "Peanut allergy"),
        ("91934008", "Nut allergy"), ("91930004", "Egg allergy"), ("91932007", "Fruit allergy"),
    ),
    "clinic": _told(
        "Condition", ("44054006", "Type 2 diabetes"), ("195967001", "Asthma"), ("38341003", "Hypertension"),
        ("13645005", "Chronic obstructive lung disease"), ("49436004", "Atrial fibrillation"), ("84757009", "Epilepsy"),
    ),
    "surgery": _told(
        "Condition", ("", "Hypothyroidism"), ("", "Gout"), ("", "Migraine"), ("", "Psoriasis"), ("", "Glaucoma"), ("", "Osteoporosis")
    ),
    "laboratory": _measured("2951-2", "Sodium", "mmol/L", "138.41", "141.27", "136.73")
    + _measured("2823-3", "Potassium", "mmol/L", "4.137", "3.913", "4.621"),
    "council": _measured("29463-7", "Body weight", "kg", "71.43", "82.37", "65.91")
    + _measured("8302-2", "Body height", "cm", "162.3", "178.9", "169.7"),
    "trust": _told(
        "Procedure", ("80146002", "Appendectomy"), ("38102005", "Cholecystectomy"), ("73761001", "Colonoscopy"),
        ("52734007", "Hip replacement"), ("173422009", "Tonsillectomy"), ("54885007", "Cataract extraction"),
    ),
    "registry": _measured("4548-4", "Hemoglobin A1c", "%", "6.83", "5.47", "7.19")
    + _measured("2093-3", "Cholesterol", "mg/dL", "187.3", "203.9", "171.7"),
}  # fmt: skip


def known_of(n: int, *but: str) -> list[str]:
    """Give what all partners but these know of person n, by its words, in order."""
    return sorted(facts[k].word for partner, facts in FACTS.items() if partner not in but for k in (n, n + 3))


# what each partner writes, of fact k


def hl7_message(k: int) -> bytes:
    p, f = PEOPLE[k % 3], FACTS["hospital"][k]
    return (
        f"MSH|^~\\&|HIS|HOSP|VADO|REGION|20260304101{k}00+0000||ADT^A08^ADT_A01|H{k}|P|2.5\rEVN|A08|20260304101000\r"
        f"PID|1||H-{k % 3}^^^HOSP^MR~{p.nhs}^^^NHS||{p.family}^{p.given}||{p.born.replace('-', '')}|{p.sex[0].upper()}\r"
        f"PV1|1|O\rAL1|1|DA|{f.code}^{f.text}^SCT\r"
    ).encode()


def cda_document(k: int) -> bytes:
    p, f = PEOPLE[k % 3], FACTS["clinic"][k]
    sct, problem = "2.16.840.1.113883.6.96", "2.16.840.1.113883.10.20.22.4.4"
    return (
        '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id root="1.2.3.4" extension="d{k}"/>'
        '<code code="34133-9" codeSystem="2.16.840.1.113883.6.1"/><title>Summary</title><effectiveTime value="20260302101500+0000"/>'
        f'<recordTarget><patientRole><id root="1.2.3.5" extension="C-{k % 3}"/><id root="2.16.840.1.113883.2.1.4.1" extension="{p.nhs}"/>'
        f"<patient><name><given>{p.given}</given><family>{p.family}</family></name>"
        f'<administrativeGenderCode code="{p.sex[0].upper()}" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="{p.born.replace("-", "")}"/>'
        '</patient></patientRole></recordTarget><component><structuredBody><component><section><code code="11450-4" '
        'codeSystem="2.16.840.1.113883.6.1"/><title>Problems</title><text><paragraph>As told below.</paragraph></text><entry>'
        '<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><code code="CONC" '
        'codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><effectiveTime><low value="20240101"/></effectiveTime>'
        f'<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="{problem}"/>'
        f'<id root="1.2.3" extension="p{k}"/><code code="55607006" codeSystem="{sct}"/><statusCode code="completed"/><effectiveTime>'
        f'<low value="20240101"/></effectiveTime><value xsi:type="CD" code="{f.code}" codeSystem="{sct}" displayName="{f.text}"/>'
        "</observation></entryRelationship></act></entry></section></component></structuredBody></component></ClinicalDocument>"
    ).encode()


def letter_by_mail(k: int) -> bytes:
    """A letter as PDF, on paper as it were: what it says is no fact before a person said so."""
    p, f = PEOPLE[k % 3], FACTS["surgery"][k]
    year, month, day = p.born.split("-")
    number = f"{p.nhs[:3]} {p.nhs[3:6]} {p.nhs[6:]}"
    title = {"female": "Mrs", "male": "Mr"}[p.sex]
    lines = (
        "Clinic letter", f"Re: {title} {p.given} {p.family} (DOB {day}/{month}/{year})", f"NHS No: {number}", "Diagnoses:", f"1. {f.text}"
    )  # fmt: skip
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "desk@surgery.example", "surgery@vado.example", f"Letter {k}"
    mail["Message-ID"] = f"<letter-{k}@surgery.example>"
    mail.set_content("The letter is attached.")
    mail.add_attachment(printed(lines), maintype="application", subtype="pdf", filename="letter.pdf")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def printed(lines: tuple[str, ...]) -> bytes:
    box = io.BytesIO()
    canvas = Canvas(box, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica", 12)
    for n, line in enumerate(lines):
        canvas.drawString(72, 760 - 24 * n, line)
    canvas.save()
    return box.getvalue()


def csv_rows(partner: str, k: int) -> bytes:
    p, f = PEOPLE[k % 3], FACTS[partner][k]
    head = "Own number,NHS number,Surname,First name,Date of birth,Sex,Code,Test,Value,Unit,Date\n"
    return (
        head
        + f"{partner[0].upper()}-{k % 3},{p.nhs},{p.family},{p.given},{p.born},{p.sex},{f.code},{f.text},{f.value},{f.unit},2026-03-0{k + 1}\n"
    ).encode()


def fhir_resources(partner: str, k: int) -> list[dict[str, Any]]:
    p, f, own = PEOPLE[k % 3], FACTS[partner][k], f"{partner}-{k % 3}"
    patient = {
        "resourceType": "Patient", "id": own, "birthDate": p.born, "gender": p.sex, "name": [{"family": p.family, "given": [p.given]}],
        "identifier": [{"system": f"https://{partner}.example/id", "value": own}, {"system": NHS, "value": p.nhs}],
    }  # fmt: skip
    made: dict[str, Any] = {
        "resourceType": f.kind, "id": f"{partner}-fact-{k}", "subject": {"reference": f"Patient/{own}"},
        "code": {"coding": [{"system": SCT if f.kind == "Procedure" else LOINC, "code": f.code, "display": f.text}], "text": f.text},
    }  # fmt: skip
    if f.value:
        unit = {"unit": f.unit, "system": "http://unitsofmeasure.org", "code": f.unit}
        made |= {"status": "final", "effectiveDateTime": f"2026-03-0{k + 1}", "valueQuantity": {"value": float(f.value), **unit}}
    else:
        made |= {"status": "completed", "performedDateTime": f"201{k}-05-05"}
    return [patient, made]


def fhir_transaction(k: int) -> bytes:
    entries = [
        {"fullUrl": f"https://trust.example/{r['resourceType']}/{r['id']}", "resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}}
        for r in fhir_resources("trust", k)
    ]  # fmt: skip
    return orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def ndjson(k: int) -> bytes:
    return b"".join(orjson.dumps(r) + b"\n" for r in fhir_resources("registry", k))


def blank_card() -> bytes:
    """The council's own form, empty."""
    box = io.BytesIO()
    canvas = Canvas(box, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica", 9)
    for n, label in enumerate(
        ("Surname", "First name", "Date of birth", "NHS number", "Allergies", "Problems", "Operations", "Sodium")
    ):
        canvas.drawString(60, 790 - 80 * n, label)
        canvas.acroForm.textfield(
            name=label, tooltip=label, x=60, y=730 - 80 * n, width=470, height=50, borderWidth=0, fillColor=None, fieldFlags="multiline", maxlen=400
        )  # fmt: skip
    canvas.save()
    return box.getvalue()


# how each hands over; True: it was told yes


@dataclass
class Sender(threading.Thread):
    """Hands over one thing after the other, each until it is told yes."""

    partner: str
    items: list[bytes]
    hand_over: Callable[[int, bytes], bool]
    pause: Callable[[], float]
    acknowledged: list[bytes] = field(default_factory=list)
    tries: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True, name=self.partner)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        for k, content in enumerate(self.items):
            while not self._told(k, content):
                time.sleep(0.1)
            self.acknowledged.append(content)
            time.sleep(self.pause())

    def _told(self, k: int, content: bytes) -> bool:
        self.tries += 1
        try:
            return self.hand_over(k, content)
        except (OSError, smtplib.SMTPException, httpx.HTTPError):
            return False


def over_mllp(port: int) -> Callable[[int, bytes], bool]:
    def hand_over(_: int, content: bytes) -> bool:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as talk:
            talk.sendall(b"\x0b" + content + b"\x1c\r")
            return b"MSA|AA|" in talk.recv(4000)

    return hand_over


def over_smtp(port: int) -> Callable[[int, bytes], bool]:
    def hand_over(_: int, content: bytes) -> bool:
        client = smtplib.SMTP("127.0.0.1", port, timeout=10)
        try:
            client.sendmail("desk@surgery.example", ["surgery@vado.example"], content)
        finally:
            client.close()
        return True

    return hand_over


def into_folder(folder: Path, ending: str) -> Callable[[int, bytes], bool]:
    """Write it under another name, rename it, and wait until it is fetched away: then it is durable there."""

    def hand_over(k: int, content: bytes) -> bool:
        target = folder / f"item-{k}{ending}"
        beside = folder / f".item-{k}"
        beside.write_bytes(content)
        os.utime(beside, (0, 1_700_000_000 + k))
        beside.replace(target)
        while target.exists():
            time.sleep(0.02)
        return True

    return hand_over


def over_https(address: str, partner: str, method: str, media_type: str, trust: ssl.SSLContext) -> Callable[[int, bytes], bool]:
    def hand_over(k: int, content: bytes) -> bool:
        with httpx.Client(verify=trust, timeout=10, trust_env=False) as client:
            headers = {"Authorization": f"Bearer {TOKEN[partner]}", "Content-Type": media_type}
            answer = client.request(method, address.format(k=k), content=content, headers=headers)
            assert answer.status_code < 400 or answer.status_code >= 500, answer.text
            return answer.status_code in (200, 201)

    return hand_over


# where each is answered


class Desk:
    """What one partner was handed: (delivery, bytes), in order. The first is refused once; each is noted before it is answered."""

    def __init__(self, partner: str, slow: float = 0.03) -> None:
        self.partner, self._slow = partner, slow
        self.got: list[tuple[str, bytes]] = []
        self.refused = 0
        self._lock = threading.Lock()

    def takes(self, delivery: str, content: bytes) -> bool:
        with self._lock:
            if not self.refused:
                self.refused += 1
                return False
            self.got.append((delivery, content))
        time.sleep(self._slow)
        return True

    @property
    def once(self) -> dict[str, bytes]:
        """Delivery -> bytes, in order; a repetition has the same bytes."""
        found: dict[str, bytes] = {}
        for delivery, content in self.got:
            assert found.setdefault(delivery, content) == content, f"{self.partner}: {delivery} came again with other bytes"
        return found


class Web:
    """A small HTTPS server: /council takes uploads, /trust FHIR."""

    def __init__(self, desks: dict[str, Desk], context: ssl.SSLContext) -> None:
        class Asked(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # noqa: N802 - http.server's name
                content = self.rfile.read(int(self.headers["Content-Length"]))
                desk = desks[self.path.strip("/")]
                assert self.headers["Idempotency-Key"].strip('"') == self.headers["X-Request-Id"]
                taken = desk.takes(self.headers["X-Request-Id"], content)
                self.send_response(201 if taken else 503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] - a caller that is killed is no fault of ours
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Mailbox:
    """aiosmtpd, as the surgery's own mail server."""

    def __init__(self, desk: Desk) -> None:
        from aiosmtpd.controller import Controller

        async def handle_data(_: Any, __: Any, ___: Any, envelope: Any) -> str:
            import asyncio
            from email import message_from_bytes

            mail = message_from_bytes(envelope.content)
            name = str(mail["Message-ID"]).strip("<>").partition("@")[0]
            del mail["Date"]
            taken = await asyncio.to_thread(desk.takes, name, mail.as_bytes())
            return "250 taken" if taken else "451 later"

        handler = type("Handler", (), {"handle_DATA": handle_data})()
        self.port = free_port()
        self._controller = Controller(handler, "127.0.0.1", self.port)
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()


class Hl7Desk:
    """The MLLP server of the package hl7, in a thread with a loop of its own."""

    def __init__(self, desk: Desk) -> None:
        import asyncio

        from hl7.mllp import start_hl7_server

        async def talk(reader: Any, writer: Any) -> None:
            try:
                while not writer.is_closing():
                    message = await reader.readmessage()
                    said = re.sub(r"\d{14}[+-]\d{4}", "", str(message))  # its number says what it says, whenever it was written
                    taken = await asyncio.to_thread(desk.takes, str(message.segment("MSH")[10]), said.encode())
                    writer.writemessage(message.create_ack("AA" if taken else "AE"))
                    await writer.drain()
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        starting = start_hl7_server(talk, "127.0.0.1", 0, encoding="utf-8")
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)


def lying_in(folder: Path) -> dict[str, bytes]:
    """Delivery -> bytes of what lies in a folder, oldest first; the file's name begins with the delivery's id."""
    files = sorted(
        (p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")), key=lambda p: p.stat().st_mtime_ns
    )
    found = {p.name.split("-")[0].partition(".")[0]: p.read_bytes() for p in files}
    assert len(found) == len(files), "one delivery under two names"
    return found


class SftpPlace:
    """The laboratory's SFTP server: asyncssh, in a thread with a loop of its own."""

    def __init__(self, root: Path, home: Path) -> None:
        import asyncio

        import asyncssh

        ours, theirs = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
        ours.write_private_key(str(home / "ssh.key"))
        (home / "ssh.key").chmod(0o600)
        self.key = theirs.export_public_key().decode().strip()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        starting = asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[theirs], authorized_client_keys=asyncssh.import_authorized_keys(ours.export_public_key().decode()),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root).encode()),
        )  # fmt: skip
        self._server: Any = asyncio.run_coroutine_threadsafe(self._awaited(starting), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    @staticmethod
    async def _awaited(starting: Any) -> Any:
        return await starting

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        time.sleep(0.05)
        self._loop.call_soon_threadsafe(self._loop.stop)
