"""The command list: its grammar, and the model of the course's own commands from which it is replayed.

``parse`` reads the text; what it cannot read is a ``Problem`` with its line and a next step. On the learner's own
engine each command runs as it was typed (``Command.argv``). For a grade its canonical form runs, from the vocabulary
(``Command.canonical``), so that nothing unparsed reaches the docker CLI.
"""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.commands.argv import Split, spellings, split
    from checker.commands.grammar import parse
    from checker.commands.model import Command, CommandList, NotTaught, wants_terminal
    from checker.commands.vocabulary import Entry, Option, entries
else:
    __getattr__ = door(__name__, __file__)
