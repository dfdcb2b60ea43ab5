"""A browser in words, so that people know their own again in a list. What it says of itself proves nothing, and nothing hangs on it."""

from starlette.requests import Request

_NAMES = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_MACHINES = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def browser_of(request: Request) -> str:
    """Give 'Firefox, Windows'; "" for one that is not known."""
    said = request.headers.get("user-agent", "")
    found = (next((name for sign, name in some if sign in said), "") for some in (_NAMES, _MACHINES))
    return ", ".join(word for word in found if word)


def address_of(request: Request) -> str:
    """Give from which address a request came."""
    return request.client.host if request.client else ""
