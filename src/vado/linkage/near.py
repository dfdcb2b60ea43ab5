"""What somebody who looks for a person may have meant: words in any order, begun, with slips, a date written as people write it."""

import re
from collections.abc import Iterable, Iterator

from rapidfuzz.distance import OSA

from vado.linkage.normalise import PARTICLES
from vado.model.person import plain_letters, search_words

_DATE = re.compile(r"\b(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})\b")
_BEGIN = 3  # letters of a word that has to begin right, so that whoever is meant is found quickly
_LONG = 6  # letters from which two slips are forgiven, and figures from which one is
_HEARD = (
    ("b", "v"),
    ("g", "j"),
    ("h", ""),
    ("k", "c"),
    ("c", "k"),
    ("s", "z"),
    ("y", "i"),
    ("ll", "y"),
)  # what begins a name and sounds alike


def meanings(text: str) -> tuple[tuple[str, ...], ...]:
    """Give in how many ways the words may be meant, the likeliest first; all words of one have to be found.

    '3/2/1970' is the third of February, and then the second of March. A number may be typed with spaces in it. 'de la' is no name.
    """
    plain = re.sub(r"['’`´]", "", plain_letters(text))
    found = dict.fromkeys(_kept(search_words(dated)) for dated in _dated(plain))
    joined = re.sub(r"(?<=\d)[\s.-]+(?=\d)", "", plain)
    if joined != plain:
        found[_kept(search_words(joined))] = None
    return tuple(words for words in found if words)


def loosened(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Give beginnings by which somebody is found though a word was mistyped: after its first letters, or one of them anywhere."""
    yield tuple(dict.fromkeys(_begun(w) for w in words))
    for n in range(len(words) if len(words) > 1 else 0):
        rest = (*words[:n], *words[n + 1 :])
        yield rest
        yield tuple(map(_begun, rest))
    for written, said in _HEARD:
        other = tuple(said + w[len(written) :] if w.startswith(written) else w for w in words)
        if other != words:
            yield tuple(map(_begun, other))
        if not said:  # a letter that is not heard may have been left out
            yield tuple(_begun(written + w) if w[:1] in "aeiou" else _begun(w) for w in words)


def slips(words: Iterable[str], names: Iterable[str]) -> int | None:
    """Count how far typed words are from what somebody is found by; None: too far for one of them.

    Args:
        words: as typed, in plain letters.
        names: names, numbers and birth date of somebody; a word may be the beginning of one.
    """
    names, total = tuple(names), 0
    for word in words:
        least = min((_apart(word, name) for name in names), default=9)
        if least > _forgiven(word):
            return None
        total += least
    return total


def _apart(word: str, name: str) -> int:
    whole = OSA.distance(word, name, score_cutoff=2)
    return whole if len(name) <= len(word) or not whole else min(whole, OSA.distance(word, name[: len(word)], score_cutoff=2))


def _forgiven(word: str) -> int:
    if word[:1].isdigit():
        return 1 if len(word) >= _LONG else 0
    return 0 if len(word) < _BEGIN else 2 if len(word) >= _LONG else 1


def _begun(word: str) -> str:
    return word[: _BEGIN if word.isalpha() else max(_BEGIN, len(word) // 2)]


def _dated(text: str) -> Iterator[str]:
    """Write dates as YYYY-MM-DD: day first, and month first where that can be meant."""
    yield _DATE.sub(lambda m: f" {m[3]}-{int(m[2]):02}-{int(m[1]):02} ", text)
    yield _DATE.sub(lambda m: f" {m[3]}-{int(m[1]):02}-{int(m[2]):02} ", text)


def _kept(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(w for w in words if w not in PARTICLES) or words
