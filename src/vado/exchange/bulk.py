"""Bulk export (FHIR Bulk Data Access 2): stored JSON written to NDJSON files as it is, one export at a time, resumed after any stop.

What was told once, with certainty, is copied byte for byte; only the rest is looked at: what stands of it, and what a person said.
"""

import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Lock, Thread
from typing import BinaryIO
from uuid import uuid4

import orjson

from vado.errors import NotFound, Refusal
from vado.exchange import allow
from vado.exchange.consult import threshold_of
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.exchange.sight import Sight
from vado.model.export import Export, Only, Progress, Written
from vado.model.record import Viewer
from vado.record.weigh import weigh

KEPT = timedelta(hours=24)  # how long the files may be fetched
_PAGE = 5_000  # facts read in one transaction
_NOTE = 50_000  # facts after which what is written is made sure


class Exporter:
    """Writes exports in a thread of its own. Use it as a context: entering it finishes what an earlier stop left.

    Args:
        x: the exchange.
        folder: where the files lie, a folder for each export.
    """

    def __init__(self, x: Exchange, folder: Path) -> None:
        self._x, self._folder = x, folder
        self._one, self._stop = Lock(), Event()
        self._thread: Thread | None = None

    def __enter__(self) -> "Exporter":
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._x.store.begin() as tx:
            left = [e.id for e in tx.bulk.exports() if e.state is Progress.RUNNING]
        for id_ in left[:1]:
            self._start(id_)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop writing; what is not written yet is written after the next start."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def begin(self, asked: str, kinds: Iterable[str], only: Only, viewer: Viewer) -> Export:
        """Start an export of what this viewer may see. Raises NotPermitted AC-001; Refusal FH-047: one is running."""
        allow.check(viewer, "fhir.export")
        x, at = self._x, self._x.clock()
        with self._one, x.store.begin() as tx:
            self._drop_old(tx)
            if any(e.state is Progress.RUNNING for e in tx.bulk.exports()):
                raise Refusal("FH-047")
            wanted, see = set(kinds), Sight(x, tx, viewer, action="fhir.export")
            named = tuple(k for k in tx.bulk.kinds() if (not wanted or k in wanted) and see.names(k))
            export = Export(uuid4().hex, viewer.name, asked, at, named, only, viewer=viewer)
            tx.bulk.keep_export(export)
            tx.audit(Audit(at, viewer.name, "export", export.id))
        self._start(export.id)
        return export

    def look(self, id_: str, viewer: Viewer) -> Export:
        """Say where an export stands, to who asked for it. Raises Refusal FH-048."""
        with self._x.store.begin() as tx:
            self._drop_old(tx)
            return _mine(tx, id_, viewer)

    def cancel(self, id_: str, viewer: Viewer) -> None:
        """End an export, and drop its files. Raises Refusal FH-048."""
        with self._x.store.begin() as tx:
            export = _mine(tx, id_, viewer)
            tx.bulk.keep_export(replace(export, state=Progress.CANCELLED, ended=self._x.clock()))
            tx.audit(Audit(self._x.clock(), viewer.name, "cancel-export", id_))
        shutil.rmtree(self._folder / id_, ignore_errors=True)

    def file(self, id_: str, name: str, viewer: Viewer) -> Path:
        """Give a file of an export that is done. Raises Refusal FH-048."""
        with self._x.store.begin() as tx:
            self._drop_old(tx)
            export = _mine(tx, id_, viewer)
            if export.state is not Progress.DONE or name not in {f.name for f in export.files}:
                raise Refusal("FH-048")
            tx.audit(Audit(self._x.clock(), viewer.name, "export", id_))
        return self._folder / id_ / name

    def _start(self, id_: str) -> None:
        self._thread = Thread(
            target=write_export, args=(self._x, self._folder / id_, id_, self._stop), name="vado-export", daemon=True
        )
        self._thread.start()

    def _drop_old(self, tx: Transaction) -> None:
        for export in tx.bulk.exports():
            if export.ended and export.ended + KEPT < self._x.clock():
                tx.bulk.forget_export(export.id)
                shutil.rmtree(self._folder / export.id, ignore_errors=True)


def _mine(tx: Transaction, id_: str, viewer: Viewer) -> Export:
    export = tx.bulk.export(id_)
    if export is None or export.who != viewer.name or export.state is Progress.CANCELLED:
        raise Refusal("FH-048")
    return export


def members(x: Exchange, group: str, viewer: Viewer) -> tuple[str, ...]:
    """Give the patients of a Group that a partner told: its own, or one that this viewer may see. Raises NotFound RE-002."""
    with x.store.begin() as tx:
        found = [f for f in tx.facts_named([group]) if f.kind == "Group"]
        see = Sight(x, tx, viewer, action="fhir.export")
        own = [f for f in found if viewer.partner and f.evidence.partner == viewer.partner and see.names("Group")]
        if not (own or see.facts(found)):
            raise NotFound("RE-002")
    entities = [m.get("entity", {}).get("reference", "") for m in found[0].resource.get("member", ()) if not m.get("inactive")]
    return tuple(e.removeprefix("Patient/") for e in entities if e.startswith("Patient/"))


def write_export(x: Exchange, folder: Path, id_: str, stop: Event) -> None:
    """Write what is not written yet, until it is done, cancelled or stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    with x.store.begin() as tx:
        export = tx.bulk.export(id_)
    while export and export.state is Progress.RUNNING and export.at < len(export.kinds):
        export = _write_kind(x, folder, export, stop)
        if stop.is_set():
            return
    if export and export.state is Progress.RUNNING:
        with x.store.begin() as tx:
            now = tx.bulk.export(id_)
            if now and now.state is Progress.RUNNING:
                tx.bulk.keep_export(replace(export, state=Progress.DONE, ended=x.clock()))


def _write_kind(x: Exchange, folder: Path, export: Export, stop: Event) -> Export | None:
    """Write the file of one type, from where it is sure; give the export as it is noted then. None: it was cancelled."""
    kind = export.kinds[export.at]
    name = f"{kind}.ndjson"
    before = next((f for f in export.files if f.name == name), Written(kind, name, 0, 0))
    others = tuple(f for f in export.files if f.name != name)
    count, after, since_noted, ended = before.count, export.after, 0, False
    with (folder / name).open("r+b" if (folder / name).exists() else "w+b") as file:
        file.truncate(before.size)
        file.seek(before.size)
        while not ended and not stop.is_set():
            with x.store.begin() as tx:
                lines = tx.bulk.lines(kind, after=after, limit=_PAGE, only=export.only)
                some = _given(x, tx, lines, export.viewer)
            file.write(b"".join(some))
            count, since_noted, ended = count + len(some) // 2, since_noted + len(lines), not lines
            after = lines[-1][0] if lines else after
            if not ended and since_noted < _NOTE:
                continue
            _make_sure(file)
            noted = (*others, Written(kind, name, count, file.tell())) if count else others
            export = replace(export, files=noted, at=export.at + ended, after="" if ended else after)
            if not _note(x, export):
                return None
            since_noted = 0
    return export


def _given(x: Exchange, tx: Transaction, lines: tuple[tuple[str, bytes | None], ...], viewer: Viewer) -> list[bytes]:
    """Give each line that the viewer may see, and its end; what is not plain is weighed first."""
    see = Sight(x, tx, viewer, action="fhir.export")
    if not see.all:
        wanted = tx.facts_named(id_ for id_, line in lines if line != b"")
        seen = {f.id for f in see.facts(wanted)}
        lines = tuple((id_, line) for id_, line in lines if id_ in seen)
    doubtful = [id_ for id_, line in lines if line is None]
    weighed: dict[str, bytes] = {}
    if doubtful:
        facts = weigh(tx.facts_named(doubtful), tx.decisions(facts=doubtful), threshold_of(x)).facts
        weighed = {f.id: orjson.dumps(f.resource) for f in facts}
    some: list[bytes] = []
    for id_, line in lines:
        if plain := weighed.get(id_) if line is None else line:
            some += (plain, b"\n")
    return some


def _make_sure(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _note(x: Exchange, export: Export) -> bool:
    """Note how far it is, unless it was cancelled meanwhile."""
    with x.store.begin() as tx:
        now = tx.bulk.export(export.id)
        if now is None or now.state is not Progress.RUNNING:
            return False
        tx.bulk.keep_export(export)
        return True
