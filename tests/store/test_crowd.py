"""A crowd under one key: nobody is compared with thousands, and the place is told."""

from dataclasses import replace
from pathlib import Path

from vado.linkage.block import keys
from vado.model.original import PartnerId
from vado.model.person import Demographics, Identifier
from vado.store.sql.store import SqlStore


def test_thousands_of_whom_one_day_or_one_number_is_known_compare_nobody_and_say_so(tmp_path: Path) -> None:
    baby = Demographics("", PartnerId("hospital"), birth_date="2026-01-01", postal_codes=("28001",), gender="female")
    one = replace(baby, identifiers=(Identifier("urn:x:ward", "1"),), family=("perez",))  # and one number for everybody
    empty = Demographics("", PartnerId("hospital"))
    store = SqlStore(f"sqlite:///{tmp_path}/crowd.sqlite")
    with store.begin() as tx:
        for n in range(600):
            for kind, d in (("b", baby), ("o", one), ("e", empty)):
                d = replace(d, patient=f"{kind}{n}")
                tx.know(d, keys(d))
        for d in (baby, one):
            candidates, crowded = tx.candidates(keys(d))
            assert crowded == len(keys(d)) > 0  # every key is passed over, and told
            assert candidates == ()
        assert keys(empty) == ()
        assert tx.candidates(keys(empty)) == ((), 0)
    store.close()


def test_where_many_share_a_key_the_rarest_are_read_first_and_then_no_more(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/many.sqlite")
    with store.begin() as tx:
        for n in range(900):
            tx.know(Demographics(f"p{n}", PartnerId("a")), [f"each of 3|{n // 3}", f"each of 300|{n // 300}"])
        few, none = tx.candidates(["each of 3|0", "each of 300|0", "each of 300|1", "each of 300|2"])
        assert none == 0
        assert len(few) == 300  # 3, and the next block of 300 brings it to enough
        assert {"p0", "p1", "p2"} <= {d.patient for d in few}
    store.close()
