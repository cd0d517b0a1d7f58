"""An engine of the course's own on Linux: its daemon, its registry, and the processes of both."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.engine.own import dockerd, private, registry, second
    from checker.engine.own.dockerd import EnginePaths, mark
    from checker.engine.own.namespace import Namespace
else:
    __getattr__ = door(__name__, __file__)
