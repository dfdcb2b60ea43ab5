"""IMAP against servers nobody here wrote: pymap, which comes with the test requirements, and Dovecot where it is installed."""

import imaplib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import trustme

from channel_doubles import Kept, free_port, wait_for
from vado.channels.check import check_way
from vado.channels.imap import Mailbox, MailboxSource, _mailbox, read
from vado.channels.pull import Puller
from vado.errors import SettingsError
from vado.model.original import PartnerId

LAB = PartnerId("lab")
DOVECOT = """
protocols = imap
listen = 127.0.0.1
base_dir = {home}/run
log_path = {home}/log
auth_failure_delay = 0
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
mail_location = maildir:{home}/mail
passdb {{
  driver = static
  args = password=geheim-ñ
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={home}
}}
first_valid_uid = 0
first_valid_gid = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""


@dataclass(frozen=True)
class Server:
    way: Mailbox
    context: ssl.SSLContext
    password: str

    def client(self) -> imaplib.IMAP4:
        if self.way.tls == "implicit":
            client: imaplib.IMAP4 = imaplib.IMAP4_SSL(self.way.host, self.way.port, ssl_context=self.context)
        else:
            client = imaplib.IMAP4(self.way.host, self.way.port)
            client.starttls(self.context)
        client.authenticate("PLAIN", lambda _: b"\0".join((b"", self.way.user.encode(), self.password.encode())))
        return client

    def deliver(self, *mails: bytes, folder: str = "INBOX") -> None:
        client = self.client()
        for mail in mails:
            assert client.append(folder, "", imaplib.Time2Internaldate(time.time()), mail)[0] == "OK"
        client.logout()

    def search(self, folder: str, what: str) -> list[bytes]:
        client = self.client()
        client.select(f'"{folder}"', readonly=True)
        found = [client.fetch(n.decode(), "(BODY.PEEK[])")[1][0][1] for n in client.search(None, what)[1][0].split()]
        client.logout()
        return found

    def empty(self) -> None:
        client = self.client()
        for folder in ("INBOX", "Taken", "Refused"):
            said, count = client.select(folder)
            if said == "OK" and count != [b"0"]:
                client.store("1:*", "+FLAGS", r"(\Deleted)")
                client.expunge()
        client.logout()


@pytest.fixture(scope="module", params=["pymap", "dovecot-starttls", "dovecot"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with TemporaryDirectory(prefix="vado-imap-") as home:  # not pytest's: another session shuts those to other accounts
        yield from served(request.param, Path(home))


def served(kind: str, home: Path) -> Iterator[Server]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(home / "ca.pem")
    ours = authority.issue_cert("localhost")
    ours.private_key_pem.write_to_path(home / "key.pem")
    for blob in ours.cert_chain_pems:
        blob.write_to_path(home / "cert.pem", append=True)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    port, tls_port = free_port(), free_port()
    if kind == "pymap":
        pytest.importorskip("pymap")
        password, user, tls = "geheim", "lab", "starttls"
        command = [sys.executable, "-c", "from pymap.main import main; main()", "--host", "127.0.0.1", "--port", str(port), "--cert", str(home / "cert.pem"),
                   "--key", str(home / "key.pem"), "dict", "--demo-data", "--demo-user", user, "--demo-password", password]  # fmt: skip
    else:
        if not shutil.which("dovecot") or os.getuid() != 0:
            pytest.skip("no Dovecot here (apt-get install dovecot-imapd, and run as root): pymap alone is asked")
        password, user = "geheim-ñ", "lab"
        tls = "starttls" if kind.endswith("starttls") else "implicit"
        home.chmod(0o755)
        (home / "mail").mkdir()
        shutil.chown(home / "mail", "mail", "mail")
        (home / "dovecot.conf").write_text(DOVECOT.format(home=home, port=port, tls_port=tls_port))
        command = ["dovecot", "-F", "-c", str(home / "dovecot.conf")]
    (home / "password").write_text(password + "\n")
    (home / "password").chmod(0o600)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=(home / "err").open("wb"))
    way = Mailbox(
        partner=LAB, name="imap", host="localhost", user=user, password=home / "password", tls=tls, ca=home / "ca.pem",
        port=tls_port if tls == "implicit" else port,
    )  # fmt: skip
    try:
        wait_for(way.port, process)
        yield Server(way, context, password)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def fresh(server: Server) -> Server:
    server.empty()
    return server


def mail(n: int, **headers: str) -> bytes:
    extra = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
    return f"From: a@lab.example\r\nTo: b@vado.example\r\nSubject: Result {n}\r\nMessage-ID: <{n}@lab.example>\r\n{extra}\r\nHb {n}\r\n".encode()


def pull(server: Server, kept: Kept, **keys: Any) -> Puller:
    way = replace(server.way, **keys)
    return Puller(way, MailboxSource(way), kept)


def test_unseen_mails_are_taken_whole_and_marked(fresh: Server) -> None:
    kept = Kept()
    fresh.deliver(mail(1), mail(2))
    channel = pull(fresh, kept)
    assert channel.round() == ""
    assert kept.contents == [mail(1), mail(2)] and kept.all[0].channel == "imap"
    assert channel.round() == "" and len(kept.all) == 2
    fresh.deliver(mail(3))
    assert channel.round() == "" and kept.contents[2:] == [mail(3)]
    assert fresh.search("INBOX", "UNSEEN") == [] and len(fresh.search("INBOX", "ALL")) == 3


def test_taken_mails_are_moved_and_nobody_elses_is_expunged(fresh: Server) -> None:
    kept = Kept()
    fresh.deliver(mail(1), mail(2), mail(3))
    client = fresh.client()
    client.select("INBOX")
    client.store("2", "+FLAGS", r"(\Deleted)")  # somebody else's mark
    client.store("3", "+FLAGS", r"(\Seen)")  # somebody has opened it
    client.logout()
    assert pull(fresh, kept, done="Taken", seen=True).round() == ""
    assert kept.contents == [mail(1), mail(3)]
    assert sorted(fresh.search("Taken", "ALL")) == [mail(1), mail(3)]
    assert fresh.search("INBOX", "ALL") == [mail(2)]


def test_nothing_is_marked_before_it_is_durable(fresh: Server) -> None:
    kept = Kept()
    kept.down = True
    fresh.deliver(mail(1))
    channel = pull(fresh, kept)
    assert channel.round() == "ST-001"
    assert fresh.search("INBOX", "UNSEEN") == [mail(1)]
    kept.down = False
    assert channel.round() == "" and kept.contents == [mail(1)]


def test_circles_and_mails_too_big_are_put_aside(fresh: Server) -> None:
    kept = Kept()
    fresh.deliver(mail(1, Auto_Submitted="auto-replied"), mail(2) + b"x" * 1_100_000, mail(3))
    channel = pull(fresh, kept, megabytes=1, failed="Refused", done="Taken")
    assert channel.round() == ""
    assert kept.contents == [mail(3)] and channel.pulse.health.refused == 2
    assert len(fresh.search("Refused", "ALL")) == 2 and fresh.search("INBOX", "ALL") == []
    fresh.deliver(mail(4, Auto_Submitted="auto-replied"))
    assert pull(fresh, kept).round() == ""
    assert len(fresh.search("INBOX", "FLAGGED SEEN")) == 1


def test_a_receipt_of_reading_is_noted_and_moved_like_what_was_taken(fresh: Server) -> None:
    kept, own = Kept(), "a" * 32
    said = f"Original-Message-ID: <{own}@vado.example>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n"
    head = b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n"
    part = f"--b\r\nContent-Type: message/disposition-notification\r\n\r\n{said}\r\n--b--\r\n"
    fresh.deliver(head + part.encode(), mail(1))
    channel = pull(fresh, kept, done="Taken", ours=("vado.example",))
    assert channel.round() == "" and channel.pulse.health.refused == 0
    assert (kept.contents, [d for _, d in kept.receipts]) == ([mail(1)], [own])
    assert len(fresh.search("Taken", "ALL")) == 2


def test_a_wrong_password_or_certificate_is_said(fresh: Server, tmp_path: Path) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("other")
    wrong.chmod(0o600)
    assert pull(fresh, Kept(), password=wrong).round() == "CH-006"
    wrong.chmod(0o644)
    assert pull(fresh, Kept(), password=wrong).round() == "CH-007"
    assert pull(fresh, Kept(), ca=None).round() == "CH-005"
    assert pull(fresh, Kept(), folder="Nowhere").round() == "CH-008"
    assert pull(fresh, Kept(), port=free_port()).round() == "CH-001"


def test_a_check_says_what_waits_and_until_when_the_certificate_is_valid(fresh: Server, tmp_path: Path) -> None:
    fresh.deliver(mail(1))
    found = list(check_way("imap", fresh.way, tmp_path))
    assert all(f.good for f in found) and any(dict(f.slots).get("count") == "1" for f in found)
    assert any("valid until" in f.says or "ends soon" in f.says for f in found)
    assert fresh.search("INBOX", "UNSEEN") == [mail(1)], "a check marks nothing"
    (bad,) = [f for f in check_way("imap", replace(fresh.way, ca=None), tmp_path) if not f.good]
    assert bad.code == "CH-005"


def scripted(answers: Callable[[bytes], bytes]) -> tuple[int, threading.Thread]:
    """A server that says what it is told to, for what no honest one says."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        talk, _ = door.accept()
        with door, talk, talk.makefile("rb") as lines:
            talk.sendall(b"* OK [CAPABILITY IMAP4rev1 MOVE] here\r\n")
            for line in lines:
                try:
                    talk.sendall(answers(line))
                except OSError:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return door.getsockname()[1], thread


def hostile(tmp_path: Path, script: dict[bytes, bytes], validity: int = 1) -> Mailbox:
    def answers(line: bytes) -> bytes:
        tag, _, rest = line.strip().partition(b" ")
        said = next((v for k, v in script.items() if k in rest.upper()), b"")
        if b"SELECT" in rest:
            said = b"* OK [UIDVALIDITY %d] numbers\r\n" % validity
        return said.replace(b"\xff", b"") if b"\xff" in said else said + tag + b" OK done\r\n"

    port, _ = scripted(answers)
    (tmp_path / "password").write_text("x")
    (tmp_path / "password").chmod(0o600)
    return Mailbox(partner=LAB, name="imap", host="127.0.0.1", user="lab", password=tmp_path / "password", tls="none", port=port)


def test_a_server_that_announces_a_mail_without_end_is_left(tmp_path: Path) -> None:
    script = {
        b"CAPABILITY": b"* CAPABILITY IMAP4rev1 MOVE\r\n", b"SEARCH": b"* SEARCH 7\r\n",
        b"RFC822.SIZE": b"* 1 FETCH (UID 7 RFC822.SIZE 10)\r\n", b"BODY.PEEK": b"\xff* 1 FETCH (UID 7 BODY[] {2000000000}\r\n",
    }  # fmt: skip
    way, kept = hostile(tmp_path, script), Kept()
    assert Puller(way, MailboxSource(way), kept).round() == "CH-001"
    assert kept.all == []


def test_a_mail_that_cannot_be_marked_is_taken_once_until_the_mailbox_numbers_anew(tmp_path: Path) -> None:
    script = {
        b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n", b"SEARCH": b"* SEARCH 7\r\n",
        b"RFC822.SIZE": b"* 1 FETCH (UID 7 RFC822.SIZE 12)\r\n", b"BODY.PEEK": b"* 1 FETCH (UID 7 BODY[] {12}\r\nSubject: x\r\n)\r\n",
    }  # fmt: skip
    kept = Kept()
    first = hostile(tmp_path, script)
    source = MailboxSource(first)

    def again(validity: int) -> str:
        def refuse(line: bytes) -> bytes:
            tag, _, rest = line.strip().partition(b" ")
            if b"STORE" in rest:
                return tag + b" NO read-only\r\n"
            if b"SELECT" in rest:
                return b"* OK [UIDVALIDITY %d] numbers\r\n" % validity + tag + b" OK done\r\n"
            return next((v for k, v in script.items() if k in rest.upper()), b"") + tag + b" OK done\r\n"

        source._way = replace(first, port=scripted(refuse)[0])
        return Puller(source._way, source, kept).round()

    assert (again(1), len(kept.all)) == ("CH-009", 1)
    assert (again(1), len(kept.all)) == ("CH-009", 1)
    assert (again(2), len(kept.all)) == ("CH-009", 2)


def test_names_of_folders() -> None:
    assert _mailbox("INBOX") == '"INBOX"' and _mailbox('a"b\\c&d') == '"a\\"b\\\\c&-d"'
    assert _mailbox("Enviados ñ") == '"Enviados &APE-"'
    assert _mailbox("台北") == '"&U,BTFw-"'  # RFC 3501, 5.1.3


@pytest.mark.parametrize(
    "wrong",
    [{}, {"tls": "none"}, {"tls": "maybe"}, {"seen": True}, {"folder": "a\r\nb"}, {"pasword": "x"}, {"port": "993"}],
)  # fmt: skip
def test_a_wrong_channel_stops_the_start(tmp_path: Path, wrong: dict[str, Any]) -> None:
    table = {"kind": "imap", "host": "mail.example", "user": "u", "password": "p", **wrong}
    if not wrong:
        del table["host"]
    with pytest.raises(SettingsError):
        read(LAB, table, tmp_path)
