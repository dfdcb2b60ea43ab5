"""The report of a round from the terminal: both forms, both languages, and what is said when there is none."""

from datetime import date
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner

from spoken import SIZES, answers, asked, kept, two_rounds
from vado.cli.collaboration import collaboration
from vado.cli.main import Context
from vado.wiring.build import open_exchange


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    (folder / "vado.toml").write_text('language = "es"\n')
    (folder / "partners").mkdir()
    with open_exchange(Context(str(folder)).settings()) as x:
        two_rounds(x)
        open_ = asked("open", SIZES, closes=date(2130, 1, 1))
        kept(x, open_, answers(open_, SIZES, 12, 5))
    return folder


def vado(place: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(collaboration, ["results", *words], obj=Context(str(place)))
    return done.exit_code, done.output


@pytest.mark.parametrize(("lang", "words"), [((), "En pocas palabras"), (("--lang", "en"), "In short")])
def test_a_report_is_written_in_the_language_of_the_place_or_another(
    place: Path, tmp_path: Path, lang: tuple[str, ...], words: str
) -> None:
    for name in ("r.pdf", "r.HTML"):
        file = tmp_path / name
        assert vado(place, "autumn", "--report", str(file), *lang)[0] == 0
        content = file.read_bytes()
        if name == "r.pdf":
            first = pypdfium2.PdfDocument(BytesIO(content))[0].get_textpage().get_text_bounded()
            assert words in first and "Round autumn" in first
        else:
            assert words.encode() in content and b"data:image/svg+xml" in content


def test_no_report_of_an_open_round_nor_in_another_form(place: Path, tmp_path: Path) -> None:
    code, said = vado(place, "open", "--report", str(tmp_path / "r.pdf"))
    assert code == 0 and "takes answers until 2130-01-01" in said
    code, said = vado(place, "autumn", "--report", str(tmp_path / "r.docx"))
    assert code == 2 and ".pdf or .html" in said
    assert not list(tmp_path.iterdir())
