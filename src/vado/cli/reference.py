"""Make the reference pages from the code: `python -m vado.cli.reference docs/reference`."""

import sys
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path

from vado.errors import CODES
from vado.settings.settings import Settings
from vado.wiring.newcomer import told_fields


def errors_page() -> str:
    """Give every code with what happened and what to do, as Markdown."""
    lines = [
        "# Errors and issues",
        "",
        "Made from `src/vado/errors/` by `make reference`.",
        "",
        "| code | severity | what | what to do | exit | HTTP |",
        "|-|-|-|-|-:|-:|",
    ]
    for name, code in sorted(CODES.items()):
        stops = (str(code.exit), str(code.http)) if not name.startswith("IN-") else ("", "")
        lines.append(f"| {name} | {code.severity.value} | {code.what} | {code.do} | {stops[0]} | {stops[1]} |")
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Give every setting with its default and meaning, as Markdown."""
    told = told_fields(Settings)
    lines = [
        "# Settings",
        "",
        "Keys of `vado.toml`; `VADO_<KEY>` in the environment overrules them. Unknown keys stop the start.",
        "",
        "| key | default | meaning |",
        "|-|-|-|",
    ]
    for f in fields(Settings):
        if f.name != "place":
            lines.append(f"| {f.name} | `{f.default!r}` | {told[f.name]} |")
    return "\n".join([*lines, "", "`VADO_PLACE` names the place, as `--place` does.", ""])


def channels_page() -> str:
    """Give every key of every kind of channel, as Markdown."""
    lines = [
        "# Channels: how partners send",
        "",
        "Made from the code by `make reference`. Each is a `[[channel]]` of `partners/<id>.toml`; `vado serve` opens them, `vado channels` says how they",
        "fare, `vado partner add` writes one, `vado partner check` tries it. Unknown keys stop the start. Paths are of the place's folder. A partner is told",
        "*received*, and what lies at a partner is moved, deleted or marked, only when it is on disk here. How to: [connect a partner](../how-to/connect-a-partner.md).",
        "",
        '`kind` says which it is; `way = "out"` makes it one that Vado sends by (`folder`, `mllp`, `smtp` and `https` have their own page; `sftp` and `store` below).',
    ]
    for title, name in _CHANNELS:
        module, _, kind = name.partition(":")
        way = getattr(import_module(module), kind)
        lines += ["", f"## {title}", "", "| key | default | meaning |", "|-|-|-|"]
        told, where = told_fields(way), {f.name: f for f in fields(way)}
        first = [f for f in where.values() if f.default is MISSING and f.name in told and f.name != "name"]
        rest = [f for f in where.values() if f not in first and f.name in told]
        lines += [f"| {f.name} | {_default(f.name, f.default)} | {_cell(told[f.name])} |" for f in (*first, *rest)]
    return "\n".join(lines) + "\n"


_CHANNELS = (
    ('kind = "folder": a watched folder', "vado.channels.watched:WatchedFolder"),
    ('kind = "imap": a mailbox', "vado.channels.imap:Mailbox"),
    ('kind = "smtp": mail straight to Vado', "vado.channels.smtp:MailDoor"),
    ('kind = "sftp": a partner\'s SFTP server', "vado.channels.sftp:SftpIn"),
    ('kind = "store": object storage and whatever else fsspec opens', "vado.channels.store:StoreIn"),
    ('kind = "mllp": HL7 v2 straight to Vado', "vado.channels.mllp:Door"),
    ('kind = "sftp", way = "out": to an SFTP server', "vado.channels.sftp_out:SftpOut"),
    ('kind = "store", way = "out": into object storage', "vado.channels.store:StoreOut"),
)


def _default(name: str, value: object) -> str:
    if value is MISSING:
        return "its kind" if name == "name" else "must be said"
    if value in (None, "", ()):
        return "none"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "errors.md").write_text(errors_page(), "utf-8")
    (folder / "settings.md").write_text(settings_page(), "utf-8")
    (folder / "channels.md").write_text(channels_page(), "utf-8")
