"""Everybody as matching knows them: for training, for measuring, and to renew the keys under which they are found."""

from collections.abc import Iterator

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
    n = 0
    for page in _pages(everybody(x, viewer, "renew-keys")):
        with x.store.begin() as tx:
            for fact in tx.facts_named(page):
                new = x.normalise(fact)
                tx.know(new, x.keys(new))
                n += 1
    return n


def _pages(people: Iterator[Demographics]) -> Iterator[list[str]]:
    page: list[str] = []
    for d in people:
        page.append(d.patient)
        if len(page) == _AT_ONCE:
            yield page
            page = []
    if page:
        yield page
