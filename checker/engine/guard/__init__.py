"""What is the course's on an engine, and keeping the course's commands away from all else."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.engine.guard.clean import clean_up, labelled_things, remove_containers
    from checker.engine.guard.guard import REFUSED, Decision, is_guarded, judge
    from checker.engine.guard.owned import Owned, image_id_of
    from checker.engine.guard.shim import install_shim
else:
    __getattr__ = door(__name__, __file__)
