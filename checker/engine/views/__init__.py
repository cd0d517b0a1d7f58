"""What a check may ask: containers, images and ports as they are, each question once, each failure in words."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.engine.views.building import REPOSITORY, Change
    from checker.engine.views.caching_reader import CachingReader
    from checker.engine.views.engine_view import EngineView
    from checker.engine.views.probe import (
        BEGIN_LIMIT_S,
        LIMIT_S,
        Answer,
        Listener,
        ProbeOutcome,
        listeners,
        outside_address,
        probe_http,
        probe_until_begun,
    )
    from checker.engine.views.published import EVERY_ADDRESS, Binding, Published, published_bindings
    from checker.engine.views.reader import FRESH_S, Data, Reader
    from checker.engine.views.recipe import Step, steps_of_layers
else:
    __getattr__ = door(__name__, __file__)
