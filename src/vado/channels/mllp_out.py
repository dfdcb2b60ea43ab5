"""HL7 v2 over MLLP, outwards: one message at a time, and the receiver's acknowledgement is the only proof.

Sources: HL7 v2 Implementation Support Guide, MLLP release 1; HL7 v2.9 chapter 2.9.2 and 2.9.3 (original and enhanced mode),
tables 0008 and 0155; IHE ITI TF-2 3.19 (certificates on both sides).
"""

import socket
import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vado.channels.mllp import BEGIN, END, Header
from vado.channels.outward import LOOPBACK, Said, unreachable
from vado.errors import Undeliverable
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing

_LONGEST_ANSWER = 100_000  # bytes
_TAKEN, _LATER, _NEVER = {"AA", "CA"}, {"AE", "CE"}, {"AR", "CR"}


class MllpSender:
    """Keeps one connection open; a connection that fails is opened anew for the next message.

    Args:
        host: where.
        port: where.
        tls: what to trust and our certificate; None: no TLS, this machine only.
        seconds: within which a message has to be acknowledged.
    """

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, seconds: float) -> None:
        self._where, self._tls, self._seconds = (host, port), tls, seconds
        self._talk: socket.socket | None = None
        self._held = b""

    @classmethod
    def of(cls, partner: PartnerId, table: Mapping[str, Any], place: Path) -> "MllpSender":
        """Read the channel: kind = "mllp", host, port, tls, ca, certificate, key, seconds. Raises SettingsError."""
        said = Said(partner, table, place)
        host, port, seconds = said.text("host"), said.port(), said.seconds()
        wanted = said.one_of("tls", *(("no", "yes") if host in LOOPBACK and "certificate" not in table else ("yes", "no")))
        context = said.tls()
        said.end()
        if wanted == "no" and host not in LOOPBACK:
            raise said.wrong("outside this machine MLLP needs TLS")
        return cls(host, port, context if wanted == "yes" else None, seconds)

    def send(self, outgoing: Outgoing, delivery: str) -> str:  # noqa: ARG002 - the message's own number (MSH-10) names it
        """Give the receiver's word: AA or CA.

        Raises:
            Undeliverable: DE-001 no answer, DE-002 refused (again after AE and CE, not after AR and CR), DE-017 another answer,
                DE-018 it is no message.
        """
        header = Header.of(outgoing.content)
        if header is None or not header.field(10) or BEGIN in outgoing.content or END in outgoing.content:
            raise Undeliverable("DE-018", again=False, fault="MLLP carries one HL7 v2 message with a number in MSH-10")
        until = time.monotonic() + self._seconds
        kept_open = self._talk is not None
        try:
            try:
                return self._exchange(outgoing.content, header, until)
            except (ConnectionError, EOFError):
                self.close()
                if not kept_open:
                    raise
                return self._exchange(outgoing.content, header, until)  # the receiver had closed it meanwhile
        except (OSError, EOFError) as fault:
            self.close()
            raise unreachable(fault) from fault
        except Undeliverable:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        if self._talk is not None:
            self._talk.close()
        self._talk, self._held = None, b""

    def _exchange(self, content: bytes, header: Header, until: float) -> str:
        talk = self._talk = self._talk or self._call()
        self._held = b""  # an answer that came too late is of another message
        talk.settimeout(_left(until))
        talk.sendall(BEGIN + content + END + b"\r")
        commit, application = header.field(15), header.field(16)
        if commit == "NE" and application in ("", "NE"):
            return "no answer asked for"
        while True:
            code = self._answer(talk, header, until)
            if code in _NEVER | _LATER:
                raise Undeliverable("DE-002", again=code in _LATER, word=code)
            if code == "AA" or (code == "CA" and application not in ("AL", "SU")):
                return code

    def _call(self) -> socket.socket:
        plain = socket.create_connection(self._where, timeout=self._seconds)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            return plain
        try:
            return self._tls.wrap_socket(plain, server_hostname=self._where[0])
        except OSError:
            plain.close()
            raise

    def _answer(self, talk: socket.socket, header: Header, until: float) -> str:
        """Read one acknowledgement of this very message, and give its code."""
        while True:
            while END not in self._held:
                talk.settimeout(_left(until))
                block = talk.recv(4096)
                if not block:
                    raise EOFError
                self._held += block
                if len(self._held) > _LONGEST_ANSWER:
                    raise Undeliverable("DE-017", again=True, fault="longer than any acknowledgement")
            frame, _, self._held = self._held.partition(END)
            code, number = _acknowledged(frame.rpartition(BEGIN)[2])
            if code not in _TAKEN | _LATER | _NEVER:
                raise Undeliverable("DE-017", again=True, fault="no acknowledgement code in MSA-1")
            if number in ("", header.field(10)):
                return code


def _acknowledged(answer: bytes) -> tuple[str, str]:
    """Give MSA-1 and MSA-2."""
    header = Header.of(answer)
    if header is None:
        return "", ""
    for segment in answer.decode("latin-1").replace("\n", "\r").split("\r"):
        fields = segment.split(header.separators[0])
        if fields[0] == "MSA" and len(fields) > 2:
            return fields[1].strip(), fields[2].strip()
    return "", ""


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
