"""TOML that is read field by field, strictly: a field that is missing, ill-formed or unknown is one clear message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.errors import CourseError, LabProblem
from checker.files import read_toml, shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def read_table(path: Path) -> Table:
    """Return a TOML file of a lab's.

    Raises:
        LabProblem: when it cannot be read, or is not TOML: a mistake of its author's.

    """
    try:
        return Table(path, read_toml(path))
    except CourseError as error:
        raise LabProblem(error.message, f"Fix {shown(path)}; the lab cannot be used without it.") from error


class Table:
    """A TOML table that is read field by field; a field that is not read is an error."""

    def __init__(self, file: Path, data: dict[str, Any], prefix: str = "") -> None:
        self.file, self.data, self.prefix = file, data, prefix
        self.read: set[str] = set()

    def problem(self, field: str, what: str, fix: str) -> LabProblem:
        """Return the error about one field, with the file and the fix.

        Arguments:
            field: the field's name.
            what: what is wrong, to come after the name: 'is "x"'.
            fix: what the author should do, as a sentence.

        """
        return LabProblem(f"{shown(self.file)}: {self.prefix}{field} {what}.", fix)

    def keys(self) -> list[str]:
        """Return the names of the fields."""
        return list(self.data)

    def _get(self, field: str, kind: type, sort: str, default: object = None) -> Any:
        self.read.add(field)
        if field not in self.data and default is not None:
            return default
        if field not in self.data:
            raise self.problem(field, "is missing", f"Add it: {field} = {sort}")
        value = self.data[field]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.problem(field, f"is {value!r}", f"Write it as {sort}.")
        return value

    def text(self, field: str) -> str:
        """Return a text that is not empty."""
        value = str(self._get(field, str, '"a text"'))
        if not value.strip():
            raise self.problem(field, "is empty", "Write it.")
        return value

    def choice(self, field: str, of: Iterable[str]) -> str:
        """Return a text that is one of ``of``.

        Arguments:
            field: the field's name.
            of: the texts that are allowed.

        Raises:
            LabProblem: when it is missing, no text, or none of these.

        """
        value = self.text(field)
        if value not in of:
            raise self.problem(field, f"is “{value}”", f"It is one of: {', '.join(of)}.")
        return value

    def whole_number(self, field: str) -> int:
        """Return a whole number above 0."""
        value = int(self._get(field, int, "10"))
        if value <= 0:
            raise self.problem(field, f"is {value}", "It must be above 0.")
        return value

    def flag(self, field: str) -> bool:
        """Return true or false; false when it is not there."""
        return bool(self._get(field, bool, "true", default=False))

    def texts(self, field: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a field that is a list of texts.

        Arguments:
            field: the field's name.
            default: what is returned when the field is missing; None: it must be there.

        Raises:
            LabProblem: when it is missing, or something else than a list of texts.

        """
        value = self._get(field, list, '["…"]', default=default if default is None else list(default))
        if not all(isinstance(item, str) for item in value):
            raise self.problem(field, "holds something that is not a text", 'Write it as ["…", "…"].')
        return tuple(value)

    def table(self, field: str) -> Table:
        """Return a table; an empty one when it is not there."""
        return Table(self.file, self._get(field, dict, "{ … }", default={}), f"{self.prefix}{field}.")

    def tables(self, field: str) -> list[Table]:
        """Return a list of tables; an empty one when it is not there."""
        found = self._get(field, list, f"[[{field}]]", default=[])
        if not all(isinstance(item, dict) for item in found):
            raise self.problem(field, "is no list of tables", f"Write each one under [[{field}]].")
        return [Table(self.file, item, f"{field}[{n}].") for n, item in enumerate(found, 1)]

    def nothing_else(self) -> None:
        """Raise LabProblem when a field was not read."""
        for field in self.data:
            if field not in self.read:
                raise self.problem(field, "is not a field of this file", f"Known: {', '.join(sorted(self.read))}.")
