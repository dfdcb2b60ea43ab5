"""What a zip file is: an office document is one too, but no archive. Told by the names inside, not by bytes that look alike."""

import re
import zipfile
from io import BytesIO

_LOCAL = re.compile(rb"PK\x03\x04.{22}(..)(..)", re.DOTALL)  # APPNOTE.TXT 4.3.7: name length, extra length, then the name
_HEAD = 200_000
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."


def kind(content: bytes) -> str:
    """Give 'docx', 'xlsx', 'xlsb', 'ods', 'office' (any other office document or book), 'zip', or '' when it is no zip file.

    One that is cut off is judged by the names at its beginning.
    """
    if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return ""
    names = _names(content)
    if "word/document.xml" in names or ("[Content_Types].xml" in names and any(n.startswith("word/") for n in names)):
        return "docx"
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return "xlsb" if "xl/workbook.bin" in names else "xlsx"
    if "mimetype" in names:  # OpenDocument 1.3 part 2, 3.3: the first entry, stored plainly
        return "ods" if _OPEN_DOCUMENT + b"spreadsheet" in content[:200] else "office"
    return "office" if "[Content_Types].xml" in names else "zip"


def _names(content: bytes) -> frozenset[str]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            return frozenset(package.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError):
        head = content[:_HEAD]
        found = ((m.end(), int.from_bytes(m[1], "little")) for m in _LOCAL.finditer(head))
        return frozenset(head[end : end + size].decode("utf-8", "replace") for end, size in found if size < 300)
