"""Between the docker program and the engine: every byte passed on, the requests noted."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.engine.proxy.proxy import Recording, Request
else:
    __getattr__ = door(__name__, __file__)
