"""SMTP as senders speak it, well and badly: what each of them is told, and what is kept."""

import contextlib
import smtplib
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme

from channel_doubles import Kept
from vado.channels.circle import refuse_circle
from vado.channels.smtp import MailDoor, Receiver, by_port, read
from vado.errors import NotTaken, SettingsError
from vado.model.original import PartnerId, stable_id

OURS = stable_id("a", "delivery")
LAB, CLINIC = PartnerId("lab"), PartnerId("clinic")


def door(partner: PartnerId = LAB, recipients: tuple[str, ...] = ("lab@vado.example",), **keys: Any) -> MailDoor:
    return MailDoor(partner=partner, name="smtp", recipients=recipients, port=keys.pop("port", 0), **keys)


def mail(subject: str = "Result", body: str = "Hemoglobin 12,1 g/dl\n", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "scanner@lab.example", "lab@vado.example", subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message.as_bytes()


class Open:
    """A receiver that is open, and what it heard."""

    def __init__(self, *doors: MailDoor) -> None:
        self.kept, self.heard = Kept(), Counter[tuple[str, str]]()
        self._receiver = Receiver(
            doors or (door(),), self.kept.take, lambda d, code: self.heard.update([(d.partner, code)]), self.kept.opened
        )

    def __enter__(self) -> "Open":
        self._receiver.__enter__()
        (self.port,) = self._receiver.ports.values()
        return self

    def __exit__(self, *_: object) -> None:
        self._receiver.__exit__()

    def client(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, timeout=10)

    def send(self, content: bytes, *to: str) -> None:
        with self.client() as client:
            client.sendmail("scanner@lab.example", list(to or ("lab@vado.example",)), crlf(content))


@pytest.fixture
def here() -> Iterator[Open]:
    with Open() as found:
        yield found


def crlf(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_a_mail_is_kept_whole_and_byte_for_byte(here: Open) -> None:
    content = mail(body=".a line that begins with a dot\n..two\n" + "x" * 3000 + "\n")
    here.send(content)
    (arrival,) = here.kept.all
    assert (arrival.partner, arrival.channel, arrival.content) == (LAB, "smtp", crlf(content))
    assert here.heard == {(LAB, ""): 1}


def test_the_partner_is_chosen_by_recipient() -> None:
    with Open(door(), door(CLINIC, ("@clinic.vado.example",))) as here:
        here.send(mail(), "LAB@vado.example")
        here.send(mail("two"), "anything@clinic.vado.example", "lab@vado.example")
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            here.send(mail(), "somebody@vado.example")
        assert refused.value.recipients["somebody@vado.example"][0] == 550
        assert Counter(a.partner for a in here.kept.all) == {LAB: 2, CLINIC: 1}


def test_nothing_is_said_to_be_kept_that_is_not(here: Open) -> None:
    here.kept.down = True
    with pytest.raises(smtplib.SMTPDataError) as refused:
        here.send(mail())
    assert refused.value.smtp_code == 451
    here.kept.down = False
    here.send(mail())
    assert len(here.kept.all) == 1 and here.heard == {(LAB, "ST-001"): 1, (LAB, ""): 1}


def test_a_sender_outside_the_networks_is_refused() -> None:
    with Open(door(networks=("10.0.0.0/8",))) as here:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            here.send(mail())
        assert refused.value.recipients["lab@vado.example"][0] == 550 and here.kept.all == []


def test_too_big_is_refused_before_and_after() -> None:
    with Open(door(megabytes=1)) as here:
        with pytest.raises(smtplib.SMTPSenderRefused) as early:
            here.send(b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n" + b"y" * 1_100_000)
        assert early.value.smtp_code == 552
        with here.client() as client:
            client.ehlo()
            client.mail("a@lab.example"), client.rcpt("lab@vado.example")
            code, _ = client.data((b"z" * 998 + b"\r\n") * 1200)
            assert code == 552
        assert here.kept.all == []
        here.send(mail())
        assert len(here.kept.all) == 1


def test_a_line_that_never_ends_is_hung_up_on() -> None:
    with Open(door(megabytes=1)) as here, socket.create_connection(("127.0.0.1", here.port), timeout=10) as talk:
        talk.sendall(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<lab@vado.example>\r\nDATA\r\n")
        with pytest.raises(OSError):
            for _ in range(200):
                talk.sendall(b"x" * 100_000)
                time.sleep(0.005)
        here.send(mail())
        assert len(here.kept.all) == 1


def test_a_slow_sender_is_hung_up_on() -> None:
    with Open(door(seconds=0.4)) as here, socket.create_connection(("127.0.0.1", here.port), timeout=10) as talk:
        talk.sendall(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<lab@vado.example>\r\nDATA\r\n")
        begun = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() - begun < 8:
                talk.sendall(b"x\r\n")
                time.sleep(0.05)
        assert time.monotonic() - begun < 4
        assert here.kept.all == []


def test_too_many_connections_are_turned_away_and_others_go_on(here: Open) -> None:
    held = [socket.create_connection(("127.0.0.1", here.port), timeout=5) for _ in range(10)]
    for talk in held:
        assert talk.recv(3) == b"220"
    with socket.create_connection(("127.0.0.1", here.port), timeout=5) as one_more:
        assert one_more.recv(100).startswith(b"421")
    for talk in held:
        talk.close()
    until = time.monotonic() + 5
    while time.monotonic() < until and not here.kept.all:
        with contextlib.suppress(smtplib.SMTPConnectError):
            here.send(mail())
    assert len(here.kept.all) == 1


def test_half_a_mail_is_none(here: Open) -> None:
    with socket.create_connection(("127.0.0.1", here.port), timeout=5) as talk:
        talk.sendall(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<lab@vado.example>\r\nDATA\r\nSubject: half\r\n\r\nab")
        time.sleep(0.2)
    time.sleep(0.2)
    assert here.kept.all == []


def test_smuggled_mails_stay_one(here: Open) -> None:
    """A second mail behind a bare line feed and dot (CVE-2023-51764 and its kin) is no mail of its own."""
    with here.client() as client:
        client.ehlo()
        client.mail("a@lab.example"), client.rcpt("lab@vado.example")
        client.putcmd("DATA"), client.getreply()
        client.send(
            b"Subject: one\r\n\r\nx\n.\nMAIL FROM:<evil@x.example>\r\nRCPT TO:<lab@vado.example>\r\nDATA\r\nSubject: two\r\n\r\n.\r\n"
        )
        assert client.getreply()[0] == 250
    assert len(here.kept.all) == 1


def test_tls_is_asked_for_where_there_is_a_certificate(tmp_path: Path) -> None:
    authority, certificate, key = trustme.CA(), tmp_path / "c.pem", tmp_path / "k.pem"
    ours = authority.issue_cert("localhost")
    ours.private_key_pem.write_to_path(key)
    for blob in ours.cert_chain_pems:
        blob.write_to_path(certificate, append=True)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with Open(door(certificate=certificate, key=key)) as here:
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            here.send(mail())
        assert refused.value.smtp_code == 530
        with smtplib.SMTP("localhost", here.port, timeout=5) as client:
            client.starttls(context=context)
            client.sendmail("a@lab.example", ["lab@vado.example"], mail())
        assert len(here.kept.all) == 1
    with Open(door(certificate=certificate, key=key, tls="implicit")) as here:
        with smtplib.SMTP_SSL("localhost", here.port, timeout=5, context=context) as client:
            client.sendmail("a@lab.example", ["lab@vado.example"], mail())
        assert len(here.kept.all) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated; x=y"}, {"Auto_Submitted": "auto-notified"},
        {"Message_ID": f"<{OURS}@VADO.example>"},
    ],
)  # fmt: skip
def test_mail_that_goes_in_a_circle_is_refused(headers: dict[str, str]) -> None:
    with Open(door(ours=("vado.example",))) as here:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            here.send(mail(**headers))
        assert refused.value.smtp_code == 554 and b"CH-004" in refused.value.smtp_error
        assert here.kept.all == [] and here.heard == {(LAB, "CH-004"): 1}


def test_what_is_a_circle_and_what_is_none() -> None:
    refuse_circle(mail(Auto_Submitted="no"), automatic=False)
    refuse_circle(mail(Auto_Submitted="auto-generated"), automatic=True)
    refuse_circle(b"Received: x\r\n" * 30 + mail(), automatic=False)
    refuse_circle(b"\xff\xfe not a mail at all", automatic=False)
    refuse_circle(mail(Message_ID="<a@vado.example>"), automatic=False, ours=["vado.example"])
    refuse_circle(mail(Message_ID=f"<{OURS}@other.example>"), automatic=False, ours=["vado.example"])
    refuse_circle(mail(In_Reply_To=f"<{OURS}@vado.example>"), automatic=False, ours=["vado.example"])  # somebody answers us
    refuse_circle(mail(body="Auto-Submitted: auto-replied\n"), automatic=False)
    report = b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x--\r\n"
    for circle in (b"Received: x\r\n" * 31 + mail(), report):
        with pytest.raises(NotTaken):
            refuse_circle(circle, automatic=True)
    with pytest.raises(NotTaken):
        refuse_circle(mail(Auto_Submitted="auto-replied"), automatic=True)


def receipt(delivery: str = OURS, shown: str = "displayed", kind: str = "disposition-notification") -> bytes:
    """Give a receipt of reading as mail programs write it (RFC 8098, appendix A)."""
    lines = [
        "From: Lab <a@lab.example>", "To: vado@vado.example", "Subject: Disposition notification", "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"', "Auto-Submitted: auto-replied", "",
        "--b", "", "The message has been displayed. This is no guarantee that it has been read.", "",
        "--b", f"Content-Type: message/{kind}", "", "Reporting-UA: lab.example; Mail 1.0",
        "Final-Recipient: rfc822;a@lab.example", f"Original-Message-ID: <{delivery}@vado.example>",
        f"Disposition: manual-action/MDN-sent-manually; {shown}", "", "--b--", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def test_a_receipt_of_reading_says_which_delivery_was_opened_and_is_no_original() -> None:
    with Open(door(ours=("vado.example",))) as here:
        here.send(receipt())
        assert (here.kept.receipts, here.kept.all) == ([(LAB, OURS)], [])
        for no_receipt in (receipt(shown="deleted"), receipt(kind="delivery-status"), receipt("not one of ours")):
            with pytest.raises(smtplib.SMTPDataError, match="CH-004"):
                here.send(no_receipt)
    with Open(door(ours=("other.example",))) as here, pytest.raises(smtplib.SMTPDataError, match="CH-004"):
        here.send(receipt())
    assert here.kept.receipts == []


def test_what_a_sender_says_is_not_logged(here: Open, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_connection(("127.0.0.1", here.port), timeout=5) as talk:
        talk.sendall(b"EHLO x\r\nGarciaLopez 12345678Z\r\nMAIL FROM:<garcialopez@x.example>\r\nRCPT TO:<other@x.example>\r\n")
        talk.sendall(b"DATA\r\nSubject: GarciaLopez\r\n" * 3 + b"QUIT\r\n")
        while talk.recv(4000):
            pass
    with contextlib.suppress(smtplib.SMTPDataError):
        here.send(mail("GarciaLopez", Auto_Submitted="auto-replied"))
    assert "garcialopez" not in caplog.text.casefold()


def test_many_at_once_are_all_kept() -> None:
    with Open() as here:
        threads = [threading.Thread(target=here.send, args=(mail(str(n)),)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(set(here.kept.contents)) == 8


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 25}, {"port": 25, "recipients": []}, {"port": 25, "recipients": ["lab"]}, {"recipients": ["a@b"]},
        {"port": 25, "recipients": ["a@b"], "host": "0.0.0.0"},
        {"port": 25, "recipients": ["a@b"], "host": "0.0.0.0", "plain": True},
        {"port": 25, "recipients": ["a@b"], "host": "0.0.0.0", "networks": ["10.0.0.0/8"]},
        {"port": 25, "recipients": ["a@b"], "networks": ["10.0.0.0/99"]}, {"port": 25, "recipients": ["a@b"], "certificate": "c.pem"},
        {"port": 25, "recipients": ["a@b"], "tls": "no"}, {"port": 25, "recipients": ["a@b"], "user": "x"},
    ],
)  # fmt: skip
def test_a_wrong_channel_stops_the_start(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        read(LAB, {"kind": "smtp", **wrong}, tmp_path)


def test_one_address_for_two_partners_stops_the_start() -> None:
    with pytest.raises(SettingsError):
        by_port([door(), door(CLINIC, ("LAB@vado.example",))])
    with pytest.raises(SettingsError):
        by_port([door(), door(CLINIC, ("@c.example",), plain=True)])


def test_a_port_in_use_stops_the_start() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with (
            pytest.raises(SettingsError),
            Receiver([door(port=taken.getsockname()[1])], Kept().take, lambda *_: None, Kept().opened),
        ):
            pass
