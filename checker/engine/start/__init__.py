"""Find an engine, install one, or start one of the course's own; and what to do when none answers."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.engine.start import advice, discover, install
    from checker.engine.start.opening import bring_images, open_engine
else:
    __getattr__ = door(__name__, __file__)
