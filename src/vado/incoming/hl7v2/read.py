"""See the segments: characters, frames, batches, messages."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from binascii import unhexlify
from collections.abc import Iterator

from vado.errors import UnreadableOriginal
from vado.incoming.hl7v2.facts import facts
from vado.incoming.hl7v2.message import USUAL, separators_of, usual
from vado.incoming.hl7v2.values import plain
from vado.model.fact import Facts
from vado.model.original import Arrival, Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue

_CHANNEL = "inside"
_HEADER = re.compile(rb"(?:MSH|FHS|BHS)[^A-Za-z0-9\s]")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_ENDS = re.compile(r"\r\n|\r|\n")
_HEADERS = frozenset(("MSH", "FHS", "BHS"))
_USUAL_NAMES = frozenset(("PID", "PV1", "OBX", "OBR", "ORC", "EVN", "NTE", "NK1", "DG1", "AL1", "IN1", "PD1", "PV2", "SPM"))
_CHARSETS = {  # HL7 table 0211
    "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "UTF8": "utf-8", "8859/1": "iso8859-1", "8859/15": "iso8859-15", "8859/2": "iso8859-2",
    "ASCII": "utf-8", "UNICODE": "utf-16", "UNICODE UTF-16": "utf-16",
}  # fmt: skip


class Hl7v2Reader:
    """HL7 v2 in its vertical-bar form."""

    name = "hl7v2"
    version = "2"

    def claims(self, original: Original, content: bytes) -> float:
        """Say how surely these are messages: a header segment at the beginning."""
        head = content[:400].lstrip(b"\xef\xbb\xbf\x0b\x1c \t\r\n")
        if _HEADER.match(head):
            return 0.98
        lost = re.match(rb"(?:PID|EVN|OBX|OBR|PV1)\|", head)
        return 0.9 if lost else 0.0

    def read(self, original: Original, content: bytes, _: PartnerProfile) -> Reading:
        """Give one item per segment, named by message and place.

        Raises:
            UnreadableOriginal: IN-101, there is no MSH.
        """
        text, issues = _decoded(content)
        items: list[Item] = []
        children: list[Arrival] = []
        id_ = original.id
        for n, message in enumerate(messages(text), 1):
            seen: dict[str, int] = {}
            separators = separators_of(message[0])
            for line in message:
                name = line[:3]
                seen[name] = at = seen.get(name, 0) + 1
                items.append(Item(name, line, Place(id_, f"message {n} / {name}[{at}]")))
                if name == "OBX":
                    children += _documents(original, line, separators)
        if not items:
            raise UnreadableOriginal("IN-101")
        return Reading(
            original.id, f"{self.name}/{self.version}", "x-application/hl7-v2+er7", Fidelity.STRUCTURED, tuple(items),
            tuple(issues), tuple(children),
        )  # fmt: skip

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Say what the messages mean."""
        return facts(reading, partner)

    def picture(self, content: bytes, page: int) -> bytes | None:
        """A message has no pages."""
        return None


def messages(text: str) -> Iterator[list[str]]:
    """Give the segments of each message; a line that begins no segment goes on with the one before (a sender's raw line end)."""
    current: list[str] = []
    separator = "|"
    if "\x0b" in text or "\x1c" in text:
        text = text.replace("\x0b", "").replace("\x1c", "")
    for line in _ENDS.split(text) if "\n" in text else text.split("\r"):
        if line[:3] in _HEADERS and len(line) > 4 and not line[3].isalnum():
            if current and current[0][:3] == "MSH":
                yield current
            current, separator = [line], line[3]
        elif current and (line[3:4] == separator and line[:3] in _USUAL_NAMES or is_segment(line, separator)):
            current.append(line)
        elif current and line.strip():
            current[-1] += f"\n{line}"
    if current and current[0][:3] == "MSH":
        yield current


def _decoded(content: bytes) -> tuple[str, list[Issue]]:
    """Decode as MSH-18 says, else UTF-8, else cp1252. HL7 v2 table 0211."""
    fields = content[:2000].decode("latin-1").lstrip("\ufeff\x0b").splitlines() or [""]
    parts = fields[0].split(fields[0][3:4] or "|")
    named = parts[17].partition("~")[0].strip().upper() if len(parts) > 17 else ""
    for encoding in (_CHARSETS.get(named, "utf-8"), "utf-8"):
        try:
            return content.decode("utf-8-sig" if encoding == "utf-8" else encoding), []
        except UnicodeDecodeError:
            continue
    text = content.decode("cp1252", "replace")
    replaced = text.count("\ufffd")
    return text, [issue("IN-010", encoding=named or "UTF-8", count=replaced)] if replaced else []


def _documents(original: Original, line: str, separators: str) -> Iterator[Arrival]:
    """Give what an OBX of type ED carries. HL7 v2 chapter 2A.24: source, type, subtype, encoding, data."""
    if "ED" not in line[:20].upper():
        return
    fields = (line if separators == USUAL else usual(line, separators)).split("|")
    if len(fields) < 6 or fields[2].upper() != "ED":
        return
    for repetition in fields[5].split("~"):
        parts = [plain(p) for p in repetition.split("^")]
        encoding, raw = parts[3].casefold() if len(parts) > 3 else "", parts[4] if len(parts) > 4 else ""
        if not raw:
            continue
        try:
            if encoding == "hex":
                data = unhexlify("".join(raw.split()))
            elif encoding == "a":
                data = raw.encode()
            else:
                data = b64decode("".join(raw.split()), validate=False)
        except (Base64Error, ValueError):
            continue
        if data:
            yield Arrival(original.partner, _CHANNEL, data, "", original.id)


def is_segment(line: str, separator: str) -> bool:
    """Say whether a line begins a segment: three letters or digits, then the separator or the end."""
    return bool(_NAME.match(line)) and (len(line) == 3 or line[3] == separator)
