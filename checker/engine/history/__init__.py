"""What happened on an engine: heard, written down, and read again as each container's history."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.engine.history import recorder
    from checker.engine.history.follower import Follower, Inbox, News
    from checker.engine.history.history import History, engine_now_ns, forget_history, read_history
    from checker.engine.history.image_lives import ImageLife
    from checker.engine.history.journal import Journal
    from checker.engine.history.lives import KILL
    from checker.engine.history.recorder import Recorder
    from checker.engine.history.timeline import Prune, Timeline
else:
    __getattr__ = door(__name__, __file__)
