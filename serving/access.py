"""Who may call which route: a key in the header, a scope per route, nothing by default."""

from collections.abc import Callable
from typing import Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from serving.keys import SCOPES, verify_key
from serving.problems import described
from serving.store import Store

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="forewarn"'}
_BEARER = HTTPBearer(
    scheme_name="ApiKey", bearerFormat="fw_live_…", auto_error=False, description="An API key."
)


class Doorkeeper:
    """Checks the key of a request against the scope that its route declares."""

    def __init__(self, opened: Callable[[], tuple[Store, bytes]]) -> None:
        self._opened = opened

    def declare(self, scope: str, *problems: int) -> dict[str, Any]:
        """Settings of a route that needs ``scope``; ``problems``: what else it may answer."""
        if scope not in SCOPES:
            raise ValueError(f"unknown scope {scope!r}; expected one of {', '.join(SCOPES)}")
        return {
            "dependencies": [Depends(self._checking(scope))],
            "responses": described(401, 403, *problems, 503),
            "openapi_extra": {"x-scope": scope},
        }

    def _checking(self, scope: str) -> Callable[..., None]:
        def check(
            request: Request,
            given: HTTPAuthorizationCredentials | None = Depends(_BEARER),  # noqa: B008 - FastAPI's way
        ) -> None:
            """Refuse the request unless its key is active and has the scope."""
            if given is None or len(request.headers.getlist("authorization")) != 1:
                raise HTTPException(401, "an API key is needed", _CHALLENGE)
            store, secret = self._opened()
            key = verify_key(store, given.credentials, secret=secret)
            if key is None:
                raise HTTPException(401, "the API key is not valid", _CHALLENGE)
            if scope not in key.scopes:
                raise HTTPException(403, f"the API key lacks the scope {scope}")

        return check
