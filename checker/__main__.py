"""The command line: `python3 -m checker COMMAND`, and `checker COMMAND` in the course's terminal.

This file must parse on every Python, so that an old one gets a sentence and not a traceback.
"""

import sys

NEEDED = (3, 11)


def main():  # type: () -> int
    """Check the Python, make the virtual environment where the command needs it, and run the command."""
    if sys.version_info < NEEDED:
        sys.stderr.write(
            "This course needs Python %d.%d or newer; this one is %d.%d.\n"
            "Install a newer Python, then run: python3 -m checker start   (Windows: py -m checker start)\n"
            % (NEEDED + tuple(sys.version_info[:2]))
        )
        return 2
    from checker.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
