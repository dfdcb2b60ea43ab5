"""Options of a [[send]]: each writer says which it knows, and how each is checked."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from vado.errors import SettingsError
from vado.model.outgoing import Wish

Check = Callable[[Any], str]  # says what is wrong with a value; "" when it is right
Rule = Check | type | tuple[type, ...]  # a check, or of which type a value is


def check_options(wish: Wish, known: Mapping[str, Rule]) -> None:
    """Check what a wish asks of its form.

    Raises:
        SettingsError: CO-001, an option that is unknown; CO-002, one that is wrong.
    """
    path = f"{wish.partner}.toml"
    for key, value in wish.options.items():
        name = f"send {wish.name}: {key}"
        if key not in known:
            raise SettingsError("CO-001", path=path, key=name)
        if fault := _fault(known[key], value):
            raise SettingsError("CO-002", path=path, fault=f"{name} {fault}")


def wrong(wish: Wish, fault: str) -> NoReturn:
    """Refuse what a wish asks. Raises SettingsError CO-002."""
    raise SettingsError("CO-002", path=f"{wish.partner}.toml", fault=f"send {wish.name}: {fault}")


def _fault(rule: Rule, value: Any) -> str:
    if not isinstance(rule, type | tuple):
        return rule(value)
    names: dict[Any, str] = {str: "text", bool: "true or false", list: "list", Mapping: "table", int: "number"}
    kinds = rule if isinstance(rule, tuple) else (rule,)
    return "" if isinstance(value, rule) else f"is no {' or '.join(names.get(k, k.__name__) for k in kinds)}"


def one_of(*choices: str) -> Check:
    """Make the check of an option that is one of these words."""
    return lambda value: "" if isinstance(value, str) and value in choices else f"is one of {', '.join(choices)}"


def web_address(value: Any) -> str:
    """Check an address that a person opens; `{person}` in it becomes the person's id, `{sending}` names the sending it stands in."""
    if not isinstance(value, str) or not value.startswith(("https://", "http://")) or any(c.isspace() for c in value):
        return "is a web address that begins with https:// or http://"
    if not value.isascii() or not value.isprintable() or len(value) > 300:
        return "is a web address of at most 300 plain letters"
    plain = value.replace("{person}", "").replace("{sending}", "")
    return "" if set(plain).isdisjoint("{}<>\"'\\") else "takes {person}, {sending} and no other slot"


def language_of(wish: Wish, languages: tuple[str, ...], known: tuple[str, ...] = ("en", "es")) -> str:
    """Give the language to write in: the option `language`, else the first of the partner's that is known, else English."""
    wanted = (str(wish.options.get("language", "")), *languages)
    return next((one for word in wanted if (one := word.partition("-")[0].lower()) in known), "en")
