"""Did they get the same facts: what one delivery carried, beside what the record says now. Ids, counts and reasons; no value, no name."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from vado.exchange.carried import beside
from vado.model.delivery import Delivery
from vado.record.parity import Compared
from vado.web.render import Asked, asked, page

_SHOWN = 200  # facts of a kind


@dataclass(frozen=True, slots=True)
class Group:
    """Facts that stand alike."""

    words: str
    facts: tuple[Compared, ...]  # the first of them
    count: int


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    delivery: Delivery
    known: bool
    groups: tuple[Group, ...]
    gone: int
    reasons: Mapping[str, str]  # why something was left out -> in the reader's language, as far as it is known there


def delivery(request: Request) -> Response:
    """Show what a delivery carried beside the record of now."""
    who = asked(request)
    found = beside(who.x, request.path_params["id"], who.viewer)
    groups = tuple(Group(words, facts[:_SHOWN], len(facts)) for words, facts in found.groups)
    reasons = {c.first: _reason(who, c.first) for g in groups for c in g.facts}
    return page(who, "delivery/page.html", View(found.delivery, found.known, groups, found.gone, reasons))


def _reason(who: Asked, reason: str) -> str:
    """Say it in the reader's language; what stands behind a colon are names of elements."""
    said = (part.partition(": ") for part in reason.split("; "))
    return "; ".join(f"{who.say(head)}{colon}{rest}" for head, colon, rest in said)
