"""A thread that writes without a pause does not keep the others waiting."""

import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

from vado.exchange.ports import Audit
from vado.store.sql.store import SqlStore


def test_a_page_gets_its_turn_while_much_is_written(tmp_path: Path) -> None:
    store, stop, written = SqlStore(f"sqlite:///{tmp_path}/vado.sqlite"), Event(), []

    def write() -> None:
        while not stop.is_set():
            with store.begin() as tx:
                for _ in range(200):
                    tx.audit(Audit(datetime.now(UTC), "writer", "write"))
            written.append(1)

    writers = [Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(20):
            before = len(written)
            with store.begin() as tx:
                tx.audits(limit=1)
            assert len(written) - before <= len(writers) + 1, "others went before whoever had asked earlier"
            time.sleep(0.01)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
        store.close()
