"""A kitchen with one page."""


async def app(scope, _receive, send):
    """Answer each request with one line of text."""
    if scope["type"] != "http":
        return
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
    await send(start)
    await send({"type": "http.response.body", "body": b"Soup is ready.\n"})
