"""A place's own questionnaires: instruments/*.toml, or XLSForms (*.xlsx)."""

from pathlib import Path

from vado.collaboration.from_xlsform import from_xlsform
from vado.collaboration.instrument import from_toml
from vado.collaboration.keys import instrument_named
from vado.errors import SettingsError, UnreadableOriginal
from vado.model.survey import Instrument
from vado.tools.spreadsheet import sheets

FOLDER = "instruments"


def load_instruments(folder: Path) -> dict[str, Instrument]:
    """Read every questionnaire of a folder, by name and version: 'ours|1'. A folder that is not there holds none.

    Raises:
        SettingsError: SV-038, or what is wrong with a workbook (SV-030 to SV-037).
    """
    found: dict[str, Instrument] = {}
    for path in sorted((*folder.glob("*.toml"), *folder.glob("*.xlsx"))):
        one = _read(path)
        if instrument_named(one) in found:
            raise SettingsError("SV-038", file=path.name, fault=f"{instrument_named(one)} stands in two files")
        found[instrument_named(one)] = one
    return found


def _read(path: Path) -> Instrument:
    try:
        if path.suffix == ".xlsx":
            return from_xlsform(sheets(path.read_bytes()), path.stem)
        return from_toml(path.read_text("utf-8"))
    except (KeyError, ValueError, TypeError, AttributeError, OSError, UnreadableOriginal) as fault:
        what = fault.args[0] if isinstance(fault, KeyError | ValueError) and fault.args else "it cannot be read"
        raise SettingsError("SV-038", file=path.name, fault=str(what)[:100]) from fault
