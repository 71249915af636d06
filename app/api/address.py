"""What may stand in an address after the question mark: what an operation reads, each once.

Whatever else stands there is refused, everywhere alike: a misspelled filter that was passed over
would be answered with all that there is, as if it had filtered.
"""

from __future__ import annotations

from starlette.requests import Request

from app.api.operations import Operation
from app.api.problems import BadRequest
from scoring.errors import nearest_or_all

SECRET_PARAMETERS = frozenset({"token", "access_token", "api_key", "key", "authorization"})
SHOWN = 40
"""Characters of a parameter's name that are quoted."""


def refuse_strange(request: Request, operation: Operation) -> None:
    """Refuse an address with parameters that an operation does not read.

    Raises:
        BadRequest: A token stands in it, where others may read it; or there are such parameters, or
            one that is read once stands there twice.
    """
    given = [name for name, _ in request.query_params.multi_items()]
    # Refused even where the header is right: what stands in an address is in the logs of every
    # proxy by now.
    if SECRET_PARAMETERS & {name.casefold() for name in given}:
        raise BadRequest(
            "Send the token as `Authorization: Bearer TOKEN`, never in an address: addresses are"
            " logged. This one may have been seen; have a maintainer replace it (`reasonboard team"
            " rotate`)."
        )
    read = {each.name: each for each in operation.parameters if each.where == "query"}
    if strange := list(dict.fromkeys(name for name in given if name not in read)):
        raise BadRequest(
            "; ".join(
                f"`{name[:SHOWN]}` is not a parameter of {operation.path}; "
                f"{nearest_or_all(name[:SHOWN], list(read)) if read else 'it has none'}"
                for name in strange[:5]
            )
        )
    once = (name for name, each in read.items() if each.schema.get("type") != "array")
    if twice := [name for name in once if given.count(name) > 1]:
        raise BadRequest(f"Only once each: {', '.join(f'`{name}`' for name in twice)}.")
