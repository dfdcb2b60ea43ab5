"""What FHIR allows in a narrative: plain formatting, nothing that runs or fetches. FHIR R4, Narrative, rules txt-1 and txt-2.

A narrative with anything else is refused, not cleaned: a cleaned one would no longer say what its author signed.
"""

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

_XHTML = "{http://www.w3.org/1999/xhtml}"
# ruff: noqa: SIM905 - lists of quoted names are hard to read
_ALLOWED = frozenset(
    "a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre q "
    "samp small span strong sub sup table tbody td tfoot th thead tr tt ul var".split()
)
_ATTRIBUTES = frozenset(
    "abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff charset cite class colspan "
    "compact coords dir frame headers height href hreflang hspace id lang longdesc name nowrap rel rev rowspan rules scope shape span src "
    "start style summary tabindex title type valign value vspace width {http://www.w3.org/XML/1998/namespace}lang".split()
)
_ADDRESSES = ("href", "src", "cite", "longdesc")
_SAFE = ("#", "http:", "https:", "mailto:", "tel:", "data:image/png", "data:image/jpeg", "data:image/gif")
_LONGEST = 2_000_000


def fault_of(div: str) -> str:
    """Say what is wrong with the XHTML of a narrative, without its words; '' when it is allowed."""
    if len(div) > _LONGEST:
        return "the narrative is too long"
    if "<!" in div.replace("<!--", ""):
        return "the narrative declares entities"
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(div.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return "the narrative is no XHTML"
    if root.tag != f"{_XHTML}div":
        return "the narrative is no XHTML div"
    return next((fault for el in root.iter() if (fault := _wrong(el))), "")


def _wrong(el: etree._Element) -> str:
    if not isinstance(el.tag, str):
        return "" if el.tag is etree.Comment else "the narrative holds a processing instruction"
    if el.tag.removeprefix(_XHTML) not in _ALLOWED or not el.tag.startswith(_XHTML):
        return "an element that a narrative may not have"
    for name, value in el.attrib.items():
        if name not in _ATTRIBUTES:
            return "an attribute that a narrative may not have"
        plain = "".join(value.split()).casefold()
        if name in _ADDRESSES and ":" in plain and not plain.startswith(_SAFE):
            return "an address that a narrative may not have"
        if name == "style" and any(word in plain for word in ("url(", "expression(", "@import", "javascript:", "\\")):
            return "a style that a narrative may not have"
    return ""
