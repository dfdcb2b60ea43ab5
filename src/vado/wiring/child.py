"""The limited child process: choose the reader, read, say what it means, draw a page. Run by wiring.room."""

from typing import Any

import orjson

from vado.errors import SettingsError, UnreadableOriginal, VadoError
from vado.exchange.ports import Look, Reader
from vado.incoming import returned
from vado.model.codec import from_plain, to_plain
from vado.model.form import FormProposal
from vado.model.original import Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Place, issue
from vado.model.returned import Returned
from vado.tools.limited import answer_frames, live_within_limits
from vado.wiring.plugins import load_readers

ADDRESS_MEGABYTES = 8_000  # address space, not memory: engines map far more than they touch


def look(readers: tuple[Reader, ...], original: Original, content: bytes, profile: PartnerProfile) -> Look:
    """Choose the reader with the highest claim, read, and say what it means."""
    if not content:
        return Look(None, issue=issue("IN-001"))
    try:
        reader = best_for(readers, original, content)
        reading = reader.read(original, content, profile)
        return Look(reading, reader.facts(reading, profile))
    except UnreadableOriginal as fault:
        return Look(None, issue=issue(fault.code, Place(original.id, ""), **fault.slots))
    except MemoryError:
        return Look(None, issue=issue("IN-004", megabytes="?"))
    except VadoError as fault:
        return Look(None, issue=issue(fault.code, None, **fault.slots))
    except RecursionError:
        return Look(None, issue=issue("IN-007", fault="nested too deeply"))


def best_for(readers: tuple[Reader, ...], original: Original, content: bytes) -> Reader:
    """Give the reader with the highest claim.

    Raises:
        UnreadableOriginal: IN-002, nobody claims it. SettingsError: CO-005, two claim it equally.
    """
    claims = sorted(((r.claims(original, content), r.name) for r in readers), reverse=True)
    if not claims or claims[0][0] <= 0:
        raise UnreadableOriginal("IN-002", kind=kind_of(content))
    if len(claims) > 1 and claims[0][0] == claims[1][0]:
        raise SettingsError("CO-005", one=claims[0][1], other=claims[1][1])
    return next(r for r in readers if r.name == claims[0][1])


_MAGIC = {
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"{\\rtf": "RTF",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"RDX": "R data",
    b"OggS": "sound",
    b"ID3": "sound",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
}


def kind_of(content: bytes) -> str:
    """Name a kind of file that no bridge takes, by its first bytes."""
    if content[128:132] == b"DICM":
        return "a DICOM image"
    if content[4:8] == b"ftyp":
        return "video, or a photo in HEIF form"
    known = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    return known or ("text of no known form" if _is_text(content) else "unknown bytes")


def _is_text(content: bytes) -> bool:
    try:
        content[:4096].decode()
    except UnicodeDecodeError as fault:
        return fault.start > 4090
    return b"\0" not in content[:4096]


def _answer(readers: tuple[Reader, ...], frame: bytes) -> bytes:
    size = int.from_bytes(frame[:4], "big")
    asked: dict[str, Any] = orjson.loads(frame[4 : 4 + size])
    content = frame[4 + size :]
    if "papers" in asked:
        return orjson.dumps(to_plain(answers(content, asked["papers"])))
    if "form" in asked:
        return orjson.dumps(to_plain(learn_form(content, asked["form"])))
    original = from_plain(Original, asked["original"])
    if "page" in asked:
        return _draw(readers, original, content, asked["page"])
    return orjson.dumps(to_plain(look(readers, original, content, from_plain(PartnerProfile, asked["profile"]))))


def answers(content: bytes, papers: dict[str, Any]) -> Returned:
    """See what is in a file of answers; nothing when it cannot be opened."""
    try:
        return returned.read(content, papers)
    except (VadoError, MemoryError, RecursionError):
        return Returned()


def learn_form(content: bytes, name: str) -> FormProposal:
    """Say what an empty copy of a paper form seems to ask for; an issue instead where nothing can be learned from it."""
    from vado.exchange.papers import propose  # what finds boxes is loaded with the first form

    try:
        return propose(content, name)
    except MemoryError:
        return FormProposal(None, issue=issue("IN-004", megabytes="?"))
    except VadoError as fault:
        return FormProposal(None, issue=issue(fault.code, None, **fault.slots))
    except RecursionError:
        return FormProposal(None, issue=issue("IN-007", fault="nested too deeply"))


def _draw(readers: tuple[Reader, ...], original: Original, content: bytes, page: int) -> bytes:
    try:
        return best_for(readers, original, content).picture(content, page) or b""
    except VadoError:
        return b""


if __name__ == "__main__":
    found = load_readers()
    live_within_limits(ADDRESS_MEGABYTES)
    answer_frames(lambda frame: _answer(found, frame))
