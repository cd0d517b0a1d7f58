"""A command of the list as a record, and its canonical form, written from the course's vocabulary."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from checker.commands.argv import GROUPS, MissingValue, read_options, split
from checker.commands.values import BadValue, read_value
from checker.commands.vocabulary import NEVER_REPLAYED, Entry, Option, entries
from checker.errors import UsageProblem


@dataclass(frozen=True)
class Problem:
    """What is wrong with one line (counted from 1), and the next step."""

    line: int
    message: str
    next_step: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}\n{self.next_step}"


class NotTaught(UsageProblem):
    """A command is outside the course's vocabulary, so it cannot be replayed for a grade."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"Line {problem.line}: {problem.message}", problem.next_step)
        self.problem = problem


@dataclass(frozen=True)
class Known:
    """A command in the course's words: its short name, its options in one spelling, and its arguments."""

    name: str
    options: tuple[tuple[Option, str], ...]
    args: tuple[str, ...]

    @property
    def new_names(self) -> tuple[str, ...]:
        """The names that it gives to containers: with --name, or by a rename."""
        if self.name == "rename":
            return self.args[1:]
        return tuple(value for option, value in self.options if option.spelling == "--name")


@dataclass(frozen=True)
class Command:
    """One command of the list.

    ``argv`` is what was typed, in words; ``line`` counts from 1; ``text`` is the line itself; ``stdin_file`` is
    relative to the lab's folder.
    """

    argv: tuple[str, ...]
    line: int
    text: str
    stdin_file: str | None = None
    should_fail: bool = False

    def known(self) -> Known:
        """Return the command as the vocabulary reads it.

        Raises:
            NotTaught: when a subcommand, an option or a value is none of the vocabulary.

        """
        return _Reading(self).known()

    def canonical(self) -> list[str]:
        """Return the command in its canonical form: every word of it comes from the vocabulary or was checked.

        Raises:
            NotTaught: when a subcommand, an option or a value is none of the vocabulary.

        """
        known = self.known()
        options = [
            option.spelling if not option.kind else f"{option.spelling}={value}" for option, value in known.options
        ]
        return ["docker", *known.name.split(), *options, *known.args]


@dataclass(frozen=True)
class CommandList:
    """What ``parse`` returns; nothing should run while there are ``problems``."""

    commands: tuple[Command, ...] = ()
    problems: tuple[Problem, ...] = ()

    def not_taught(self) -> tuple[Problem, ...]:
        """Return one problem for each command that cannot be replayed for a grade."""
        found = []
        for command in self.commands:
            try:
                command.known()
            except NotTaught as error:
                found.append(error.problem)
        return tuple(found)


def wants_terminal(argv: tuple[str, ...] | list[str]) -> tuple[str, str] | None:
    """Return message and next step for a command that needs somebody at a terminal; None for all others.

    Where lists and cells run there is no terminal: ``-it`` would fail, and a question would go unanswered.
    """
    parts = split(argv)
    if parts.name in ("run", "exec") and not parts.has("-d", "--detach"):
        if parts.has("-i", "--interactive") and parts.has("-t", "--tty"):
            return (
                "-it asks for a terminal, and there is none here.",
                "Type this command in the terminal beside the notebook. In the background (-d), it works here as well.",
            )
    elif parts.name.endswith(" prune") and not parts.has("-f", "--force") and not parts.has("--help"):
        return (
            f"docker {parts.name} asks before it removes anything, and there is nobody here to answer.",
            "Add -f, or type the command in the terminal beside the notebook.",
        )
    return None


class _Reading:
    """Reads one command against the vocabulary."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.entry, self.words = self._entry(list(command.argv[1:]))

    def known(self) -> Known:
        """Return the command in the course's words."""
        try:
            options, args = read_options(self.words, self._takes_no_value, self.entry.first_word_ends)
        except MissingValue as missing:
            flag = str(missing)
            raise self._not_taught(f"{flag} needs a value after it.", f"Write: {flag} VALUE") from None
        problem = wants_terminal(self.command.argv)
        if problem:
            raise self._not_taught(*problem)
        return Known(self.entry.name, self._options(options), self._args(args))

    def _not_taught(self, message: str, next_step: str) -> NotTaught:
        return NotTaught(Problem(self.command.line, message, next_step))

    def _entry(self, words: list[str]) -> tuple[Entry, list[str]]:
        """Find the longest name of the vocabulary that the line begins with."""
        known = entries()
        for length in (2, 1):
            name = " ".join(words[:length])
            if len(words) >= length and name in known:
                return known[name], words[length:]
        if words[0].startswith("-"):
            raise self._not_taught(
                f"{words[0]} comes before the subcommand, and no such option can be replayed.",
                "Begin with the subcommand: docker run …",
            )
        typed = " ".join(words[: 2 if words[0] in GROUPS else 1])
        if typed in NEVER_REPLAYED:
            raise self._not_taught(f"docker {typed} {NEVER_REPLAYED[typed]}", "Leave it out here.")
        close = difflib.get_close_matches(typed, known, n=2, cutoff=0.75)
        raise self._not_taught(
            f"docker {typed} is no command that this course teaches, so it cannot be replayed for a grade.",
            f"Did you mean docker {' or docker '.join(close)}?" if close else "Use the commands of the lessons.",
        )

    def _option(self, flag: str) -> Option:
        """Return the vocabulary's option for a spelling."""
        option = self.entry.options.get(flag)
        if option:
            return option
        name = f"docker {self.entry.name}"
        key = f"{self.entry.name} {flag}"
        if key in NEVER_REPLAYED:
            raise self._not_taught(f"{name} {flag} {NEVER_REPLAYED[key]}", "Leave it out here.")
        raise self._not_taught(
            f"{flag} is no option of {name} that this course teaches, so this line cannot be replayed for a grade.",
            self._near(flag),
        )

    def _near(self, flag: str) -> str:
        """Return the next step after an unknown option."""
        for word in self.words:
            name = word.partition("=")[0]
            if word.startswith(flag) and not word.startswith("--") and f"-{name}" in self.entry.options:
                return f"A long option has two hyphens: -{word}"
        close = difflib.get_close_matches(flag, self.entry.options, n=1) if flag.startswith("--") else []
        return f"Did you mean {close[0]}?" if close else "Leave it out; no task of the course needs it."

    def _takes_no_value(self, flag: str) -> bool:
        return not self._option(flag).kind

    def _options(self, typed: list[tuple[str, str]]) -> tuple[tuple[Option, str], ...]:
        """Check the options; of an option that is allowed once, the last one counts, as it does for docker."""
        read: list[tuple[Option, str]] = []
        for flag, text in typed:
            option = self._option(flag)
            if not option.repeats:
                read = [item for item in read if item[0] is not option]
            if option.kind:
                read.append((option, self._value(option.kind, text, f"After {flag}")))
            elif self._truth(flag, text):
                read.append((option, ""))
        return tuple(read)

    def _truth(self, flag: str, text: str) -> bool:
        if text.lower() not in ("true", "false"):
            raise self._not_taught(f"{flag} takes no value, and here it has “{text}”.", f"Write {flag} alone.")
        return text.lower() == "true"

    def _args(self, typed: list[str]) -> tuple[str, ...]:
        """Check number and kind of the arguments."""
        kinds = self.entry.args
        needed = [kind for kind, count in kinds if count in ("1", "+")]
        if len(typed) < len(needed):
            missing = needed[len(typed)]
            raise self._not_taught(
                f"docker {self.entry.name} lacks its {missing}.", f"Its form: docker {self.entry.form}"
            )
        read = []
        for number, text in enumerate(typed):
            kind, count = kinds[min(number, len(kinds) - 1)] if kinds else ("", "1")
            if not kinds or (number >= len(kinds) and count in ("1", "?")):
                raise self._not_taught(
                    f"docker {self.entry.name} takes no more arguments; “{text}” is one too many.",
                    f"Its form: docker {self.entry.form}",
                )
            read.append(self._value(kind, text, f"docker {self.entry.name}:"))
        return tuple(read)

    def _value(self, kind: str, text: str, where: str) -> str:
        try:
            return read_value(kind, text)
        except BadValue as bad:
            raise self._not_taught(f"{where} “{text}” {bad.what}.", bad.next_step) from None
