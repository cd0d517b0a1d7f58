"""What a grade replays means the same as what was typed: so a wrong answer need not be played a second time."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from checker.commands import NotTaught, parse
from checker.files import read_text
from checker.lab.load import load_labs
from checker.learner.work import COMMANDS
from checker.verify import Case, cases
from checker.verify.case import lay_out

if TYPE_CHECKING:
    from pathlib import Path

    from checker.commands import Command

CASES = [case for lab in load_labs() for case in cases(lab)]


def commands_of(case: Case, folder: Path) -> tuple[Command, ...]:
    """Return the commands of a case's list, with the values of a learner without a name."""
    params = case.lab.values("")
    lay_out(case, folder, params)
    path = folder / COMMANDS
    return parse(read_text(path), params).commands if path.is_file() else ()


@pytest.mark.parametrize("case", CASES, ids=[f"{case.lab.id}-{case.name}".replace("/", "-") for case in CASES])
def test_a_command_written_from_the_vocabulary_is_the_same_command(case: Case, tmp_path: Path) -> None:
    """Read again, the canonical form of each command has the same name, options and arguments."""
    for command in commands_of(case, tmp_path):
        try:
            known = command.known()
        except NotTaught:
            continue  # a replay stops there and says so; checker/commands/model.py has its own tests
        (again,) = parse(shlex.join(command.canonical())).commands
        assert again.known() == known
        assert again.canonical() == command.canonical()
