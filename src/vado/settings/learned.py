"""Layouts that were learned, in a partner's profile: each between two comments by which it is found again; the rest stays as it is."""

from pathlib import Path

from vado.settings.profile import load_profile


def is_written(path: Path, title: str) -> bool:
    """Say whether a profile has a learned layout of this title."""
    begin, end = _marks(title)
    text = path.read_text("utf-8")
    return begin in text and end in text


def write_layout(path: Path, title: str, layout: str) -> None:
    """Write a layout into the profile, in place of what had its title; '' takes it out. A faulty result is never left behind.

    Raises:
        SettingsError: CO-001, CO-002; the profile is as it was.
    """
    begin, end = _marks(title)
    before, block = path.read_text("utf-8"), f"{begin}{layout}{end}" if layout else ""
    if begin in before and end in before:
        head, _, rest = before.partition(begin)
        after = head + block + rest.partition(end)[2]
    elif block:
        after = f"{before.rstrip()}\n\n{block}"
    else:
        return
    trial = path.with_suffix(".learning")
    try:
        trial.write_text(after, "utf-8")
        load_profile(trial)
        trial.replace(path)
    finally:
        trial.unlink(missing_ok=True)


def _marks(title: str) -> tuple[str, str]:
    title = "".join(c for c in title if c.isprintable())
    return f"# learned: {title}\n", f"# end of learned: {title}\n"
