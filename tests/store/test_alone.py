"""Two servers on one database: of two who would change the same, one hears of it; no change is lost."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import orjson
import pytest

from plain import plain_exchange
from vado.errors import Refusal, StoreUnavailable
from vado.exchange.interact import perform
from vado.exchange.interact.condition import by_condition
from vado.exchange.interact.perform import Asker, Done, one
from vado.exchange.interact.together import Together
from vado.exchange.ports import Exchange
from vado.model.interaction import Interaction
from vado.model.original import PartnerId
from vado.store.sql.store import SqlStore

BASE, HOSPITAL = "https://here/fhir", PartnerId("hospital")
FLAG = {"resourceType": "Flag", "status": "active", "code": {"text": "0"}, "subject": {"display": "somebody"}}


def ask(x: Exchange, method: str, target: str, body: Any, **conditions: str) -> Done | str:
    asker = Asker(HOSPITAL, "partner:hospital", BASE, by_condition(x, HOSPITAL, None, BASE))
    try:
        return one(x, asker, Interaction(method, target, orjson.dumps(body), "".join(conditions.values())), **conditions)
    except (Refusal, StoreUnavailable) as fault:
        return fault.code


class Apart:
    """Each server lets its own requests wait for each other, and knows nothing of the other's: here both are in one process."""

    def __init__(self) -> None:
        self._of: defaultdict[int, Together] = defaultdict(Together)

    def settle(self, store: Any, act: Any) -> Any:
        return self._of[id(store)].settle(store, act)


def test_no_change_is_lost_and_nothing_is_made_twice(fresh_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perform, "_TOGETHER", Apart())
    url = fresh_url()
    stores = SqlStore(url), SqlStore(url)
    originals = (first := plain_exchange(stores[0])).originals
    servers = first, plain_exchange(stores[1], originals)
    made = ask(servers[0], "POST", "Flag", FLAG)
    assert isinstance(made, Done)
    tries, together = 8, Barrier(4, timeout=60)

    def change(who: int) -> list[Done | str]:
        told = []
        for n in range(tries):
            together.wait()
            body = FLAG | {"id": made.id, "code": {"text": f"{who} {n}"}}
            told.append(ask(servers[who % 2], "PUT", f"Flag/{made.id}", body, if_match=f'W/"{version[0]}"'))
            if together.wait() == 0:
                with servers[0].store.begin() as tx:
                    version[0] = len(tx.versions(made.id))
        return told

    def create(who: int) -> list[Done | str]:
        told = []
        for n in range(tries):
            together.wait()
            body = FLAG | {"identifier": [{"system": "urn:x", "value": f"{n}"}], "code": {"text": f"{who}"}}
            told.append(ask(servers[who % 2], "POST", "Flag", body, if_none_exist=f"identifier=urn:x|{n}"))
        return told

    version = [1]
    with ThreadPoolExecutor(4) as pool:
        changed = [r for some in pool.map(change, range(4)) for r in some]
        done = [r for r in changed if isinstance(r, Done)]
        created = [r for some in pool.map(create, range(4)) for r in some]
    assert len(done) == tries, "one of four each time"
    assert {r for r in changed if isinstance(r, str)} <= {"FH-030", "FH-052"}
    assert sorted(d.version for d in done) == list(range(2, tries + 2))
    assert len({c.id for c in created if isinstance(c, Done)}) == tries, "one of four made it"
    for store in stores:
        store.close()
