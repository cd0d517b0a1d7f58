"""The commands of the command line; each imports only what it needs."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.cli.commands import run
else:
    __getattr__ = door(__name__, __file__)
