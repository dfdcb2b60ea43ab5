"""Which resources fit a condition (If-None-Exist, conditional update and delete, conditional references), in the open transaction."""

from dataclasses import replace
from urllib.parse import parse_qsl

from vado.errors import Refusal, VadoError
from vado.exchange.consult import threshold_of
from vado.exchange.fhir import as_known, fitting
from vado.exchange.interact.plan import Find
from vado.exchange.known import eyes_of
from vado.exchange.ports import Exchange, Transaction
from vado.exchange.shelve import shelve
from vado.exchange.sight import Sight, reaches
from vado.model.original import PartnerId
from vado.model.query import Query
from vado.model.record import Viewer
from vado.record.criteria import Asking
from vado.record.question import question
from vado.tools.units import canonical

_SEVERAL = 2  # whether there is one or more is all that is asked
_LONGEST = 4_000  # letters of a condition


def by_condition(x: Exchange, partner: PartnerId, viewer: Viewer | None, base: str) -> Find:
    """Give what finds resources by a condition, for one who writes: first among what their partner told, else what they may see.

    What waits for a person, was rejected or taken back is not found. What the transaction itself has written already is.

    Args:
        x: the exchange.
        partner: for whom is written.
        viewer: who writes; None: one who may read nothing, the holder of a partner's key, finds only what the partner told.
        base: our address as the asker knows it, 'https://.../fhir'.
    """

    def find(tx: Transaction, kind: str, query: str) -> tuple[str, ...]:
        """Give ids that fit, two at most. Raises Refusal FH-046, or a code of searching: FH-001 to FH-011."""
        try:
            if tx.fhir.is_due():
                raise VadoError("FH-011")
            if tx.fhir.touched:
                shelve(tx, threshold_of(x), x.clock())
            now = round(x.clock().timestamp() * 1000)
            asked = _asked(kind, query, Asking(base, canonical, now))
            ours = Asking(base, canonical, now).criteria(kind, "_source", f"urn:x-vado:partner:{partner}")
            asked = as_known(Sight(x, tx, viewer or eyes_of(partner, "")), asked)
            own = tx.fhir.find(replace(asked, fits=(*asked.fits, *ours)), until=tx.fhir.latest(), limit=_SEVERAL)
            found = own or (fitting(x, tx, viewer, asked, limit=_SEVERAL) if viewer else ())
        except Refusal:
            raise
        except VadoError as fault:
            raise Refusal(fault.code, faults=(), **fault.slots) from None
        return tuple(s.ref.partition("/")[2] for s in found)

    return find


def _asked(kind: str, query: str, asking: Asking) -> Query:
    """Read a condition. It must narrow something, and only say what the resource itself says. Raises VadoError."""
    if len(query) > _LONGEST:
        raise Refusal("FH-046", fault="it is too long")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise Refusal("FH-046", fault="it is no list of search parameters") from None
    asked = question(kind, pairs, asking, strict=True).query
    if not asked.fits or any(not value for _, value in pairs):
        raise Refusal("FH-046", fault="it does not say what is looked for")
    if reaches(asked):
        raise Refusal("FH-046", fault="it asks what other resources say")
    return replace(asked, order=())
