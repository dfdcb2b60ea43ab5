"""The rounds there are, and which questionnaire each asks."""

from vado.collaboration.instrument import shipped
from vado.collaboration.keys import instrument_named
from vado.errors import NotFound
from vado.exchange.ports import Exchange, Transaction
from vado.model.survey import Instrument, Round


def instrument_of(x: Exchange, named: str) -> Instrument:
    """Give a questionnaire by its name and version, 'ford|1': the place's own, or one that comes with Vado.

    Raises:
        NotFound: SV-039, there is none.
    """
    if named in x.instruments:
        return x.instruments[named]
    try:
        found = shipped(named.partition("|")[0])
    except (FileNotFoundError, ValueError) as fault:
        raise NotFound("SV-039", named=named) from fault
    if instrument_named(found) != named:
        raise NotFound("SV-039", named=named)
    return found


def round_of(tx: Transaction, id_: str) -> Round:
    """Give a round. Raises NotFound SV-040."""
    found = tx.collaboration.get(Round, id_)
    if found is None:
        raise NotFound("SV-040")
    return found


def rounds_of(tx: Transaction) -> tuple[Round, ...]:
    """Give all rounds, the latest first."""
    return tuple(sorted(tx.collaboration.all(Round), key=lambda r: (r.opens, r.id), reverse=True))
