"""A shop with one page, which says what is sold. The variable SIGN says what."""

import os


async def app(scope, _receive, send):
    """Answer each request with one line of text."""
    if scope["type"] != "http":
        return
    sign = os.environ.get("SIGN", "nothing")
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
    await send(start)
    await send({"type": "http.response.body", "body": ("Today we sell " + sign + ".\n").encode()})
