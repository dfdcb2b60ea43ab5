"""vado partner check: does each channel work, and what would come of a sample."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import click
from rich.table import Table

from vado.channels.check import Finding, check_way
from vado.cli.words import out
from vado.errors import CODES, VadoError
from vado.exchange.ports import Row
from vado.model.original import Arrival, PartnerId
from vado.model.partner import PartnerProfile
from vado.settings.settings import Settings
from vado.web.words import translations

Say = Callable[..., str]


def speaker(language: str) -> Say:
    """Give what says a text in a language: translated first, then its slots are filled."""
    spoken = translations(language).gettext
    return lambda text, **slots: spoken(text).format(**slots) if slots else spoken(text)


def check_channels(settings: Settings, profile: PartnerProfile, say: Say) -> bool:
    """Look at each channel and show what was found; give whether all of it is good."""
    from vado.wiring.doors import every_way

    good = True
    for kind, way in every_way(profile, settings.place):
        for finding in check_way(kind, way, settings.place / "data"):
            good = good and finding.good
            out.print(f"{'+' if finding.good else '!'} {profile.id}/{way.name} ({kind}): {_told(finding, say)}", markup=False)
    return good


def _told(finding: Finding, say: Say) -> str:
    slots = {k: say(v) for k, v in finding.slots}
    if not finding.code:
        return say(finding.says, **slots)
    return f"{finding.code} {say(finding.says, **slots)}. {say(CODES[finding.code].do, **slots)}."


def check_sample(settings: Settings, profile: PartnerProfile, sample: Path, say: Say) -> bool:
    """Send a sample through a throw-away place and show what came out; give whether it could be read."""
    from vado.wiring.trial import try_out

    kinds = [str(c.get("kind", "")) for c in profile.channels]
    arrival = as_it_would_come(profile.id, kinds[0] if kinds else "folder", sample)
    trial = try_out(settings, arrival)
    table = Table(*(say(h) for h in ("format", "state", "facts", "rung", "not understood")), box=None)
    for row in trial.rows:
        table.add_row(
            row.reader or "-",
            say(row.state.value),
            str(row.facts),
            _rung(row, say),
            str(row.ends.get("not understood", "") or ""),
        )
    out.print(table)
    for fidelity, count in trial.rungs.items():
        out.print(say("{count} facts on the rung {rung}", count=count, rung=say(fidelity.name.lower())), markup=False)
    out.print(say("{count} persons", count=trial.persons), markup=False)
    for line in sorted(set(_issues(trial.rows, say))):
        out.print(line, markup=False)
    for loss in trial.losses[:20]:
        fix = loss.fix or say("no rule yet")
        out.print(say("not understood: {path}, {count} times. {fix}", path=loss.path, count=loss.count, fix=fix), markup=False)
    out.print(say("This was a throw-away place: nothing of it is kept."))
    return all(row.state.value != "held" for row in trial.rows)


def _rung(row: Row, say: Say) -> str:
    from vado.model.reading import Fidelity

    return say(Fidelity(row.fidelity).name.lower()) if row.fidelity else ""


def _issues(rows: tuple[Row, ...], say: Say) -> Iterator[str]:
    for row in rows:
        for i in row.issues:
            slots = {k: say(v) for k, v in i.slots}
            code = CODES[i.code]
            yield f"{i.code} {say(code.what, **slots)}. {say(code.do, **slots)}."


def as_it_would_come(partner: PartnerId, kind: str, sample: Path) -> Arrival:
    """Give the arrival that the partner's first channel would make of a file: mail wraps it, unless it is a mail."""
    content = sample.read_bytes()
    if kind not in ("imap", "smtp") or sample.suffix.lower() == ".eml":
        return Arrival(partner, kind, content, sample.name)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "sample@partner.example", "vado@vado.example", "Sample"
    mail["Message-ID"] = "<sample@partner.example>"
    mail.set_content("")
    mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=sample.name)
    return Arrival(partner, kind, mail.as_bytes())


def told_fault(path: Path, fault: Exception) -> None:
    """Say what is wrong with a profile."""
    click.echo(f"{path.stem}: {fault}" if isinstance(fault, VadoError) else f"{path.stem}: CO-002 {fault}. Correct the line.")
