"""What every vendor of the simulator is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from werkzeug.wrappers import Request

from ..routing import ApiError, Route, collect
from ..server import Answer, json_answer
from ..signing import derive
from ..store import Store


@dataclass(frozen=True)
class Context:
    """What the simulator hands to its vendors."""

    store: Store
    seed: str
    now: Callable[[], datetime]


class Vendor:
    """A vendor: a name, tables, credentials, and handlers marked with ``@route``.

    A handler takes the request and the named parts of its path and returns an ``Answer`` or the
    data of a JSON answer; it refuses by raising ``ApiError``. ``api`` routes pass
    :meth:`authenticate` first and meet the faults in force.
    """

    name = ""
    title = ""
    schema = ""
    #: root address of the simulator, known once it serves
    base = ""

    def __init__(self, context: Context):
        self.store, self.seed, self.now = context.store, context.seed, context.now
        self.routes: list[Route] = collect(type(self))
        self.store.create(self.schema)

    def credential(self, name: str) -> str:
        """Return one of the vendor's credentials, derived from the seed."""
        return derive(self.seed, self.name, name)

    def authenticate(self, request: Request) -> None:
        """Let the caller of an API route in.

        :raise ApiError: 401 when the credentials are missing or wrong
        """
        raise ApiError(401, "unauthorized", "No credentials are known for this vendor.")

    def refuse(self, error: ApiError) -> Answer:
        """Return a refusal in the vendor's own shape."""
        return refusal(error)

    def summary(self) -> list[tuple[str, object]]:
        """Return what the overview page says of this vendor: (words, value) pairs."""
        return []


def refusal(error: ApiError) -> Answer:
    """Return a refusal in the simulator's own shape."""
    body = {"error": {"code": error.code, "message": error.message}}
    return json_answer(body, error.status, error.headers)


def read_json(request: Request) -> dict:
    """Return the JSON object in the body of a request.

    :raise ApiError: 400 when there is none
    """
    data = request.get_json(force=True, silent=True)
    if not isinstance(data, dict):
        raise ApiError(400, "invalid_json", "The body must be a JSON object.")
    return data
