"""Files and folders on this machine, and standard input."""

import glob
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vado.model.original import UNKNOWN_PARTNER, Arrival, PartnerId
from vado.model.partner import PartnerProfile

CHANNEL = "folder"
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Found:
    """What the given paths lead to."""

    files: tuple[Path, ...]  # in a fixed order; STDIN is Path('-')
    missing: int  # paths that lead to nothing


def find_files(paths: Iterable[str]) -> Found:
    """List the regular files behind files, folders, globs and '-'. Hidden files and links out of a folder are left."""
    files: dict[Path, None] = {}
    missing = 0
    for given in paths:
        found = list(_behind(given))
        missing += not found
        files.update(dict.fromkeys(found))
    return Found(tuple(files), missing)


def arrivals(
    files: Iterable[Path], profiles: Mapping[PartnerId, PartnerProfile], partner: PartnerId | None = None
) -> Iterator[Arrival]:
    """Read each file whole. The partner is the one given, else the one whose inbox folder the file lies in, else unknown."""
    for path in files:
        content = sys.stdin.buffer.read() if str(path) == STDIN else path.read_bytes()
        yield Arrival(partner or sent_by(path, profiles), CHANNEL, content, path.name)


def sent_by(path: Path, profiles: Mapping[PartnerId, PartnerProfile]) -> PartnerId:
    """Name the partner whose inbox folder the file lies in, the innermost first; else unknown."""
    return _partner_of(path, {name.casefold(): p.id for p in profiles.values() for name in p.folders})


def _behind(given: str) -> Iterator[Path]:
    path = Path(given)
    if given == STDIN:
        yield path
    elif path.is_dir():
        inside = (p for p in sorted(path.rglob("*")) if p.is_file() and not p.is_symlink())
        yield from (p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts))
    elif path.is_file():
        yield path
    else:
        for match in sorted(glob.glob(given, recursive=True)):  # noqa: PTH207 - the shell's own rules for patterns
            yield from _behind(match) if Path(match) != path else ()


def _partner_of(path: Path, folders: Mapping[str, PartnerId]) -> PartnerId:
    inner_first = reversed(path.absolute().parts[:-1])
    return next((folders[part.casefold()] for part in inner_first if part.casefold() in folders), UNKNOWN_PARTNER)
