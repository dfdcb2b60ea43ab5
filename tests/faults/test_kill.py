"""`kill -9` between every two steps: what was acknowledged is there, and `resume` completes the work as if nothing had been."""

import io
import os
import shutil
import zipfile
from pathlib import Path

import orjson
from dying import Dying, DyingStore, Fuse

from plain import arrival, everything, plain_exchange
from vado.exchange import receive as story
from vado.model.original import Arrival
from vado.store.originals import FolderOriginals
from vado.store.sql.store import SqlStore


def bundle(family: str, number: str) -> bytes:
    patient = {
        "resourceType": "Patient", "id": "p", "name": [{"family": family, "given": ["Ana"]}], "birthDate": "1970-02-03",
        "identifier": [{"system": "https://hospital.example/nhc", "value": number}], "gender": "female",
    }  # fmt: skip
    problem = {
        "resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"}, "code": {"text": "Asthma"},
        "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
    }  # fmt: skip
    entries = [{"fullUrl": f"https://x.example/{r['resourceType']}/{r['id']}", "resource": r} for r in (patient, problem)]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def inbox() -> list[Arrival]:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.json"), bundle("García López", "77"))
        archive.writestr(zipfile.ZipInfo("b.json"), bundle("Smith", "78"))
    return [arrival(bundle("García López", "1")), arrival(box.getvalue(), partner="gp"), arrival(b"", partner="council")]


def fresh(folder: Path) -> tuple[SqlStore, FolderOriginals]:
    """An empty place: a copy of one whose tables have been made, which takes a second."""
    folder.mkdir()
    made = folder.parent / "made.sqlite"
    if not made.exists():
        SqlStore(f"sqlite:///{made}").close()
    shutil.copy(made, folder / "vado.sqlite")
    return SqlStore(f"sqlite:///{folder}/vado.sqlite"), FolderOriginals(folder / "originals")


def run_until_death(folder: Path, steps: int) -> tuple[bool, list[str]]:
    """Receive in a process of its own that dies at this step: (did it die, what it had acknowledged before)."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        store, originals = fresh(folder)
        fuse = Fuse(steps)
        x = plain_exchange(DyingStore(store, fuse), Dying(originals, fuse))  # type: ignore[arg-type]
        work = inbox()
        for original, _ in story.keep(x, work):
            os.write(tell, f"{original.partner}/{original.id}\n".encode())
        for _ in story.receive(x, work):
            pass
        os._exit(0)
    os.close(tell)
    with os.fdopen(told) as pipe:
        acknowledged = pipe.read().split()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return os.WIFSIGNALED(status), acknowledged


def test_nothing_acknowledged_is_lost_and_resume_completes(tmp_path: Path) -> None:
    calm = plain_exchange()
    list(story.receive(calm, inbox()))
    expected = everything(calm)
    assert len(expected["facts"]) == 5
    assert len(expected["persons"]) == 3
    deaths, steps = 0, 0
    while True:
        steps += 1
        folder = tmp_path / str(steps)
        died, acknowledged = run_until_death(folder, steps)
        deaths += died
        store = SqlStore(f"sqlite:///{folder}/vado.sqlite")
        x = plain_exchange(store, FolderOriginals(folder / "originals"))
        with store.begin() as tx:
            kept = {f"{r.original.partner}/{r.original.id}": r for r in tx.rows(limit=1000)}
        for one in acknowledged:
            assert one in kept, f"lost after a kill at step {steps}"
            assert x.originals.get(kept[one].original.id) is not None
        list(story.resume(x))
        list(story.receive(x, inbox()))  # the sender repeats what was not acknowledged, and everything else
        assert everything(x) == expected, f"another end after a kill at step {steps}"
        store.close()
        if not died:
            break
    assert deaths > 60, "the fuse is not in the story's way any more"
