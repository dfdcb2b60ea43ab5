"""CDA narrative block -> XHTML of a FHIR Narrative, and the texts that entries point to. Source: CDA R2 4.3.5."""

from html import escape
from typing import Any

from vado.incoming.cda.node import plain_name

_TAG = {
    "table": "table", "thead": "thead", "tbody": "tbody", "tfoot": "tfoot", "tr": "tr", "td": "td", "th": "th", "caption": "p",
    "paragraph": "p", "list": "ul", "item": "li", "content": "span", "sub": "sub", "sup": "sup",
}  # fmt: skip


def narrative(el: Any, texts: dict[str, str]) -> str:
    """Give the div of the narrative, "" when there is no word in it; fill `texts` with what each ID names."""
    words: list[str] = []
    inner = _inside(el, words, texts)
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>' if any(words) else ""


def div(text: str) -> str:
    """Give plain text as a div."""
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(text, quote=False)}</div>'


def _inside(el: Any, words: list[str], texts: dict[str, str]) -> str:
    first = len(words)
    out = [_words(el.text, words)]
    for child in el:
        if isinstance(child.tag, str):
            name = plain_name(child.tag)
            inner = _inside(child, words, texts)
            tag = _TAG.get(name)
            if name == "br":
                out.append("<br/>")
            elif tag:
                out.append(f"<{tag}>{inner}</{tag}>")
            else:
                out.append(inner)
        out.append(_words(child.tail, words))
    if key := el.get("ID"):
        texts[key] = " ".join(words[first:])
    return "".join(out)


def _words(text: str | None, words: list[str]) -> str:
    if not text:
        return ""
    if plain := " ".join(text.split()):
        words.append(plain)
    return escape(text, quote=False)
