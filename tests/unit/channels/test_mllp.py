"""MLLP as senders speak it, well and badly: what each of them is told, and what is kept."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hl7.client
import pytest
import trustme

from vado.channels.mllp import BEGIN, END, Door, Header, Listener, answers_to, doors
from vado.errors import SettingsError, StoreUnavailable
from vado.model.original import Arrival, PartnerId
from vado.model.partner import PartnerProfile

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HOSPITAL = PartnerId("hospital")


def message(number: str = "77", *, commit: str = "", application: str = "", facility: str = "NORTE") -> bytes:
    end = f"|||{commit}|{application}" if commit or application else ""
    return f"MSH|^~\\&|HIS|{facility}|VADO|REGION|20260304||ADT^A01^ADT_A01|{number}|P|2.5{end}\rPID|1||1^^^H\r".encode()


class Kept:
    """Takes arrivals in as the intake does."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.all: list[Arrival] = []
        self._fault = fault

    def __call__(self, arrival: Arrival) -> "Future[None]":
        kept: Future[None] = Future()
        if self._fault:
            kept.set_exception(self._fault)
        else:
            self.all.append(arrival)
            kept.set_result(None)
        return kept


@contextmanager
def listening(kept: Kept, *here: Door) -> Iterator[Callable[[], socket.socket]]:
    with ExitStack() as stack, Listener(here or (Door(HOSPITAL, "127.0.0.1", 0),), kept) as listener:
        port = next(iter(listener.ports.values()))
        yield lambda: stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))


def answer(talk: socket.socket) -> list[list[str]]:
    """One acknowledgement: its segments cut into fields; [] when the other side hangs up."""
    raw = b""
    while not raw.endswith(END + b"\r"):
        try:
            block = talk.recv(1)
        except ConnectionResetError:
            return []
        if not block:
            return []
        raw += block
    assert raw.startswith(BEGIN)
    return [line.split("|") for line in raw[1:-2].decode().strip("\r").split("\r")]


def framed(content: bytes) -> bytes:
    return BEGIN + content + END + b"\r"


@pytest.mark.parametrize(
    ("commit", "application", "code", "said"),
    [
        ("", "", "AA", ["AA"]), ("", "", "AE", ["AE"]), ("", "", "AR", ["AR"]),
        ("AL", "NE", "AA", ["CA"]), ("AL", "NE", "AE", ["CE"]), ("AL", "NE", "AR", ["CR"]), ("AL", "", "AA", ["CA"]),
        ("NE", "AL", "AA", ["AA"]), ("NE", "NE", "AA", []), ("ER", "NE", "AA", []), ("ER", "NE", "AE", ["CE"]),
        ("SU", "ER", "AA", ["CA"]), ("SU", "ER", "AR", ["AR"]), ("AL", "AL", "AA", ["CA", "AA"]), ("", "AL", "AA", ["CA", "AA"]),
    ],
)  # fmt: skip
def test_the_sender_is_told_what_it_asks_for(commit: str, application: str, code: str, said: list[str]) -> None:
    header = Header.of(message(commit=commit, application=application))
    assert [a.split(b"MSA|")[1][:2].decode() for a in answers_to(header, code, "", NOW)] == said


def test_an_acknowledgement_names_the_message_and_turns_sender_and_receiver_round() -> None:
    (raw,) = answers_to(Header.of(message("A-1")), "AA", "", NOW)
    msh, msa = (line.split("|") for line in raw.decode().strip("\r").split("\r"))
    assert msh[2:6] == ["VADO", "REGION", "HIS", "NORTE"]
    assert msh[8] == "ACK^A01^ACK"
    assert msh[10:12] == ["P", "2.5"]
    assert msa == ["MSA", "AA", "A-1"]


def test_other_separators_are_answered_in_kind() -> None:
    raw = rb"MSH#*~\&#HIS#NORTE#VADO#R#20260304##ADT*A01#5#P#2.3" + b"\r"
    (said,) = answers_to(Header.of(raw), "AA", "", NOW)
    assert said.startswith(rb"MSH#*~\&#VADO#R#HIS#NORTE#")
    assert b"\rMSA#AA#5\r" in said
    assert b"#ACK*A01*ACK#" in said


def test_nothing_in_a_header_can_add_a_segment_to_the_answer() -> None:
    raw = message("1\rPID|9")
    (said,) = answers_to(Header.of(raw), "AA", "", NOW)
    assert said.count(b"\r") == 2
    assert b"PID" not in said


def test_a_client_of_other_people_is_understood() -> None:
    kept = Kept()
    with (
        Listener([Door(HOSPITAL, "127.0.0.1", 0)], kept) as listener,
        hl7.client.MLLPClient("127.0.0.1", listener.ports[0]) as client,
    ):
        for number in ("1", "2"):
            back = hl7.parse(client.send_message(message(number)).strip(b"\x0b\x1c\r").decode())
            assert (str(back["MSA.F1"]), str(back["MSA.F2"])) == ("AA", number)
    assert [a.content for a in kept.all] == [message("1"), message("2")]
    assert kept.all[0].partner == HOSPITAL
    assert kept.all[0].at is not None


def test_frames_are_found_however_they_come() -> None:
    kept = Kept()
    with listening(kept) as call:
        slow = call()
        for byte in framed(message("1")):
            slow.sendall(bytes([byte]))
        assert answer(slow)[1][1:] == ["AA", "1"]
        quick = call()
        quick.sendall(b"noise" + framed(message("2")) + framed(message("3")))
        assert [answer(quick)[1][2] for _ in range(2)] == ["2", "3"]
        careless = call()
        careless.sendall(
            BEGIN + message("4") + b"\x1c" + BEGIN + message("5") + b"\x1c\n" + BEGIN + b"MSH|cut" + framed(message("6"))
        )
        assert [answer(careless)[1][2] for _ in range(3)] == ["4", "5", "6"]
    assert [a.content for a in kept.all] == [message(str(n)) for n in range(1, 7)]


def test_what_is_no_message_is_refused_and_the_line_stays() -> None:
    kept = Kept()
    with listening(kept) as call:
        talk = call()
        talk.sendall(framed(b"GET / HTTP/1.1"))
        assert answer(talk)[1][1] == "AR"
        talk.sendall(framed(message()))
        assert answer(talk)[1][1] == "AA"
    assert len(kept.all) == 1


def test_not_kept_is_not_acknowledged() -> None:
    with listening(Kept(StoreUnavailable("ST-001"))) as call:
        talk = call()
        talk.sendall(framed(message("8")))
        assert answer(talk)[1][1:3] == ["AE", "8"]


def test_a_message_without_end_is_bounded_in_size_and_time() -> None:
    kept = Kept()
    with listening(kept, Door(HOSPITAL, "127.0.0.1", 0, megabytes=1)) as call:
        talk = call()
        talk.sendall(BEGIN + message("9") + b"x" * 1_500_000)
        assert answer(talk)[1][1:3] == ["AR", "9"]
        assert answer(talk) == []
    with listening(kept, Door(HOSPITAL, "127.0.0.1", 0, seconds=0.2)) as call:
        talk = call()
        time.sleep(0.4)  # between messages it may rest as long as it likes
        talk.sendall(BEGIN + b"MSH|")
        began = time.monotonic()
        assert answer(talk) == []
        assert time.monotonic() - began < 4
    assert kept.all == []


def test_partners_on_one_port_are_told_apart_by_who_they_say_they_are() -> None:
    kept = Kept()
    north = Door(PartnerId("north"), "127.0.0.1", 0, senders=("NORTE",))
    south = Door(PartnerId("south"), "127.0.0.1", 0, senders=("HIS|SUR",))
    with listening(kept, north, south) as call:
        talk = call()
        said = []
        for facility in ("NORTE", "SUR", "OESTE"):
            talk.sendall(framed(message(facility=facility)))
            said.append(answer(talk)[1][1])
    assert said == ["AA", "AA", "AR"]
    assert [a.partner for a in kept.all] == ["north", "south"]


def test_a_certificate_opens_only_its_own_door(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    ours, north, south, other = (
        ca.issue_cert(f"{n}.example") for n, ca in enumerate((authority, authority, authority, stranger))
    )
    for name, blob in (("ca.pem", authority.cert_pem), ("own.pem", ours.cert_chain_pems[0]), ("own.key", ours.private_key_pem)):
        blob.write_to_path(tmp_path / name)
    print_ = ssl.PEM_cert_to_DER_cert(north.cert_chain_pems[0].bytes().decode())
    channel: dict[str, Any] = {
        "kind": "mllp", "port": 0, "certificate": "own.pem", "key": "own.key", "client_ca": "ca.pem",
        "fingerprints": [__import__("hashlib").sha256(print_).hexdigest()],
    }  # fmt: skip
    here = doors([PartnerProfile(PartnerId("north"), "North", channels=(channel,))], tmp_path)
    kept = Kept()

    def said(identity: trustme.LeafCert | None) -> str:
        context = ssl.create_default_context()
        context.check_hostname = False
        authority.configure_trust(context)
        if identity:
            identity.configure_cert(context)
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as plain, context.wrap_socket(plain) as talk:
                talk.sendall(framed(message()))
                back = answer(talk)
                return back[1][1] if back else "closed"
        except (ssl.SSLError, ConnectionError):
            return "closed"

    with Listener(here, kept) as listener:
        port = listener.ports[0]
        assert [said(who) for who in (north, south, other, None)] == ["AA", "AR", "closed", "closed"]
    assert len(kept.all) == 1


@pytest.mark.parametrize(
    "channel",
    [
        {"kind": "mllp"}, {"kind": "mllp", "port": "many"}, {"kind": "mllp", "port": 1, "host": "0.0.0.0"},  # noqa: S104
        {"kind": "mllp", "port": 1, "fingerprints": ["00"]}, {"kind": "mllp", "port": 1, "certificate": "a.pem"},
        {"kind": "mllp", "port": 1, "colour": "red"},
    ],
)  # fmt: skip
def test_a_wrong_channel_stops_the_start(channel: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        doors([PartnerProfile(HOSPITAL, "", channels=(channel,))], tmp_path)


def test_two_partners_who_cannot_be_told_apart_stop_the_start(tmp_path: Path) -> None:
    both = [PartnerProfile(PartnerId(p), "", channels=({"kind": "mllp", "port": 2575},)) for p in ("one", "two")]
    with pytest.raises(SettingsError):
        doors(both, tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError), Listener([Door(HOSPITAL, "127.0.0.1", taken.getsockname()[1])], Kept()):
            pass
