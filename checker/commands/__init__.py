"""The command list: its grammar, and the model of the course's own commands from which it is replayed.

``parse`` reads the text; what it cannot read is a ``Problem`` with its line and a next step. On the learner's own
engine each command runs as it was typed (``Command.argv``). For a grade it is written anew from the course's vocabulary
(``Command.canonical``), so that nothing unparsed reaches the docker CLI.
"""

from checker.commands.grammar import parse
from checker.commands.model import Command, CommandList, NotTaught, Problem, wants_terminal

__all__ = ["Command", "CommandList", "NotTaught", "Problem", "parse", "wants_terminal"]
