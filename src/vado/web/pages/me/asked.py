"""What was asked, and what came of it; and the record to take away."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from vado.exchange import consult, replies
from vado.exchange.download import download as downloaded
from vado.model.said import Owed
from vado.record.words import detail, title
from vado.web.pages.me.whose import Whose, queried
from vado.web.render import asked, page


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    whose: Whose
    asked: tuple[tuple[Owed, str], ...]  # with the words of the entry that it is about
    now: datetime


@dataclass(frozen=True, slots=True)
class Away:
    """The page of what may be taken away."""

    whose: Whose


def mine(request: Request) -> Response:
    """Show what was asked."""
    who = asked(request)
    whom = queried(who)
    owed = replies.mine(who.x, whom.id, who.viewer)
    told = consult.show_record(who.x, whom.id, who.viewer) if any(o.fact for o in owed) else None
    facts = {f.id: f for line in told.lines for f in (line.shown, *line.same, *line.conflicts)} if told else {}
    words = {
        i: ", ".join(w for w in (who.named(title(f.resource, {})), detail(f.resource)) if w) for i, f in facts.items()
    }  # fmt: skip
    return page(who, "me/asked.html", View(whom, tuple((o, words.get(o.fact, "")) for o in owed), who.x.clock()))


def away(request: Request) -> Response:
    """Show in which forms the record may be taken away."""
    who = asked(request)
    return page(who, "me/download.html", Away(queried(who)))


def download(request: Request) -> Response:
    """Give the record as a file."""
    who = asked(request)
    (file,) = downloaded(who.x, queried(who).id, request.path_params["form"], who.viewer)
    return Response(
        file.content, media_type=file.media_type, headers={"Content-Disposition": f'attachment; filename="{file.name}"'}
    )
