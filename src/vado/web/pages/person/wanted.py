"""What a reader wants of a record, as the address says it. An address names no value of the record: tests go by the id of a fact."""

from dataclasses import dataclass, fields, replace
from datetime import date
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from vado.model.reading import Fidelity
from vado.model.record import Kind
from vado.record.narrow import ONLY, Narrow

VIEWS = ("overview", "results", "medicines", "documents", "kinds")


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that the address of a record may say; "" or 0: not said."""

    view: str = ""  # one of VIEWS
    partner: str = ""
    kind: str = ""
    rung: str = ""
    since: str = ""
    until: str = ""
    only: str = ""
    as_of: str = ""
    test: str = ""  # id of a fact: all values of what it measured
    start: int = 0  # lines passed over

    @property
    def narrow(self) -> Narrow:
        """Give what is wanted of the lines; what is no kind, rung or day is not said."""
        kind = next((k for k in Kind if k.name.lower() == self.kind), None)
        rung = next((f for f in Fidelity if f.name.lower() == self.rung), None)
        only = self.only if self.only in ONLY else ""
        return Narrow(self.partner, kind, rung, _day(self.since), _day(self.until), only)

    def to(self, **changes: str | int) -> str:
        """Give the query of an address that differs in these; a new wish begins at its first line."""
        other = replace(self, **({"start": 0, "test": ""} | changes))  # type: ignore[arg-type]
        said = {f.name: v for f in fields(other) if (v := getattr(other, f.name)) and (f.name, v) != ("view", "overview")}
        return f"?{urlencode(said)}" if said else ""

    def plain(self, view: str = "") -> str:
        """Give the query of a view without any narrowing, as of the same day."""
        return Wanted(view=view, as_of=self.as_of).to()


def wanted(query: QueryParams) -> Wanted:
    """Read an address."""
    said = {f.name: query.get(f.name, "")[:64] for f in fields(Wanted) if f.name != "start"}
    start = query.get("start", "0")
    view = said["view"] if said["view"] in VIEWS else "overview"
    return Wanted(**said | {"view": view}, start=int(start) if start.isdecimal() and len(start) < 7 else 0)  # type: ignore[arg-type]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
