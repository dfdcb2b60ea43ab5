"""Looking a route up leads where trying them all leads; what threads hand back reaches everybody who waits, once."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import product

import pytest
from starlette.routing import Match, Route

from vado.web.app import ROUTES
from vado.web.signposts import Signposts
from vado.web.told import told

WORDS = ("fhir", "Patient", "Person", "$export", "_history", "_search", "x", "$everything", "metadata", "upload", "")


def first(routes: object, path: str, method: str) -> Route | None:
    scope = {"type": "http", "path": path, "method": method, "headers": []}
    return next((r for r in routes if r.matches(scope)[0] is Match.FULL), None)  # type: ignore[attr-defined]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_looked_up_as_tried_one_after_the_other(method: str) -> None:
    signposts = Signposts(ROUTES)
    own = [
        r.path.replace("{", "").replace("}", "").replace(":str", "").replace(":path", "").replace("page:int", "1") for r in ROUTES
    ]
    made = ["/" + "/".join(parts) for n in range(1, 5) for parts in product(WORDS, repeat=n)]
    for path in (*own, *(p + "/" for p in own), *made, "/", ""):
        assert first(signposts.near(path), path, method) is first(ROUTES, path, method), path


def test_a_route_that_is_added_later_is_found() -> None:
    signposts = Signposts(ROUTES)
    assert first(signposts.near("/fhir/a/b"), "/fhir/a/b", "GET").name == "fhir-read"  # type: ignore[union-attr]
    new = Route("/fhir/{kind:str}/{id:str}", lambda _: None, name="new")
    signposts.routes.insert(0, new)
    assert first(signposts.near("/fhir/a/b"), "/fhir/a/b", "GET") is new


def test_everybody_is_told() -> None:
    async def all_told() -> list[int]:
        waiting: list[Future[int]] = [Future() for _ in range(2_000)]
        with ThreadPoolExecutor(4) as threads:
            answers = asyncio.gather(*(told(f) for f in waiting))
            for n, future in enumerate(waiting):
                threads.submit(future.set_result, n)
            return await asyncio.wait_for(answers, 30)

    assert asyncio.run(all_told()) == list(range(2_000))


def test_a_fault_is_told_and_who_has_gone_is_left() -> None:
    async def some_told() -> None:
        gone, broken, well = Future[int](), Future[int](), Future[int]()
        tasks = [asyncio.create_task(told(f)) for f in (gone, broken, well)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        gone.set_result(1)
        broken.set_exception(ValueError("no"))
        well.set_result(3)
        with pytest.raises(ValueError, match="no"):
            await tasks[1]
        assert await tasks[2] == 3

    asyncio.run(some_told())
