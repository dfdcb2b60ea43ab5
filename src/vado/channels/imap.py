"""A mailbox that Vado fetches from by IMAP: each mail is handed on whole, and marked or moved only when it is durable.

What has been taken is known by the server's own marks, so a stop loses nothing: a mail that was taken and not yet marked is
taken again, and the same bytes of the same partner change nothing. Numbers of mails (UID) are used only within one connection,
and dropped when the mailbox says that it numbers anew (UIDVALIDITY).
Sources: RFC 3501 (IMAP4rev1), RFC 6851 (MOVE), RFC 4315 (UIDPLUS).
"""

import imaplib
import re
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from vado.channels.circle import refuse_circle
from vado.channels.said import PullWay, read_way, secret
from vado.errors import NotTaken, Unreachable
from vado.model.original import PartnerId

_SECONDS = 30.0  # without a byte from the server
_TOGETHER = 200  # mails whose sizes are asked for at once
_LITERAL = 100_000  # bytes beside the mail itself that an answer may hold
_HERE = ("127.0.0.1", "::1", "localhost")
_UID, _SIZE = re.compile(rb"\bUID (\d+)"), re.compile(rb"\bRFC822\.SIZE (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox(PullWay):
    """How one partner comes in by a mailbox: a [[channel]] of its profile."""

    kind: ClassVar[str] = "imap"
    host: str
    """Name of the IMAP server."""
    user: str
    """Whom we sign in as."""
    password: Path
    """File that holds the password, readable for Vado alone."""
    port: int = 993
    """Port of the server."""
    tls: str = "implicit"
    """"implicit" (port 993), "starttls" (port 143), or "none": only on this machine."""
    ca: Path | None = None
    """Who signs the server's certificate, PEM. Left out: those whom this machine trusts."""
    folder: str = "INBOX"
    """Folder of the mailbox that is looked at."""
    done: str = ""
    """Folder to which a mail is moved when it is durable; made if it is missing. "": it stays, marked as seen."""
    failed: str = ""
    """Folder for mails that are never taken. "": they stay, marked as seen and flagged."""
    seen: bool = False
    """Take also mails that somebody has opened: only with a done folder."""
    automatic: bool = False
    """Take also mail that a machine sends by itself (Auto-Submitted: auto-generated). Automatic answers are never taken."""
    ours: tuple[str, ...] = ()
    """Domains that Vado itself sends mail from: what comes back is not taken. Left out: those of `from` in outgoing channels."""
    megabytes: int = 35
    """Largest mail taken in; a larger one is refused, and counts as failed."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        if self.tls not in ("implicit", "starttls", "none"):
            raise ValueError("tls is implicit, starttls or none")
        if self.tls == "none" and self.host not in _HERE:
            raise ValueError("without TLS only on this machine")
        if self.seen and not self.done:
            raise ValueError("seen = true needs a done folder")
        if any(ord(c) < 32 for text in (self.user, self.folder, self.done, self.failed) for c in text):
            raise ValueError("user and folders hold no control characters")


def read(partner: PartnerId, table: Mapping[str, Any], place: Path) -> Mailbox:
    """Read one [[channel]]. Raises SettingsError CO-001, CO-002."""
    return read_way(Mailbox, partner, table, place)


def source(way: Mailbox, _: Path) -> "MailboxSource":
    """Give what is looked at."""
    return MailboxSource(way)


class MailboxSource:
    """The mails of the folder that are not taken yet."""

    def __init__(self, way: Mailbox) -> None:
        self._way = way
        self._validity = 0
        self._taken: set[int] = set()  # UIDs of what is durable and could not be marked; as long as the numbering holds
        self.waiting = 0

    @contextmanager
    def look(self) -> Iterator[Iterator["MailItem"]]:
        """Sign in, and give the mails in their order. Raises Unreachable CH-001, CH-005, CH-006, CH-008."""
        with _speaking():
            talk = _connect(self._way)
        try:
            with _speaking():
                self._open_folder(talk)
                found = self._found(talk)
            yield self._items(talk, found)
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                talk.logout()

    def _open_folder(self, talk: imaplib.IMAP4) -> None:
        for folder in filter(None, (self._way.done, self._way.failed)):
            talk.create(_mailbox(folder))  # it answers NO where it is there already
        said, _ = talk.select(_mailbox(self._way.folder))
        if said != "OK":
            raise Unreachable("CH-008", fault="the mailbox has no such folder")
        (raw,) = talk.response("UIDVALIDITY")[1] or [None]
        validity = int(raw or 0)
        if validity != self._validity:
            self._taken.clear()
            self._validity = validity

    def _found(self, talk: imaplib.IMAP4) -> list[tuple[int, int]]:
        """Give (UID, bytes) of each mail that is to be taken, oldest first."""
        _, answer = talk.uid("SEARCH", "UNDELETED" if self._way.seen else "UNSEEN UNDELETED")
        uids = sorted(int(n) for n in b" ".join(a for a in answer if a).split())
        sizes: dict[int, int] = {}
        for n in range(0, len(uids), _TOGETHER):
            _, lines = talk.uid("FETCH", ",".join(map(str, uids[n : n + _TOGETHER])), "(UID RFC822.SIZE)")
            for line in lines:
                told = b"".join(line) if isinstance(line, tuple) else line or b""
                if (uid := _UID.search(told)) and (size := _SIZE.search(told)):
                    sizes[int(uid[1])] = int(size[1])
        return [(uid, sizes[uid]) for uid in uids if uid in sizes]

    def _items(self, talk: imaplib.IMAP4, found: list[tuple[int, int]]) -> Iterator["MailItem"]:
        self.waiting = len(found)
        for uid, size in found:
            self.waiting -= 1
            item = MailItem(self._way, talk, uid, size, self._taken)
            if uid in self._taken:
                item.done()
            else:
                yield item


class MailItem:
    """One mail of the folder."""

    exact = False  # servers tell sizes that are a little wrong
    name = ""  # a mail has none; its subject may hold a person's

    def __init__(self, way: Mailbox, talk: imaplib.IMAP4, uid: int, size: int, taken: set[int]) -> None:
        self._way, self._talk, self._uid, self._taken = way, talk, str(uid), taken
        self.size = size

    def open(self) -> BinaryIO:
        """Fetch it without marking it. Raises NotTaken CH-002, CH-004; Unreachable CH-001; Opened."""
        with _speaking():
            _, lines = self._talk.uid("FETCH", self._uid, "(UID BODY.PEEK[])")
        content = next((line[1] for line in lines if isinstance(line, tuple) and b"BODY[]" in line[0].upper()), None)
        if content is None:
            raise Unreachable("CH-001", fault="the mail was not given")
        if len(content) > self._way.megabytes * 1_000_000:
            raise NotTaken("CH-002", megabytes=self._way.megabytes)
        refuse_circle(content, automatic=self._way.automatic, ours=self._way.ours)
        return BytesIO(content)

    def done(self) -> None:
        """Mark it, and move it if that is wished: it is durable. Raises Unreachable CH-009."""
        self._taken.add(int(self._uid))
        self._away(self._way.done, r"(\Seen)")
        self._taken.discard(int(self._uid))

    def failed(self, fault: NotTaken) -> None:
        """Put it aside: it is never taken. Raises Unreachable CH-009."""
        self._away(self._way.failed, r"(\Seen)" if self._way.failed else r"(\Seen \Flagged)")

    def _away(self, folder: str, marks: str) -> None:
        with _speaking():
            self._must(self._talk.uid("STORE", self._uid, "+FLAGS.SILENT", marks))
            if not folder:
                return
            if "MOVE" in self._talk.capabilities:
                self._must(self._talk.uid("MOVE", self._uid, _mailbox(folder)))
                return
            self._must(self._talk.uid("COPY", self._uid, _mailbox(folder)))
            self._must(self._talk.uid("STORE", self._uid, "+FLAGS.SILENT", r"(\Deleted)"))
            if "UIDPLUS" in self._talk.capabilities:  # a plain EXPUNGE would take away what other people have marked
                self._must(self._talk.uid("EXPUNGE", self._uid))

    def _must(self, answer: tuple[str, Any]) -> None:
        if answer[0] != "OK":
            raise Unreachable("CH-009", fault="the mailbox said no")


class _Bounded:
    """An answer of the server is never longer than the largest mail."""

    most = _LITERAL

    def read(self, size: int) -> bytes:
        if size > self.most:
            raise imaplib.IMAP4.abort("longer than it may be")
        return super().read(size)  # pyright: ignore[reportAttributeAccessIssue] - it is mixed into imaplib's classes


class _Tls(_Bounded, imaplib.IMAP4_SSL):
    pass


class _Plain(_Bounded, imaplib.IMAP4):
    pass


def _connect(way: Mailbox) -> imaplib.IMAP4:
    password = secret("password", way.password)
    context = ssl.create_default_context(cafile=way.ca)
    if way.tls == "implicit":
        talk: _Tls | _Plain = _Tls(way.host, way.port, ssl_context=context, timeout=_SECONDS)
    else:
        talk = _Plain(way.host, way.port, timeout=_SECONDS)
    try:
        if way.tls == "starttls":
            talk.starttls(context)
        _sign_in(talk, way.user, password)
    except BaseException:
        with suppress(OSError, imaplib.IMAP4.error):
            talk.shutdown()
        raise
    talk.most = way.megabytes * 1_000_000 + _LITERAL
    return talk


def certificate_until(way: Mailbox) -> datetime | None:
    """Say until when the server's certificate is valid; None: there is no TLS. Raises Unreachable CH-001, CH-005, CH-006."""
    if way.tls == "none":
        return None
    with _speaking():
        talk = _connect(way)
        told = talk.sock.getpeercert() if isinstance(talk.sock, ssl.SSLSocket) else None
        with suppress(OSError, imaplib.IMAP4.error):
            talk.logout()
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC) if told else None


def _sign_in(talk: imaplib.IMAP4, user: str, password: str) -> None:
    try:
        if "AUTH=PLAIN" in talk.capabilities:
            talk.authenticate("PLAIN", lambda _: b"\0".join((b"", user.encode(), password.encode())))
        else:
            talk.login(_quoted(user), password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError) as fault:
        raise Unreachable("CH-006") from fault
    _, (told, *_) = talk.capability()  # servers say more to whom they know
    talk.capabilities = tuple((told or b"").decode("ascii", "replace").upper().split())


@contextmanager
def _speaking() -> Iterator[None]:
    """Tell a fault of the connection by its code; the server's own words stay out, for they may name a mail."""
    try:
        yield
    except ssl.SSLCertVerificationError as fault:
        raise Unreachable("CH-005") from fault
    except imaplib.IMAP4.readonly as fault:
        raise Unreachable("CH-008", fault="it is read-only") from fault
    except (OSError, imaplib.IMAP4.error, ValueError) as fault:
        raise Unreachable("CH-001", fault=type(fault).__name__) from fault


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _mailbox(name: str) -> str:
    """Write the name of a folder as IMAP does: modified UTF-7 (RFC 3501, 5.1.3), quoted."""

    def shifted(match: "re.Match[str]") -> str:
        return "&" + b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

    return _quoted(re.sub(r"[^\x20-\x7e]+", shifted, name.replace("&", "&-")))
