"""What lies in the database itself tells no more than what the store says: whoever reads its files or its hidden columns links nothing."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from plain import plain_exchange
from vado.exchange.collaboration import answering, opening
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.record import Viewer
from vado.model.survey import Who
from vado.store.sql.store import SqlStore
from vado.store.sql.tables import metadata

PAT = Viewer("pat", role=Role.MANAGER)
MANY = 7


def asked(store: SqlStore) -> tuple[Exchange, list[str]]:
    x = plain_exchange(store)
    opening.make(x, "Spring", x.clock().date(), None, PAT, register="hosp; Hospital")
    return x, list(opening.invite(x, "spring", "hosp", Who.PRACTITIONER, MANY, PAT))


def test_no_hidden_column_pairs_a_code_with_its_answer(postgresql: str, fresh_url: Callable[[], str]) -> None:
    """PostgreSQL keeps with every row which transaction wrote it (xmin), and lays rows down in the order in which they came (ctid)."""
    url = fresh_url()
    if not url.startswith("postgresql"):
        pytest.skip("SQLite has no such columns")
    store = SqlStore(url)
    x, codes = asked(store)
    Random(7).shuffle(codes)
    for n, code in enumerate(codes):
        answering.save(x, code, scores={"pur1": 1 + n % 5})
        answering.send(x, code)
    with store._engine.connect() as db:
        spent = {row[0] for row in db.execute(text("SELECT xmin::text FROM invited WHERE used"))}
        answered = [row[0] for row in db.execute(text("SELECT xmin::text FROM answer"))]
        laid = [row[0] for row in db.execute(text("SELECT id FROM answer ORDER BY ctid"))]
    store.close()
    assert len(answered) == MANY
    assert len(set(answered)) == 1, (
        f"{len(spent & set(answered))} of {MANY} answers bear the number of the transaction of their code"
    )
    assert laid == sorted(laid), "rows lie in the order of ids that were drawn by chance"


def test_a_code_of_ones_own_stands_beside_the_answer_alone_and_scrambled(fresh_url: Callable[[], str]) -> None:
    store = SqlStore(fresh_url())
    x, codes = asked(store)
    for n, code in enumerate(codes):
        answering.save(x, code, scores={"pur1": 4})
        answering.send(x, code, f"canary street {n}")
    with x.store.begin() as tx:
        own = {a.code for a in tx.collaboration.answers("spring")}
    with store._engine.connect() as db:
        rows = {t.name: [repr(tuple(row)) for row in db.execute(t.select())] for t in metadata.sorted_tables}
    store.close()
    assert len(own) == MANY and len(rows["invited"]) == MANY
    assert not any("canary" in row for some in rows.values() for row in some)
    assert {name for name, some in rows.items() for row in some if any(o in row for o in own)} == {"answer"}


def test_a_draft_leaves_nothing_in_the_file(tmp_path: Path) -> None:
    """What was unsaid again, and the draft beside its code, is gone from SQLite's file too, not only from what it gives."""
    store = SqlStore(f"sqlite:///{tmp_path}/one.sqlite")
    x, codes = asked(store)
    for code in codes:
        answering.save(x, code, scores={"pur1": 4}, missing="canary-unsaid " * 30)
        answering.save(x, code, missing="")
        answering.send(x, code)
    store.close()
    left = {p.name: p.read_bytes().count(b"canary-unsaid") for p in tmp_path.iterdir()}
    assert not any(left.values()), left
