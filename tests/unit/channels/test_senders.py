"""The outgoing ends, each against a receiver of other people, good and bad: what is handed over, and what comes of an answer."""

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import hl7
import hl7.mllp
import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from vado.channels.folder_out import FolderSender
from vado.channels.http_out import HttpSender, forbidden
from vado.channels.mllp import BEGIN, END
from vado.channels.mllp_out import MllpSender
from vado.channels.smtp_out import SmtpSender
from vado.errors import SettingsError, Undeliverable
from vado.exchange.ports import Sender
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing

CLINIC = PartnerId("clinic")
ID = "0123456789abcdef0123456789abcdef"
PDF = Outgoing(b"%PDF-1.7 x", "application/pdf", name="summary.pdf")
DOCUMENT = Outgoing(
    b'{"resourceType":"Bundle","type":"document","identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:1"}}',
    "application/fhir+json",
)


def message(number: str = "77", ends: str = "") -> Outgoing:
    text = f"MSH|^~\\&|VADO|REGION|HIS|NORTE|20260304||ADT^A31^ADT_A05|{number}|P|2.5{ends}\rPID|1||1^^^H\r"
    return Outgoing(text.encode(), "x-application/hl7-v2+er7")


def refusal(sender: Sender, outgoing: Outgoing) -> tuple[str, bool]:
    with pytest.raises(Undeliverable) as caught:
        sender.send(outgoing, ID)
    return caught.value.code, caught.value.again


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    """A certificate authority, and a place with its certificate, ours, and a stranger's."""
    place, authority = tmp_path_factory.mktemp("place"), trustme.CA()
    authority.cert_pem.write_to_path(place / "ca.pem")
    for name, issuer in (("ours", authority), ("stranger", trustme.CA())):
        made = issuer.issue_cert("vado.example")
        made.private_key_pem.write_to_path(place / f"{name}.key")
        made.cert_chain_pems[0].write_to_path(place / f"{name}.pem")
    return authority, place


def server_context(authority: trustme.CA, *, clients: bool = False) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    if clients:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


# folder


def test_a_folder_never_shows_half_a_file_and_the_same_delivery_has_the_same_name(tmp_path: Path) -> None:
    sender = FolderSender.of(CLINIC, {"kind": "folder", "name": "out", "folder": "for/clinic"}, tmp_path)
    assert sender.send(PDF, ID) == sender.send(PDF, ID) == f"{ID}-summary.pdf"
    evil = Outgoing(b"x", "text/csv", name="../../etc/pass wd\n.csv")
    assert sender.send(evil, "2" * 32) == f"{'2' * 32}-pass_wd_.csv"
    assert sender.send(Outgoing(b"{}", "application/fhir+json"), "3" * 32) == f"{'3' * 32}.json"
    assert sorted(p.name for p in (tmp_path / "for" / "clinic").iterdir()) == sorted(
        [f"{ID}-summary.pdf", f"{'2' * 32}-pass_wd_.csv", f"{'3' * 32}.json"]
    )


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    assert refusal(FolderSender(tmp_path / "file"), PDF) == ("DE-001", True)
    sender = FolderSender(tmp_path / "there")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert refusal(sender, PDF) == ("DE-001", True)
    assert list((tmp_path / "there").iterdir()) == [], "half a file was left"


# MLLP


@contextmanager
def hl7_server(answer: Callable[[Any], list[Any]], **options: Any) -> Iterator[tuple[int, list[str]]]:
    """A server of python-hl7; `answer` gives what it says to a message."""
    got: list[str] = []
    started, loop = threading.Event(), asyncio.new_event_loop()
    port = [0]

    async def talk(reader: Any, writer: Any) -> None:
        try:
            while not writer.is_closing():
                received = await reader.readmessage()
                got.append(str(received))
                for said in answer(received):
                    writer.writemessage(said)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        server = await hl7.mllp.start_hl7_server(talk, "127.0.0.1", 0, **options)
        port[0] = server.sockets[0].getsockname()[1]
        started.set()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()
        asyncio.set_event_loop(loop)
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(5)
    yield port[0], got
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


def mllp(port: int, place: Path = Path(), **more: Any) -> MllpSender:
    return MllpSender.of(CLINIC, {"kind": "mllp", "name": "out", "host": "127.0.0.1", "port": port, "seconds": 2, **more}, place)


@pytest.mark.parametrize(
    ("code", "ends", "expected"),
    [
        ("AA", "", "AA"), ("AE", "", ("DE-002", True)), ("AR", "", ("DE-002", False)),
        ("CA", "|||AL|NE", "CA"), ("CE", "|||AL|NE", ("DE-002", True)), ("CR", "|||AL|NE", ("DE-002", False)),
        ("CA", "|||AL|", "CA"), ("XX", "", ("DE-017", True)),
    ],
)  # fmt: skip
def test_the_acknowledgement_decides(code: str, ends: str, expected: object) -> None:
    with hl7_server(lambda m: [m.create_ack(code)]) as (port, got):
        sender = mllp(port)
        if isinstance(expected, str):
            assert [sender.send(message(str(n), ends), ID) for n in range(3)] == [expected] * 3
            assert [m.split("|")[9] for m in got] == ["0", "1", "2"]
        else:
            assert refusal(sender, message("77", ends)) == expected
        sender.close()


def test_in_enhanced_mode_the_application_has_the_last_word() -> None:
    with hl7_server(lambda m: [m.create_ack("CA"), m.create_ack("AR")]) as (port, _):
        assert refusal(mllp(port), message("7", "|||AL|AL")) == ("DE-002", False)
    with hl7_server(lambda m: [m.create_ack("CA"), m.create_ack("AA")]) as (port, _):
        assert mllp(port).send(message("7", "|||AL|AL"), ID) == "AA"


def test_an_answer_to_another_message_is_not_taken_for_this_one() -> None:
    def late(m: Any) -> list[Any]:
        other = hl7.parse(message("other").content.decode())
        return [other.create_ack("AR"), m.create_ack("AA")]

    with hl7_server(late) as (port, _):
        assert mllp(port).send(message(), ID) == "AA"


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(5)

        def serve() -> None:
            while True:
                try:
                    client, _ = door.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(client,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield door.getsockname()[1]


def test_half_open_slow_endless_and_rude_receivers_are_left_in_time() -> None:
    def silent(client: socket.socket) -> None:
        client.recv(100)
        threading.Event().wait(5)
        client.close()

    def endless(client: socket.socket) -> None:
        try:
            while True:
                client.sendall(b"x" * 10_000)
        except OSError:
            pass

    def rude(client: socket.socket) -> None:
        client.recv(10)
        client.close()

    def nonsense(client: socket.socket) -> None:
        client.recv(4000)
        client.sendall(BEGIN + b"HTTP/1.1 400 Bad Request" + END + b"\r")

    for talk, expected in ((silent, "DE-001"), (rude, "DE-001"), (endless, "DE-017"), (nonsense, "DE-017")):
        with raw_server(talk) as port:
            assert refusal(mllp(port, seconds=0.3), message()) == (expected, True), talk.__name__
    with socket.create_server(("127.0.0.1", 0)) as door:
        gone = door.getsockname()[1]
    assert refusal(mllp(gone), message()) == ("DE-001", True)


def test_a_connection_that_was_closed_meanwhile_is_opened_anew() -> None:
    def once(client: socket.socket) -> None:
        raw = client.recv(4000)
        number = raw.split(b"|")[9]
        client.sendall(BEGIN + b"MSH|^~\\&|||||||ACK|1|P|2.5\rMSA|AA|" + number + b"\r" + END + b"\r")
        client.close()

    with raw_server(once) as port:
        sender = mllp(port)
        assert [sender.send(message(str(n)), ID) for n in range(3)] == ["AA"] * 3


def test_what_is_no_message_does_not_go_over_mllp() -> None:
    sender = mllp(1)
    smuggled = Outgoing(message().content + END + b"\r" + BEGIN + message("9").content, "x")
    for wrong in (PDF, Outgoing(b"MSH|^~\\&|a\r", "x"), smuggled):
        assert refusal(sender, wrong) == ("DE-018", False)


def test_mllp_over_tls_takes_certificates_of_both_sides(ca: tuple[trustme.CA, Path]) -> None:
    authority, place = ca
    ours = {"ca": "ca.pem", "certificate": "ours.pem", "key": "ours.key"}
    with hl7_server(lambda m: [m.create_ack("AA")], ssl=server_context(authority, clients=True)) as (port, got):
        assert mllp(port, place, **ours).send(message(), ID) == "AA"
        for wrong in (
            ours | {"certificate": "stranger.pem", "key": "stranger.key"},
            {"ca": "ca.pem", "tls": "yes"},
            ours | {"ca": "stranger.pem"},
        ):
            assert refusal(mllp(port, place, **wrong), message()) == ("DE-001", True)
        assert len(got) == 1


# mail


class Mailbox:
    """A mail server of aiosmtpd's; takes mail, or answers what it is told to."""

    def __init__(self, answer: str = "250 OK", recipient: str = "250 OK") -> None:
        self.got: list[tuple[list[str], EmailMessage]] = []
        self.answer, self.recipient = answer, recipient

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=default)
        self.got.append((envelope.rcpt_tos, mail))  # type: ignore[arg-type]
        return self.answer


@contextmanager
def mail_server(box: Mailbox, **options: Any) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    controller = Controller(box, "127.0.0.1", port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def smtp(port: int, place: Path = Path(), **more: Any) -> SmtpSender:
    table = {"kind": "smtp", "name": "out", "host": "127.0.0.1", "port": port, "tls": "no", "from": "vado@region.example",
             "to": ["records@clinic.example"], "seconds": 3, **more}  # fmt: skip
    return SmtpSender.of(CLINIC, table, place)


def test_a_mail_carries_the_bytes_under_an_id_that_stays_the_same() -> None:
    box = Mailbox()
    with mail_server(box) as port:
        assert smtp(port).send(PDF, ID) == smtp(port).send(PDF, ID) == "250"
    assert {m["Message-ID"] for _, m in box.got} == {f"<{ID}@region.example>"}
    to, mail = box.got[0]
    (attached,) = mail.iter_attachments()
    assert (to, mail["From"], mail["Auto-Submitted"]) == (["records@clinic.example"], "vado@region.example", "auto-generated")
    assert (attached.get_content(), attached.get_content_type()) == (PDF.content, "application/pdf")
    assert mail["Disposition-Notification-To"] is None, "a receipt of reading is asked for only where the channel says so"
    with mail_server(box) as port:
        smtp(port, receipt=True).send(PDF, ID)
    assert box.got[-1][1]["Disposition-Notification-To"] == "vado@region.example"


def test_a_letter_that_is_a_mail_already_goes_as_it_is_but_for_its_envelope() -> None:
    letter = EmailMessage()
    letter["Subject"], letter["To"], letter["Bcc"] = "Summary", "somebody@else.example", "third@else.example"
    letter.set_content("Dear colleague,\n")
    box = Mailbox()
    with mail_server(box) as port:
        smtp(port).send(Outgoing(letter.as_bytes(), "message/rfc822"), ID)
    to, mail = box.got[0]
    assert to == ["records@clinic.example"]
    assert (mail["To"], mail["Bcc"], mail["Subject"]) == ("records@clinic.example", None, "Summary")
    assert mail.get_content().splitlines() == ["Dear colleague,"]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Mailbox("451 try later"), ("DE-002", True)), (Mailbox("554 never"), ("DE-002", False)),
        (Mailbox(recipient="550 no such"), ("DE-002", False)), (Mailbox(recipient="450 busy"), ("DE-002", True)),
    ],
)  # fmt: skip
def test_a_mail_server_says_later_or_never(box: Mailbox, expected: tuple[str, bool]) -> None:
    with mail_server(box) as port:
        assert refusal(smtp(port), PDF) == expected


def test_a_mail_server_that_is_away_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        assert refusal(smtp(port, seconds=0.2), PDF) == ("DE-001", True), "it answers nothing"
    assert refusal(smtp(port), PDF) == ("DE-001", True)


def test_mail_over_tls_signs_in_with_a_password_from_a_file(ca: tuple[trustme.CA, Path]) -> None:
    authority, place = ca
    box = Mailbox()

    def known(server: Any, session: Any, envelope: Any, mechanism: str, said: Any) -> AuthResult:
        return AuthResult(success=(said.login, said.password) == (b"vado", b"s3cret"), handled=False)

    options = {"tls_context": server_context(authority), "require_starttls": True, "authenticator": known, "auth_required": True}
    with mail_server(box, **options) as port:
        signed = {"tls": "starttls", "ca": "ca.pem", "user": "vado", "password_file": "password"}
        (place / "password").write_text("s3cret\n")
        assert smtp(port, place, **signed).send(PDF, ID) == "250"
        (place / "password").write_text("wrong\n")
        assert refusal(smtp(port, place, **signed), PDF) == ("DE-022", True)
        assert refusal(smtp(port, place, **(signed | {"password_file": "none"})), PDF) == ("DE-022", True)
        assert refusal(smtp(port, place, **(signed | {"ca": "stranger.pem"})), PDF) == ("DE-001", True)
    assert len(box.got) == 1


# HTTPS


class Web:
    """A web server that notes what it gets and answers what it is told to."""

    def __init__(self) -> None:
        self.status, self.headers, self.got = 201, dict[str, str](), list[tuple[str, dict[str, str], bytes]]()


@contextmanager
def web_server(web: Web, context: ssl.SSLContext | None = None) -> Iterator[int]:
    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            web.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(web.status)
            for name, value in web.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def http(url: str, place: Path = Path(), **more: Any) -> HttpSender:
    return HttpSender.of(CLINIC, {"kind": "https", "name": "out", "url": url, "seconds": 2, **more}, place)


def test_a_document_is_posted_once_however_often_it_is_tried(ca: tuple[trustme.CA, Path]) -> None:
    authority, place = ca
    (place / "token").write_text("t0ken\n")
    web = Web()
    with web_server(web, server_context(authority, clients=True)) as port:
        sender = http(
            f"https://localhost:{port}/fhir/Bundle",
            place,
            ca="ca.pem",
            certificate="ours.pem",
            key="ours.key",
            token_file="token",
        )
        assert [sender.send(DOCUMENT, ID) for _ in range(2)] == ["201", "201"]
        sender.close()
        assert refusal(http(f"https://localhost:{port}/", place, ca="ca.pem"), DOCUMENT) == ("DE-001", True), (
            "without certificate"
        )
        assert refusal(http(f"https://localhost:{port}/", place), DOCUMENT) == ("DE-001", True), "an unknown authority"
    path, headers, body = web.got[0]
    assert (path, body, headers["content-type"]) == ("/fhir/Bundle", DOCUMENT.content, "application/fhir+json")
    assert headers["if-none-exist"] == "identifier=urn%3Aietf%3Arfc%3A3986%7Curn%3Auuid%3A1"
    assert (headers["idempotency-key"], headers["authorization"]) == (f'"{ID}"', "Bearer t0ken")
    assert len(web.got) == 2 and web.got[0][1] == web.got[1][1]


def test_an_upload_is_a_form_as_browsers_send_it() -> None:
    web = Web()
    with web_server(web) as port:
        assert http(f"http://127.0.0.1:{port}/in", **{"as": "upload", "field": "document"}).send(PDF, ID) == "201"
    _, headers, body = web.got[0]
    assert headers["content-type"].startswith("multipart/form-data") and PDF.content in body
    assert f'name="document"; filename="{ID}-summary.pdf"'.encode() in body


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, "200"), (204, "204"), (400, ("DE-002", False)), (422, ("DE-002", False)), (429, ("DE-002", True)),
        (500, ("DE-002", True)), (503, ("DE-002", True)), (401, ("DE-022", True)), (404, ("DE-022", True)),
    ],
)  # fmt: skip
def test_a_status_decides(status: int, expected: object) -> None:
    web = Web()
    web.status = status
    with web_server(web) as port:
        sender = http(f"http://127.0.0.1:{port}/")
        if isinstance(expected, str):
            assert sender.send(DOCUMENT, ID) == expected
        else:
            assert refusal(sender, DOCUMENT) == expected


def test_nobody_is_followed_elsewhere() -> None:
    inside, outside = Web(), Web()
    with web_server(inside) as secret_port, web_server(outside) as port:
        for outside.status in (301, 302, 307, 308):
            outside.headers = {"Location": f"http://127.0.0.1:{secret_port}/latest/meta-data"}
            assert refusal(http(f"http://127.0.0.1:{port}/"), DOCUMENT) == ("DE-023", False)
    assert inside.got == []


def test_names_that_lead_to_odd_addresses_are_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    sender = http("https://clinic.example/fhir")
    for address in ("127.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:127.0.0.1", "0.0.0.0", "224.0.0.1"):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, address=address, **__: [(0, 0, 0, "", (address, 443))])
        assert refusal(sender, DOCUMENT) == ("DE-023", False), address
    assert not forbidden("clinic.example", ["10.1.2.3", "93.184.216.34"])


# settings


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (FolderSender, {}), (FolderSender, {"folder": "a", "colour": "red"}), (FolderSender, {"folder": 5}),
        (MllpSender, {"host": "clinic.example", "port": 2575, "tls": "no"}), (MllpSender, {"host": "127.0.0.1", "port": 0}),
        (MllpSender, {"host": "127.0.0.1", "port": 1, "seconds": 9999}), (MllpSender, {"host": "127.0.0.1", "port": 1, "certificate": "x"}),
        (MllpSender, {"host": "127.0.0.1", "port": 1, "certificate": "x", "key": "y"}),
        (SmtpSender, {"host": "mail.example", "tls": "no", "from": "a@b", "to": ["c@d"]}),
        (SmtpSender, {"host": "localhost", "from": "a@b", "to": ["c@d"], "receipt": "yes"}),
        (SmtpSender, {"host": "localhost", "from": "a@b\nBcc: x@y", "to": ["c@d"]}), (SmtpSender, {"host": "localhost", "from": "a@b", "to": []}),
        (SmtpSender, {"host": "localhost", "from": "a@b", "to": ["c@d"], "user": "x"}), (SmtpSender, {"host": "localhost", "from": "a", "to": ["c@d"]}),
        (HttpSender, {"url": "http://clinic.example/"}), (HttpSender, {"url": "https://user:password@clinic.example/"}),
        (HttpSender, {"url": "https://169.254.169.254/"}), (HttpSender, {"url": "file:///etc/passwd"}), (HttpSender, {"url": "https://[fe80::1]/"}),
        (HttpSender, {"url": "https://clinic.example/", "as": "telepathy"}),
    ],
)  # fmt: skip
def test_a_channel_that_is_wrong_stops_the_start(kind: Any, table: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"CO-00[12].*clinic\.toml"):
        kind.of(CLINIC, {"kind": "x", "name": "out", **table}, tmp_path)
