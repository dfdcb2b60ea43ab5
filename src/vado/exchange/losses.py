"""What was not understood of a partner, ranked, with the line of its profile that would change it."""

import re
from dataclasses import dataclass

from vado.exchange.flow import SYSTEM
from vado.exchange.ports import Audit, Exchange
from vado.exchange.rows import every_row
from vado.model.fact import End
from vado.model.original import PartnerId
from vado.model.record import Viewer

_OWN_SEGMENT = re.compile(r"(Z[A-Z0-9]{2})-(\d+)")
_COLUMN = re.compile(r"(?:[^!]*!)?(.+)")


@dataclass(frozen=True, slots=True)
class Loss:
    """One kind of element that was not understood."""

    format: str  # reader name
    path: str  # generic: 'OBX-30', 'section 10160-0/entry/...', 'Sheet1!Comment'
    count: int  # elements
    originals: int
    persons: int  # patients named in these originals
    fix: str  # the profile line that would change it; '' when no line does


def losses(x: Exchange, partner: PartnerId, viewer: Viewer) -> list[Loss]:
    """List what was not understood, most elements first; then the names that the profile could explain."""
    count: dict[tuple[str, str, str], list[int]] = {}
    rows = list(every_row(x, partner))
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "losses", partner))
        for row in rows:
            id_ = row.original.id
            missed = [e for e in tx.ledger(partner, id_) if e.end is End.NOT_UNDERSTOOD]
            unknown = [str(dict(i.slots)["system"]) for i in row.issues if i.code == "IN-017"]
            named = [(f"{SYSTEM}{system}", _system_line(system)) for system in unknown]
            if not missed and not named:
                continue
            persons = sum(f.kind == "Patient" and f.patient == f.id for f in tx.facts_from(partner, id_))
            for path, n, fix in [
                *((e.path, e.count, fix_for(row.reader, e.path)) for e in missed),
                *((p, 1, f) for p, f in named),
            ]:
                sums = count.setdefault((row.reader, path, fix), [0, 0, 0])
                sums[0] += n
                sums[1] += 1
                sums[2] += persons
    found = [Loss(format_, path, n, originals, persons, fix) for (format_, path, fix), (n, originals, persons) in count.items()]
    return sorted(found, key=lambda one: (-one.count, one.format, one.path))


def fix_for(format_: str, path: str) -> str:
    """Give the line for partners/<id>.toml that would make this understood; '' when the reader itself has no rule yet."""
    if format_ == "hl7v2" and (match := _OWN_SEGMENT.match(path)):
        return f'[[segment]] name = "{match[1]}"  [segment.map] "{match[2]}" = "Observation CODE SYSTEM WORDS"'
    if format_ == "table" and (match := _COLUMN.match(path)):
        return f'[table.map] "{match[1]}" = "Observation.value"'
    return ""


def fix_of(format_: str, key: str) -> str:
    """Give the same for what was counted: the place of an element, or the name of a system that the profile does not know."""
    return _system_line(key.removeprefix(SYSTEM)) if key.startswith(SYSTEM) else fix_for(format_, key)


def _system_line(name: str) -> str:
    return f'[code_systems] "{name}" = "https://..."' if name != "?" else ""
