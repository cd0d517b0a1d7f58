r"""Read the text of a command list: one docker command per line, and no shell.

Comments start with ``#``, a ``\`` at the end of a line continues it, ``< file`` feeds a file to the command, quotes
work as in a terminal, and ``# should fail`` at the end of a line marks one that is meant to fail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NoReturn

from checker.commands.model import Command, CommandList, Problem, wants_terminal
from checker.commands.shell import QUOTED_SIGNS, SIGNS, TYPOGRAPHY, odd_start
from checker.placeholders import filled

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOULD_FAIL = re.compile(r"should fail\b", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
VARIABLE = re.compile(r"\$[A-Za-z_{(0-9?@*#!$-]")


def parse(text: str, params: Mapping[str, str] | None = None) -> CommandList:
    """Read a command list.

    Arguments:
        text: the list, with any line ends, with or without a byte-order mark.
        params: the values of the sheet's {placeholders}; default none.

    Returns:
        The commands, and one problem for each line that is none. Nothing should run while there are problems.

    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    commands: list[Command] = []
    problems: list[Problem] = []
    at = 0
    while at < len(lines):
        reader = _Reader(lines, at, params or {})
        try:
            command = reader.read()
            if command:
                commands.append(command)
        except _Refused as refused:
            problems.append(refused.problem)
            reader.skip_continued()
        at = reader.at + 1
    return CommandList(tuple(commands), tuple(problems))


class _Refused(Exception):
    """One line cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass
class _Words:
    """The words of one command as they are read."""

    done: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    open: bool = False
    comment: str = ""
    redirect: bool = False
    stdin_file: str | None = None

    def add(self, text: str) -> None:
        """Add text to the word that is being read."""
        self.current.append(text)
        self.open = True


class _Reader:
    """Reads one command, which begins at line ``at`` (counted from 0) and may go on over the next ones."""

    def __init__(self, lines: list[str], at: int, params: Mapping[str, str]) -> None:
        self.lines, self.at, self.first, self.params = lines, at, at, params
        self.words = _Words()

    def read(self) -> Command | None:
        """Return the command; None for an empty line or a comment."""
        line = filled(self.lines[self.at], self.params)
        stripped = line.strip()
        if not stripped:
            return None
        if stripped.startswith("#"):
            self._lone_comment(stripped)
            return None
        start = odd_start(stripped)
        if start:
            self._refuse(*start)
        while self._line(line):
            self.at += 1
            line = filled(self.lines[self.at], self.params) if self.at < len(self.lines) else ""
        self._end_word()
        return self._command()

    def skip_continued(self) -> None:
        """Go to the last line of this command, so that its rest is not read as another one."""
        while self.at < len(self.lines) and self.lines[self.at].rstrip().endswith("\\"):
            self.at += 1

    def _refuse(self, message: str, next_step: str) -> NoReturn:
        raise _Refused(Problem(self.at + 1, message, next_step))

    def _lone_comment(self, comment: str) -> None:
        if comment.lstrip("# ").lower().rstrip(" .") == "should fail":
            self._refuse(
                "“# should fail” is on a line of its own, so it marks nothing.",
                "Put it at the end of the line that should fail.",
            )

    def _line(self, line: str) -> bool:
        """Read one line into words; return whether it goes on on the next one."""
        at = 0
        while at < len(line):
            sign = line[at]
            if sign in "'\"":
                at = self._quoted(line, at)
            elif sign == "\\":
                if not line[at + 1 :].strip():
                    return True
                self.words.add(self._escaped(line[at + 1]))
                at += 2
            elif sign in " \t":
                self._end_word()
                at += 1
            elif sign == "#" and not self.words.open:
                self.words.comment = line[at + 1 :].strip()
                return False
            elif sign == "<":
                self._redirect(line, at)
                at += 1
            else:
                self._plain(line, at)
                at += 1
        return False

    def _plain(self, line: str, at: int) -> None:
        """Add one character outside quotes, unless it is one that only a shell understands."""
        for sign, (message, next_step) in SIGNS.items():
            if line.startswith(sign, at) and not (sign == "~" and self.words.open):
                self._refuse(message, next_step)
        if VARIABLE.match(line, at):
            self._variable()
        if line[at] == "^" and not line[at + 1 :].strip():
            self._refuse("A ^ at the end of a line continues nothing here.", "Write \\ there, also on Windows.")
        if line[at] in TYPOGRAPHY:
            self._refuse(f"“{line[at]}” is no character that docker understands.", TYPOGRAPHY[line[at]])
        if ord(line[at]) < 32 or line[at] == "\x7f":
            self._refuse("There is an invisible control character in this line.", "Type the line again.")
        unknown = PLACEHOLDER.match(line, at)
        if unknown and line[at - 1 : at] not in ("{", "$") and not line.startswith("}", unknown.end()):
            known = ", ".join("{" + name + "}" for name in self.params) or "none"
            self._refuse(f"The sheet has no value {unknown.group()}.", f"Its values are: {known}.")
        self.words.add(line[at])

    def _variable(self) -> NoReturn:
        self._refuse(
            "A $VARIABLE or $(…) would be filled in by a shell, and there is no shell here.",
            "Write its value. To hand it on to a shell inside the container, put it between single quotes.",
        )

    def _quoted(self, line: str, at: int) -> int:
        """Read a quoted text that begins at ``at``; return the place after its closing quote."""
        quote, start = line[at], at + 1
        self.words.add("")
        at = start
        while at < len(line) and line[at] != quote:
            if quote == '"':
                if line[at] == "\\" and line[at + 1 : at + 2] in ('"', "\\", "$", "`"):
                    at += 1
                elif VARIABLE.match(line, at):
                    self._variable()
                elif line[at] in QUOTED_SIGNS:
                    self._refuse(*QUOTED_SIGNS[line[at]])
            if ord(line[at : at + 1] or " ") < 32 and line[at] != "\t":
                self._refuse("There is an invisible control character in this line.", "Type the line again.")
            self.words.add(line[at : at + 1])
            at += 1
        if at >= len(line):
            self._refuse(
                f"The quote {quote} is opened here and not closed on the same line.",
                f"Close it with another {quote}. (An apostrophe inside a text goes between double quotes.)",
            )
        return at + 1

    def _escaped(self, sign: str) -> str:
        """Return the sign after a backslash, which a shell would take as it is."""
        if sign.isalnum() or sign in "._":
            self._refuse(
                "A backslash outside quotes means nothing to docker.",
                "Paths are written with /, also on Windows. A text with a backslash goes between single quotes.",
            )
        return sign

    def _redirect(self, line: str, at: int) -> None:
        """Note that the next word is the file for stdin."""
        if line.startswith("<<", at):
            self._refuse("There is no shell here, so << does not work.", "Save the text in a file and use: < file")
        if self.words.redirect or self.words.stdin_file is not None:
            self._refuse("This line has two files for stdin.", "Keep one “< file”.")
        self._end_word()
        self.words.redirect = True

    def _end_word(self) -> None:
        words = self.words
        if not words.open:
            return
        word = "".join(words.current)
        words.current, words.open = [], False
        if words.redirect:
            words.stdin_file, words.redirect = self._file(word), False
        else:
            words.done.append(word)

    def _file(self, name: str) -> str:
        """Return the file of ``< file``, which must lie in the lab's folder."""
        path = PurePosixPath(name)
        if not name or path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or name[0] == "~":
            self._refuse(
                f"“< {name}” does not name a file in this lab's folder.",
                "Put the file beside commands.txt, and write its name exactly as it is there.",
            )
        return path.as_posix()

    def _command(self) -> Command:
        """Return what was read as a command."""
        words, first = self.words, self.first + 1
        if words.redirect:
            self._refuse("The file's name after < is missing.", "Write it: < names.txt")
        name, *rest = words.done
        if name != "docker":
            self._refuse(f"Each line starts with docker; this one starts with “{name}”.", "Write: docker …")
        if not rest:
            self._refuse("“docker” alone does nothing.", "Say what it should do, for example: docker ps")
        for word in rest:
            self._long_dash(word)
        unattended = wants_terminal(words.done)
        if unattended:
            self._refuse(*unattended)
        should_fail = bool(SHOULD_FAIL.match(words.comment))
        typed = "\n".join(self.lines[self.first : self.at + 1]).strip()
        return Command(tuple(words.done), first, typed, words.stdin_file, should_fail)

    def _long_dash(self, word: str) -> None:
        if word[0:1] in ("–", "—"):
            self._refuse(f"“{word}” begins with a long dash.", f"Write hyphens: --{word.lstrip('–—-')}")
