"""The ways to an engine that is there: its address, HTTP over whatever leads to it, an open client."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.engine.transport import http
    from checker.engine.transport.client import LOOK, EngineHangs, NotThere, as_our_errors, open_client
    from checker.engine.transport.connection import ReachProblem
    from checker.engine.transport.http import get
else:
    __getattr__ = door(__name__, __file__)
