"""Check the options of a [[send]] of a partner's profile: every writer says which it knows, and of which shape they are."""

from collections.abc import Mapping
from typing import Any

from vado.errors import SettingsError
from vado.model.outgoing import Wish

Rule = type | tuple[type, ...] | frozenset[str]  # of this type, or one of these words


def check_options(wish: Wish, known: Mapping[str, Rule]) -> None:
    """Refuse what is unknown or of another shape.

    Raises:
        SettingsError: CO-001 for an unknown key, CO-002 for a value that does not fit.
    """
    for key, value in wish.options.items():
        rule = known.get(key)
        if rule is None:
            raise SettingsError("CO-001", path=f"{wish.partner}.toml", key=f"send.{wish.name}.{key}")
        if isinstance(rule, frozenset):
            if value not in rule:
                wrong(wish, f"{key} is one of {', '.join(sorted(rule))}")
        elif not isinstance(value, rule):
            wrong(wish, f"{key} is no {_called(rule)}")


def wrong(wish: Wish, fault: str) -> None:
    """Refuse a value. Raises SettingsError CO-002."""
    raise SettingsError("CO-002", path=f"{wish.partner}.toml", fault=f"send {wish.name}: {fault}")


def _called(rule: type | tuple[type, ...]) -> str:
    names: dict[Any, str] = {str: "text", bool: "true or false", list: "list", Mapping: "table", int: "number"}
    kinds = rule if isinstance(rule, tuple) else (rule,)
    return " or ".join(names.get(k, k.__name__) for k in kinds)
