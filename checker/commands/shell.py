"""What only a shell understands, and what to say when it is in a command list."""

from __future__ import annotations

import re

_NO_SHELL = "There is no shell here, so {} does not work."

SIGNS = {
    "&&": (_NO_SHELL.format("&&"), "Write each command on a line of its own; the list stops at the first that fails."),
    "||": (_NO_SHELL.format("||"), "Write each command on a line of its own."),
    "|": (
        _NO_SHELL.format("the pipe |"),
        "docker filters by itself: --filter, --format. For a shell inside the container, quote it: sh -c '… | …'",
    ),
    ">": (_NO_SHELL.format(">"), "Leave it out: the output is shown. Inside the container, quote it: sh -c '… > file'"),
    "&": (_NO_SHELL.format("&"), "To run a container in the background use the option -d."),
    ";": (_NO_SHELL.format(";"), "Write each command on a line of its own. For the container, quote it: sh -c '…; …'"),
    "`": (
        _NO_SHELL.format("the backtick `"),
        "Write the value itself. A line is continued with \\ at its end, also on Windows.",
    ),
    "*": (_NO_SHELL.format("*"), "Name each one. To hand a * on to the container, quote it: '*'"),
    "?": (_NO_SHELL.format("?"), "Name each one. To hand a ? on to the container, quote it: '?'"),
    "[": (_NO_SHELL.format("["), "Name each one. To hand brackets on to the container, quote them: '[…]'"),
    "(": (_NO_SHELL.format("("), "Write each command on a line of its own. In a text, quote it: '('"),
    ")": (_NO_SHELL.format(")"), "Write each command on a line of its own. In a text, quote it: ')'"),
    "~": (_NO_SHELL.format("~"), "Write the path relative to the lab's folder. In a text, quote it: '~'"),
}
"""Signs outside quotes, longest first, with the message and the next step."""

QUOTED_SIGNS = {
    "`": (_NO_SHELL.format("the backtick `"), "Write the value itself, or put the text between single quotes."),
}
"""Signs that a shell would act on between double quotes too."""

TYPOGRAPHY = {
    "“": 'Write a straight quote: "',
    "”": 'Write a straight quote: "',
    "„": 'Write a straight quote: "',
    "‘": "Write a straight quote: '",
    "’": "Write a straight quote: '",
    "\u00a0": "It looks like a space and is none. Write a space.",
    "\u200b": "It is invisible. Type the line again.",
}
"""What word processors put in place of the signs that were typed."""

_STARTS: tuple[tuple[str, str, str], ...] = (
    (r"!", "A “!” in front hands the line to a shell, and there is none here.", "Leave it out: docker …"),
    (r"[$%>]\s+docker\b", "The line starts with the prompt of a terminal.", "Leave it out: docker …"),
    (r"sudo\b", "sudo is not needed: the course's engine takes your commands as they are.", "Leave it out: docker …"),
    (r"%", "A line that starts with % is for the notebook.", "Keep it out of the command list."),
    (r"(cd|pushd)\b", "There is no shell here, so cd does not work.", "Paths are relative to the lab's folder."),
    (
        r"(export\s+|set\s+)?[A-Za-z_]\w*=",
        "There is no shell here, so variables cannot be set.",
        "A variable for a container is set with docker run -e NAME=value.",
    ),
    (r"(?!docker)(?i:docker)\b", "The command is written in small letters.", "Write: docker …"),
    (r"docker\.exe\b", "On every system the command is written docker.", "Leave the .exe out."),
    (r"docker-compose\b", "docker-compose is a program of its own, which this course does not use.", "Use docker …"),
)
"""How lines begin that are no docker commands: pattern, message, next step."""


def odd_start(line: str) -> tuple[str, str] | None:
    """Return message and next step for a line that begins in a way which is known to go wrong; None for others."""
    for pattern, message, next_step in _STARTS:
        if re.match(pattern, line):
            return message, next_step
    return None
