"""Options of a [[send]]: each writer says which it knows, and how each is checked."""

from collections.abc import Callable, Mapping
from typing import Any

from vado.errors import SettingsError
from vado.model.outgoing import Wish

Check = Callable[[Any], str]  # says what is wrong with a value; "" when it is right


def check_options(wish: Wish, known: Mapping[str, Check]) -> None:
    """Check what a wish asks of its form.

    Raises:
        SettingsError: CO-001, an option that is unknown; CO-002, one that is wrong.
    """
    path = f"{wish.partner}.toml"
    for key, value in wish.options.items():
        name = f"send {wish.name}: {key}"
        if key not in known:
            raise SettingsError("CO-001", path=path, key=name)
        if fault := known[key](value):
            raise SettingsError("CO-002", path=path, fault=f"{name} {fault}")


def one_of(*choices: str) -> Check:
    """Make the check of an option that is one of these words."""
    return lambda value: "" if value in choices else f"is one of {', '.join(choices)}"


def web_address(value: Any) -> str:
    """Check an address that a person opens; `{person}` in it becomes the person's id."""
    if not isinstance(value, str) or not value.startswith(("https://", "http://")) or any(c.isspace() for c in value):
        return "is a web address that begins with https:// or http://"
    if not value.isascii() or not value.isprintable() or len(value) > 300:
        return "is a web address of at most 300 plain letters"
    return "" if set(value.replace("{person}", "")).isdisjoint("{}<>\"'\\") else "takes {person} and no other slot"


def language_of(wish: Wish, languages: tuple[str, ...], known: tuple[str, ...] = ("en", "es")) -> str:
    """Give the language to write in: the option `language`, else the first of the partner's that is known, else English."""
    wanted = (str(wish.options.get("language", "")), *languages)
    return next((one for word in wanted if (one := word.partition("-")[0].lower()) in known), "en")
