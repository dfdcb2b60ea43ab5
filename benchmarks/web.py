"""`python -m benchmarks web [PEOPLE] [EACH]`: how quick and how heavy each page is, for each role, at the invented place of ten thousand people.

Writes docs/explanation/pages-speed.md. The place is made once (a quarter of an hour and more) and kept beside the other stores of benchmarks.
The server is a process of its own; one reader asks for one page after the other, as a person does, and goes wherever links lead.
"""

import re
import subprocess
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from html import unescape
from itertools import cycle, islice
from pathlib import Path
from random import Random
from statistics import median, quantiles

import httpx
from starlette.routing import Match

from benchmarks.arrival import FOLDER
from benchmarks.load import memory
from benchmarks.served import served
from vado.web.app import ROUTES

PAGE = Path("docs/explanation/pages-speed.md")
ROLES = ("ana.hospital", "citizen", "carer", "manager", "operator", "administrator")
WANTED, HEAVIEST = 100.0, 200_000  # ms for 95 of 100; bytes with all that belongs to a page
_NAMES = ("garcia", "maria lopez", "fernandez", "1975-05-29", "jose", "martinez ruiz")
_LINK = re.compile(r'(?:href|src)="(/[^"#]*)')
Times = dict[tuple[str, str], list[tuple[float, int]]]  # (role, page) -> ms and bytes of each answer


def web(people: str = "10000", each: str = "30") -> str:
    """Measure all pages; write the page and give it."""
    place = _place(int(people))
    times: Times = defaultdict(list)
    with served("town", place) as server:
        with _reader(server.port) as nobody:
            floor = [_timed(nobody, "/help")[0] for _ in range(100)]
        for role in ROLES:
            with _reader(server.port) as client:
                _walk(client, role, times, int(each))
        most = memory(server.pid)
    text = _written(int(people), times, median(floor), most)
    PAGE.write_text(text, "utf-8")
    return text


def _reader(port: int) -> httpx.Client:
    """Give a browser's connection; it waits for the server to begin."""
    way = httpx.HTTPTransport(retries=8)
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        transport=way,
        follow_redirects=True,
        timeout=60,
        headers={"Accept-Encoding": "gzip"},
    )


def _place(people: int) -> Path:
    """Make the place where it is not there yet."""
    folder = FOLDER / "town"
    place = folder / f"place-{people}-1"
    if not (place / "done").exists():
        command = [sys.executable, "-c", "from vado.cli.main import main; main()", "demo", "--people", str(people)]
        subprocess.run([*command, "--folder", str(folder), "--no-serve"], check=True)
        (place / "done").touch()
    return place


def _walk(client: httpx.Client, role: str, times: Times, each: int) -> None:
    """Go through the pages of a role, each kind so many times, in no order; the first answer of each kind is not counted.

    Kinds of which there are fewer pages are asked for again.
    """
    if not client.post(f"/sign-in/as/{role}", headers={"Origin": str(client.base_url).rstrip("/")}).is_success:
        return
    waiting, seen, heavy = deque(["/", "/me", "/help"] * each), set[str](), dict[str, int]()
    met: dict[str, list[str]] = defaultdict(list)
    chance = Random(1)  # noqa: S311 - no secret
    while waiting:
        path = waiting.popleft()
        name = _page_of(path)
        if (
            not name
            or len(times[role, name]) > each
            or (path in seen and name not in {"search", "help"} and "{" in _path_of(name))
        ):
            continue
        seen.add(path)
        spent, size, text = _asked(client, name, path, chance)
        if text:
            times[role, name].append((spent, size + sum(_weight(client, heavy, part) for part in _parts(text))))
            met[name].append(path)
            found = list(dict.fromkeys(unescape(link) for link in _LINK.findall(text)))
            chance.shuffle(found)
            waiting.extend(found[: 3 * each])
    for name, paths in met.items():
        for path in islice(cycle(paths), max(0, each + 1 - len(times[role, name]))):
            spent, _, text = _asked(client, name, path, chance)
            assert text, path
            times[role, name].append((spent, 0))


def _asked(client: httpx.Client, name: str, path: str, chance: Random) -> tuple[float, int, str]:
    """Ask for a page; the search is asked for somebody. Gives ms, bytes, and the HTML; "" where it is shut or no page."""
    if name == "search":
        return _timed(client, path, {"words": chance.choice(_NAMES)})
    return _timed(client, path)


def _timed(client: httpx.Client, path: str, form: dict[str, str] | None = None) -> tuple[float, int, str]:
    began = time.perf_counter()
    origin = {"Origin": str(client.base_url).rstrip("/")}
    answer = client.get(path) if form is None else client.post(path, data=form, headers=origin)
    spent = 1000 * (time.perf_counter() - began)
    is_file = answer.headers.get("content-disposition", "").startswith("attachment")
    is_page = answer.status_code == 200 and answer.headers.get("content-type", "").startswith("text/html") and not is_file
    return spent, answer.num_bytes_downloaded, answer.text if is_page else ""


def _parts(text: str) -> Iterator[str]:
    """Give the addresses of what a page is made of; pictures that wait until they are seen do not count."""
    for tag in re.findall(r"<(?:link|script|img|source)\b[^>]*>", text):
        link = re.search(r'(?:href|src)="(/[^"]*)"', tag)
        if link and 'loading="lazy"' not in tag and 'rel="icon"' not in tag:
            yield unescape(link[1])


def _weight(client: httpx.Client, known: dict[str, int], part: str) -> int:
    if part not in known:
        known[part] = client.get(part).num_bytes_downloaded
        if "tokens.css" in part:
            known[part] += 34_000  # its letters
    return known[part]


def _page_of(path: str) -> str:
    scope = {"type": "http", "method": "GET", "path": path.partition("?")[0], "headers": []}
    name = next((r.name for r in ROUTES if r.matches(scope)[0] is Match.FULL), "")
    return (
        "" if name.startswith(("fhir", "smart", "static", "content", "language", "oidc", "page", "health", "metrics")) else name
    )


def _path_of(name: str) -> str:
    return next(r.path for r in ROUTES if r.name == name)


def _written(people: int, times: Times, floor: float, most: float) -> str:
    rows, over = [], 0
    for (role, name), found in times.items():
        ms = [spent for spent, _ in found[1:]]
        if len(ms) < 2:
            continue
        late, heavy = quantiles(ms, n=20)[-1], max(size for _, size in found)
        over += late >= WANTED or heavy >= HEAVIEST
        rows.append(
            f"| {name} | {role.partition('.')[0]} | {len(ms)} | {median(ms):.0f} | {late:.0f} | {max(ms):.0f} | {late / floor:.0f} | {heavy // 1000} |"
        )
    said = "every page is within both" if not over else f"{over} of {len(rows)} are not within both"
    head = f"""# How quick and how heavy the pages are

`python -m benchmarks web` writes this page: the invented place of {people:,} people, SQLite, one server, one reader who follows links as each role.
Wanted: 95 of 100 answers in less than {WANTED:.0f} ms, and less than {HEAVIEST // 1000} kB with style, letters, script and pictures; {said}.
The floor, a help page that asks the store nothing: {floor:.1f} ms. Memory of the server afterwards: {most:.0f} MB.

| page | role | asked | p50 ms | p95 ms | most ms | p95 / floor | heaviest kB |
|-|-|-:|-:|-:|-:|-:|-:|
"""
    return head + "\n".join(sorted(rows)) + "\n"
