"""Everybody as matching knows them: for training, for measuring, and to renew the keys under which they are found."""

from collections.abc import Iterator
from itertools import islice

from vado.exchange.link import known_as, with_a_persons_word
from vado.exchange.ports import Audit, Exchange
from vado.model.person import Demographics
from vado.model.record import Viewer

_AT_ONCE = 1000


def everybody(x: Exchange, viewer: Viewer, why: str) -> Iterator[Demographics]:
    """Give what is known of every patient, in the order of their ids. `why` stands in the audit trail."""
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, why, "everybody"))
    after = ""
    while True:
        with x.store.begin() as tx:
            some = tx.everybody(after, _AT_ONCE)
        if not some:
            return
        yield from some
        after = some[-1].patient


def renew(x: Exchange, viewer: Viewer) -> int:
    """Normalise every patient anew and write its blocking keys, after a version that reads names or makes keys otherwise; links stay."""
    n, people = 0, everybody(x, viewer, "renew-keys")
    while page := [d.patient for d in islice(people, _AT_ONCE)]:
        with x.store.begin() as tx:
            for fact in tx.facts_named(page):
                new = known_as(x, with_a_persons_word(tx, fact))
                tx.know(new, x.keys(new))
                n += 1
    return n
