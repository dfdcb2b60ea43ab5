"""From a view model to a page: templates, language, the answer's safety headers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from vado.errors import CODES, VadoError
from vado.exchange.ports import Exchange
from vado.linkage.explain import explain
from vado.model.account import Role
from vado.model.original import PartnerId
from vado.model.person import Contribution
from vado.model.reading import Fidelity, Issue
from vado.model.record import Viewer
from vado.model.said import CITIZEN
from vado.record.permit import may
from vado.web.access import viewer
from vado.web.statics import address
from vado.web.words import KINDS, LANGUAGES, PLAIN, day_of, hours, translations, written

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-create=(self), publickey-credentials-get=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def _with_commands(text: str) -> Markup:
    """Show what stands between backticks as something to type."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


@dataclass(frozen=True, slots=True)
class Complaint:
    """An issue or a fault in the reader's language."""

    code: str
    place: str  # path in the original; "" when it is about the whole
    what: str
    do: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, in which language, of which exchange."""

    request: Request
    x: Exchange
    viewer: Viewer

    def say(self, text: str) -> str:
        """Translate a text that is known only when it is shown (states, kinds, issues)."""
        return translations(self.viewer.language).gettext(text) if text else ""

    def named(self, title: str) -> str:
        """Give a title as it is; a plain word where it is but the name of a FHIR resource type."""
        return self.say(KINDS[title]) if title in KINDS else title

    def plain(self, code: str) -> str:
        """Say one of our own codes as people say it."""
        return self.say(PLAIN.get(code, code))

    def teller(self, partner: str) -> str:
        """Name who tells something: a partner by its name, and what people say of themselves as that."""
        profile = self.x.profiles.get(PartnerId(partner))
        return self.say("the person themselves") if partner == CITIZEN else profile.name if profile else partner

    def told(self, trouble: Issue | VadoError) -> Complaint:
        """Say an issue or a fault in the reader's language: the text is translated first, then its slots are filled."""
        kind = CODES[trouble.code]
        slots = {name: self.say(str(value)) for name, value in dict(trouble.slots).items()}
        place = trouble.place.path if isinstance(trouble, Issue) and trouble.place else ""
        return Complaint(trouble.code, place, self.say(kind.what).format(**slots), self.say(kind.do).format(**slots))

    def why(self, contributions: Iterable[Contribution]) -> tuple[tuple[str, str, float], ...]:
        """Say how two patients agree: (field, how, bits), the most telling first."""
        return tuple((self.say(field), self.say(level), bits) for field, level, bits in explain(contributions))


def asked(request: Request) -> Asked:
    """Read who asks from the request."""
    return Asked(request, request.app.state.exchange, viewer(request, _language(request)))


def _language(request: Request) -> str:
    """Give the language that the reader chose, else the first of their browser's that there is, else the place's."""
    browser = (part.strip()[:2].casefold() for part in request.headers.get("accept-language", "")[:200].split(","))
    wished = (request.cookies.get("language", ""), *browser, request.app.state.language)
    return next((w for w in wished if w in LANGUAGES), "en")


@cache
def _speaking(language: str) -> Environment:
    """Give the templates in a language, each read and compiled once. No two languages share an environment: they would share words."""
    environment = Environment(
        loader=PackageLoader("vado.web", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    environment.filters["commands"] = _with_commands
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return environment


def page(who: Asked, template: str, view: Any, status: int = 200) -> HTMLResponse:
    """Fill a template. It sees one frozen view model and the words of the language."""
    language, zone = who.viewer.language, who.x.zone
    html = _speaking(language).get_template(template).render(
        view=view, language=language, say=who.say, named=who.named, told=who.told, why=who.why,
        written=lambda when: written(when, language, zone), day=lambda when: written(day_of(when, zone), language),
        hours=lambda first, last: hours(first, last, zone), rungs=list(Fidelity), path=who.request.url.path, static=address,
        now=who.x.clock, teller=who.teller, plain=who.plain,
        may=lambda action: may(who.viewer, action), signed_in=who.viewer.role not in {Role.NOBODY, Role.MACHINE},
    )  # fmt: skip
    return HTMLResponse(html, status)
