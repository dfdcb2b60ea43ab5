"""How a name sounds, roughly, in English and Spanish: what is heard alike is written alike."""

from functools import lru_cache

_HEARD = (("ph", "f"), ("sch", "s"), ("sh", "s"), ("ck", "k"), ("qu", "k"), ("gu", "g"), ("ch", "c"), ("h", ""))
_ALIKE = str.maketrans("vzyqkwj", "bsicckg")


@lru_cache(65536)
def sound(name: str) -> str:
    """Give the first letter and up to three consonants that follow, doubles once: 'vazquez' and 'basques' are both 'bscs'."""
    heard = name
    for written, said in _HEARD:
        heard = heard.replace(written, said)
    heard = heard.translate(_ALIKE)
    rest = "".join(c for c in heard[1:] if c not in "aeiou")
    return (heard[:1] + "".join(c for n, c in enumerate(rest) if not n or rest[n - 1] != c))[:4]
