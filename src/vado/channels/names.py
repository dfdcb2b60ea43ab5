"""Names of files. Those that senders give are never trusted: no path, no control character, no trick of writing direction."""

import mimetypes
import re
import unicodedata

from vado.model.outgoing import Outgoing

_ENDINGS = {
    "application/fhir+json": ".json",
    "application/fhir+xml": ".xml",
    "x-application/hl7-v2+er7": ".hl7",
    "text/csv": ".csv",
}
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 200  # characters
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # control, format (turns the writing round), half characters ...


def plain_name(name: str) -> str:
    r"""Give the last part of a name, composed (NFC), unseen characters as '_'; '' for one that says nothing.

    What stands before a `/` or a `\` is a folder of the sender's: it is dropped.
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    seen = "".join("_" if unicodedata.category(c) in _UNSEEN else c for c in unicodedata.normalize("NFC", last))
    return seen.strip().lstrip(".")[-_LONGEST:]


def leads_out(name: str) -> bool:
    """Say whether a name is more than the name of one thing in its folder."""
    return name in ("", ".", "..") or "/" in name or "\0" in name


_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~")


def unfinished(name: str) -> bool:
    """Say whether a name says of itself that it is still being written, or is hidden."""
    return name.startswith(".") or name.casefold().endswith(_UNFINISHED)


def file_name(outgoing: Outgoing, delivery: str) -> str:
    """Name the file of a delivery: its id first, so that the same one comes under the same name, whatever it is called."""
    own = _ODD.sub("_", plain_name(outgoing.name)).strip("._")[-100:]
    ending = _ENDINGS.get(outgoing.media_type) or mimetypes.guess_extension(outgoing.media_type) or ".bin"
    return f"{delivery}-{own}" if own else f"{delivery}{ending}"
