"""A paper form of a partner, learned from an empty copy: what it seems to ask for, what a person corrects of it, and the files it becomes.

The same for `vado partner learn-form` and for the page that shows the boxes over the picture of the form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vado.errors import SettingsError
from vado.extract.layout import compile_layout
from vado.extract.proposal import propose_form, toml_of
from vado.model.form import FieldKind, Form, FormField, FormProposal
from vado.model.person import slug
from vado.settings.form import END, NAME, save_form
from vado.settings.learned import write_layout

_LONGEST = 80  # letters of a label, an option or a title


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says of one box."""

    label: str
    kind: FieldKind
    option: str = ""  # of a box to tick: the value that a tick means
    left_out: bool = False


def name_of(file: str) -> str:
    """Make the name of a form of the name of its file: lower case letters, digits and hyphens."""
    return slug(Path(file).stem, 63).strip("-") or "form"


def propose(content: bytes, name: str) -> FormProposal:
    """Say what an empty copy of a form seems to ask for. Nothing is written.

    Raises:
        UnreadableOriginal: IN-007 damaged, IN-016 locked, IN-506 too large.
        SettingsError: CO-011 too many pages, CO-012 nothing to learn from.
    """
    from vado.tools.blank import learn  # what finds boxes is loaded with the first form
    from vado.tools.image import to_png

    learned = learn(content, name)
    return FormProposal(learned.form, learned.source, tuple(to_png(pixels) for pixels in learned.pictures))


def corrected(form: Form, name: str, title: str, said: Mapping[int, Correction]) -> Form:
    """Give the form as a person corrected it. `said`: of the boxes, by their number from 0; one of which nothing is said stays.

    Raises:
        SettingsError: CO-013, a box has no name; CO-014, none is left; CO-015, the form's name will not do.
    """
    from vado.tools.blank import unique

    if not NAME.fullmatch(name):
        raise SettingsError("CO-015")
    kept: list[FormField] = []
    for n, f in enumerate(form.fields):
        c = said.get(n, Correction(f.label, f.kind, f.option))
        label, option = " ".join(c.label.split())[:_LONGEST], " ".join(c.option.split())[:_LONGEST]
        if c.left_out:
            continue
        if not label:
            raise SettingsError("CO-013", number=n + 1)
        tick = c.kind is FieldKind.CHECK
        kept.append(replace(f, label=label, kind=c.kind, option=(option or "Yes") if tick else ""))
    if not kept:
        raise SettingsError("CO-014")
    return replace(form, name=name, title=" ".join(title.split())[:_LONGEST] or name, fields=tuple(unique(kept)))


def layout_of(form: Form) -> Mapping[str, Any]:
    """Give the [[form]] layout that its labels ask for; {} when none of them is a known word: its boxes are kept as text.

    Raises:
        ValueError: the layout does not fit.
    """
    layout = propose_form(form.name, form.title, form.fields)
    if layout:
        compile_layout(layout)
    return layout


def is_there(profile: Path, name: str) -> bool:
    """Say whether a partner has a form of this name. `profile`: partners/<id>.toml."""
    return (profile.with_suffix("") / f"{name}{END}").exists()


def save(profile: Path, proposal: FormProposal) -> Path:
    """Write the form beside the profile, with pictures of its boxes, and its layout into the profile; gives the path of its text.

    Raises:
        SettingsError: CO-001, CO-002, the profile cannot be read with it. ValueError: the layout does not fit, or there is no form.
    """
    from vado.tools.blank import with_boxes
    from vado.tools.image import frames

    if proposal.form is None:
        raise ValueError("there is no form")
    layout = layout_of(proposal.form)
    path = save_form(profile.with_suffix(""), proposal.form)
    for number, picture in enumerate(proposal.pictures, 1):
        pixels = next(iter(frames(picture)))
        path.with_name(f"{proposal.form.name}.form-{number}.png").write_bytes(with_boxes(pixels, proposal.form, number))
    write_layout(profile, f"form {proposal.form.name}", toml_of(layout, "form") if layout else "")
    return path
