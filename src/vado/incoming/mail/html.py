"""The text of an HTML body; nothing in it is fetched or run."""

from html.parser import HTMLParser

_BLOCKS = frozenset(
    ("br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote", "hr", "pre")
)
_QUIET = frozenset(("script", "style", "head", "title", "template"))


def text_of(html: str) -> str:
    """Give the text with a line end where a block ends and a tab between cells."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "\n".join(" ".join(line.split()) for line in "".join(parser.parts).splitlines())


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.quiet += tag in _QUIET
        self.parts.append("\n" if tag in _BLOCKS else " " if tag in ("td", "th") else "")

    def handle_endtag(self, tag: str) -> None:
        self.quiet = max(0, self.quiet - (tag in _QUIET))
        self.parts.append("\n" if tag in _BLOCKS else "")

    def handle_data(self, data: str) -> None:
        if not self.quiet:
            self.parts.append(" ".join(data.split()).join((" " * data[:1].isspace(), " " * data[-1:].isspace())))
