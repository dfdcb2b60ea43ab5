"""What is told again and again stands as the whole history of its tellings says, though only the newest of each wording is read."""

from datetime import UTC, datetime, timedelta
from itertools import product

from vado.exchange.ports import Settled
from vado.model.fact import Evidence, Fact, as_it_stands
from vado.model.original import Original, PartnerId, State, original_id
from vado.model.reading import Fidelity, Place
from vado.store.memory import MemoryStore
from vado.store.sql import asked
from vado.store.sql.store import SqlStore

LAB, NOW = PartnerId("lab"), datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
_WORDS = (
    ({"status": "active", "name": "Ward 1"}, True, ()),
    ({"status": "unknown"}, True, ()),
    ({"name": "Ward 2"}, True, ("status",)),
    ({"alias": ["W"]}, False, ()),
)


def _told(store: object, words: tuple[int, ...]) -> None:
    for n, word in enumerate(words):
        said, partial, removes = _WORDS[word]
        at = NOW + timedelta(minutes=n)
        o = Original(original_id(f"{words}{n}".encode()), LAB, "mllp", "", at, None, 1)
        e = Evidence(LAB, o.id, (Place(o.id, ""),), "r/1", "t", Fidelity.CODED, 1.0, at, partial=partial, removes=removes)
        fact = Fact({"resourceType": "Location", "id": f"w{''.join(map(str, words))}"} | said, e, None)
        with store.begin() as tx:  # type: ignore[attr-defined]
            tx.keep_original(o)
            tx.settle(Settled(o, State.READ, None, (fact,)))


def test_every_order_of_tellings_comes_to_the_same_as_all_of_them(tmp_path) -> None:
    memory, sql = MemoryStore(), SqlStore(f"sqlite:///{tmp_path / 'x.sqlite'}")
    orders = list(product(range(len(_WORDS)), repeat=4))
    for words in orders:
        _told(memory, words)
        _told(sql, words)
    ids = [f"w{''.join(map(str, words))}" for words in orders]
    with memory.begin() as plain, sql.begin() as tx:
        assert [f.resource for f in tx.facts_named(ids)] == [f.resource for f in plain.facts_named(ids)]
        for id_ in ids[::7]:
            assert tx.facts_named([id_])[0].resource == as_it_stands(tx.versions(id_)).resource


def test_a_thousand_tellings_alike_are_read_as_one(tmp_path) -> None:
    sql = SqlStore(f"sqlite:///{tmp_path / 'x.sqlite'}")
    _told(sql, (0, 1, 0, 1, 0) * 40)
    with sql.begin() as tx:
        assert len(tx.versions("w" + "01010" * 40)) == 200
        assert len(list(asked.FACTS_NAMED.rows(tx._db, ["w" + "01010" * 40]))) == 2
