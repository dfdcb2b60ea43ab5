"""The two ways to open what is closed: a record in an emergency, an original that has to be looked into."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.exchange import consents
from vado.model.original import OriginalId, PartnerId
from vado.web.forms import small_form
from vado.web.render import asked


async def break_glass(request: Request) -> Response:
    """Open a record, for a reason."""
    who, form, person = asked(request), await small_form(request), request.path_params["id"]
    await run_in_threadpool(consents.break_glass, who.x, person, form.get("reason", ""), who.viewer)
    return RedirectResponse(f"/person/{person}", 303)


async def explain(request: Request) -> Response:
    """Open an original, for a reason."""
    who, form = asked(request), await small_form(request)
    partner, id_ = PartnerId(request.path_params["partner"]), OriginalId(request.path_params["id"])
    await run_in_threadpool(consents.explain, who.x, partner, id_, form.get("reason", ""), who.viewer)
    return RedirectResponse(f"/original/{partner}/{id_}", 303)
