"""Of whom these pages are: of whoever is signed in, or of one of those whom they may act for."""

from dataclasses import dataclass
from datetime import datetime

from vado.errors import NotFound
from vado.exchange.own import Own, own
from vado.web.render import Asked


@dataclass(frozen=True, slots=True)
class Whose:
    """One person, and the others between whom one may choose."""

    id: str
    name: str
    is_self: bool
    until: datetime | None
    all: tuple[Own, ...]

    @property
    def of(self) -> str:
        """Give what an address needs so that it means this person: nothing for the one who comes first."""
        return "" if self.all and self.all[0].id == self.id else f"?of={self.id}"


def whose(who: Asked, wanted: str = "") -> Whose:
    """Give the person that is meant; the first where none is named. Raises NotFound RE-001."""
    all_ = own(who.x, who.viewer)
    one = next((o for o in all_ if not wanted or o.id == wanted), None)
    if one is None:
        raise NotFound("RE-001")
    return Whose(one.id, one.name, one.is_self, one.until, all_)


def queried(who: Asked) -> Whose:
    """Give the person whom the address names. Raises NotFound RE-001."""
    return whose(who, who.request.query_params.get("of", ""))
