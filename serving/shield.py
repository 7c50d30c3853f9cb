"""What holds for every request and response of the API, whatever its route."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import problem

_LOG = logging.getLogger("forewarn.api")
MOST_BODY_BYTES = 64 * 1024
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)


class Shield:
    """Adds the security headers, refuses large bodies unread, answers for what went wrong."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        if _is_too_large(scope):
            detail = f"the body is larger than {MOST_BODY_BYTES} bytes"
            answer = problem(413, detail, headers={"Connection": "close"})
            await answer(scope, receive, send_with_headers)
            return
        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 - whatever fails, the client gets a problem document
            _LOG.error("request failed: %s", type(error).__name__, exc_info=error)
            await problem(500)(scope, receive, send_with_headers)


def _is_too_large(scope: Scope) -> bool:
    """By the declared length; a body of undeclared length is refused, no route takes one."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return True
    declared = headers.get(b"content-length", b"0")
    return not declared.isdigit() or int(declared[:20]) > MOST_BODY_BYTES
