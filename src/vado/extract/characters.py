"""Bytes to text: which encoding they are in."""

from dataclasses import dataclass, field

from vado.model.person import plain_letters

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_OLD = ("cp1252", "cp850", "mac_roman")  # 8-bit encodings of Western European files, most usual first
_LETTERS = frozenset("áéíóúüñçàèìòùâêîôûäëïöãõåæøßœÁÉÍÓÚÜÑÇÀÈÌÒÙÄËÏÖÃÕÅÆØ")
_SIGNS = frozenset("ºª°¿¡€£±–—‘’“”«»·²³µ…½\xa0")
_SAMPLE = 1 << 16
_LONG = 1 << 22


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the encoding it was in, and how many characters could not be decoded (shown as U+FFFD)."""

    text: str = field(repr=False)
    encoding: str
    replaced: int


def decode(content: bytes) -> Decoded:
    """Give the text of these bytes: by their mark, as UTF-8 or UTF-16 if valid, else the likeliest 8-bit one."""
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None) or _unmarked(content)
    text = content.decode(encoding, "replace")
    said = 0 if encoding == "utf-32" else content.count(b"\xef\xbf\xbd")  # U+FFFD that the sender wrote
    return Decoded(text, encoding, max(0, text.count("\ufffd") - said))


def is_text(content: bytes) -> bool:
    """Say whether these bytes are text: no control characters but white space, in an encoding that `decode` knows."""
    head = content[:_SAMPLE]
    if any(head.startswith(mark) for mark, _ in _MARKS) or _wide(head):
        head = head[: len(head) // 4 * 4].decode(decode(head).encoding, "ignore").encode()
    odd = sum(head.count(bytes([n])) for n in range(32) if n not in (9, 10, 12, 13, 27))
    return bool(head.strip()) and b"\0" not in head and odd <= len(head) * 0.001


def _unmarked(content: bytes) -> str:
    if wide := _wide(content[:_SAMPLE]):
        return wide
    try:
        content.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as fault:
        if fault.start > 200 and content[: fault.start].count(b"\xc3") > 3:  # damaged UTF-8 rather than an old encoding
            return "utf-8"
    odd = bytes(b for b in content[:_LONG] if b > 127)[:_SAMPLE]
    return max(_OLD, key=lambda name: _usual(odd.decode(name, "replace")))  # of equals the first


def _usual(text: str) -> int:
    """How much these characters look like those of Western European words."""
    return sum(2 * (c in _LETTERS) + (c in _SIGNS) for c in text)


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: every other byte of Western text is zero."""
    even, odd = head[:2000:2], head[1:2000:2]
    if len(odd) < 4:
        return ""
    if odd.count(0) > 0.6 * len(odd) and even.count(0) == 0:
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > 0.6 * len(even) and odd.count(0) == 0 else ""


def same_length(text: str) -> str:
    """Give plain letters, one for one, so that positions stay those of the text: 'Núñez' -> 'nunez'."""
    return text.lower() if text.isascii() else text.translate(_PLAIN)


class _Plain(dict[int, str]):
    """Code point -> its plain letter, found once."""

    def __missing__(self, point: int) -> str:
        letter = self[point] = (plain_letters(chr(point)) or " ")[0]
        return letter


_PLAIN = _Plain()
