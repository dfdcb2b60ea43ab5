"""Help in the reader's language: a list of topics, those of the reader's role first, and each topic with its pictures."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vado.web.render import asked, page
from vado.web.statics import address

_HELP = files("vado.web") / "help"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic in one language."""

    name: str
    title: str
    roles: frozenset[str]
    text: str  # Markdown, without the title


@dataclass(frozen=True, slots=True)
class View:
    """The list, or one topic with its text."""

    mine: tuple[Topic, ...]  # for this reader's role
    others: tuple[Topic, ...]
    topic: Topic | None
    text: Markup


def help_list(request: Request) -> Response:
    """Show which topics there are."""
    return _show(request, None)


def help_topic(request: Request) -> Response:
    """Show one topic."""
    wanted = request.path_params["topic"]
    found = next((t for t in topics(asked(request).viewer.language) if t.name == wanted), None)
    if found is None:
        raise HTTPException(404)
    return _show(request, found)


@cache
def topics(language: str) -> tuple[Topic, ...]:
    """Read the topics of a language, in their order."""
    return tuple(_topic(said, language) for said in tomllib.loads((_HELP / "topics.toml").read_text("utf-8"))["topic"])


def _topic(said: Mapping[str, Any], language: str) -> Topic:
    title, _, text = (_HELP / language / f"{said['name']}.md").read_text("utf-8").partition("\n")
    return Topic(said["name"], title.removeprefix("# "), frozenset(said["roles"]), text)


def _show(request: Request, topic: Topic | None) -> Response:
    who = asked(request)
    language, role = who.viewer.language, who.viewer.role.value
    every = topics(language)
    mine = tuple(t for t in every if role in t.roles)
    others = tuple(t for t in every if t not in mine)
    text = Markup(_drawn(topic.text, language)) if topic else Markup()  # noqa: S704 - our own files, and no HTML in them is let through
    return page(who, "help/page.html", View(mine, others, topic, text))


@cache
def _drawn(text: str, language: str) -> str:
    """Make HTML of a topic; a picture is named without its place: it is the one of this language."""
    markdown = MarkdownIt("commonmark", {"html": False})
    markdown.add_render_rule("image", _picture)
    return markdown.render(text, {"language": language})


def _picture(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Mapping[str, str]) -> str:
    token = tokens[at]
    token.attrs = {"src": address(f"help/{env['language']}/{token.attrs['src']}.webp"), "alt": token.content, "loading": "lazy"}
    return self.renderToken(tokens, at, options, env)  # type: ignore[arg-type]
