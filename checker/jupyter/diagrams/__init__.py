"""What the lessons draw: each module turns facts about an engine into a picture and its words."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.jupyter.diagrams import layers, lifecycle, ports, sequence
else:
    __getattr__ = door(__name__, __file__)
