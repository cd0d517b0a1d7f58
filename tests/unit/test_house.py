"""The house: rooms with one door each, arrows that run one way, no circle, and one name for one thing."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import pytest

from checker.files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLOORS = (
    {"errors", "lazy", "machine", "output", "patience", "placeholders"},
    {"files", "daemon"},
    {"locks", "tables", "pages", "terminal"},
    {"commands", "bundle"},
    {"lab", "bootstrap"},
    {"engine", "learner", "wheels"},
    {"run", "facts", "play", "live", "affected", "report", "session"},
    {"attempt", "cheatsheet", "build", "doctor"},
    {"watch", "verify"},
    {"jupyter"},
    {"cli"},
    {"__main__"},
)
"""What stands in ``checker/``, from the ground up: each imports only what lies below it."""


ENTRANCES = {f"checker.verify: {name}" for name in ("Case", "Prover", "cases", "unproved", "verdict_of")}
"""What is offered to people and tests, and to no module of the package."""


class Import(NamedTuple):
    """One imported name: in which module, from which module, and the line."""

    at: str
    source: str
    name: str
    line: int


def _modules() -> dict[str, Path]:
    """Return the files of the package, and of the labs' checks, by their dotted names."""
    found = {}
    for path in sorted((ROOT / "checker").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    found |= {f"labs.{path.parent.name}": path for path in sorted((ROOT / "labs").glob("*/checks.py"))}
    return {name: path for name, path in found.items() if "template" not in name}


MODULES = _modules()
ROOMS = {name for name, path in MODULES.items() if path.name == "__init__.py"}


def _imports_in(at: str, source: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("checker"):
            for alias in node.names:
                yield Import(at, str(node.module), alias.name, node.lineno)
        elif isinstance(node, ast.Import):
            yield from (Import(at, a.name, "", node.lineno) for a in node.names if a.name.startswith("checker"))


IMPORTS = [found for at, path in MODULES.items() for found in _imports_in(at, path.read_text(encoding="utf-8"))]


def _target(item: Import) -> str:
    """Return the module that an import loads."""
    whole = f"{item.source}.{item.name}"
    return whole if whole in MODULES else item.source


def _encloses(room: str, module: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def _past_a_door(item: Import) -> str:
    """Return the room past whose door an import reaches, or an empty text."""
    parts = item.source.split(".")
    rooms = (".".join(parts[:length]) for length in range(2, len(parts) + 1))
    shut = next((room for room in rooms if room in ROOMS and not _encloses(room, item.at)), item.source)
    return shut if shut != item.source else ""


def _offers(room: str) -> set[str]:
    """Return what a room offers: what its ``__init__`` imports for others or defines itself."""
    tree = ast.parse(MODULES[room].read_text(encoding="utf-8"))
    names = {alias.asname or alias.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for alias in n.names}
    return names | {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_nobody_reaches_past_a_door() -> None:
    """Whoever is outside of a room imports from the room itself, and from none of its modules."""
    past = [
        f"{item.at}:{item.line} imports {item.name} past {room}" for item in IMPORTS if (room := _past_a_door(item))
    ]
    assert past == []


def test_only_what_a_room_offers_is_imported() -> None:
    """A module that happens to lie in a room is not offered by that alone."""
    through = [item for item in IMPORTS if item.source in ROOMS and not _encloses(item.source, item.at)]
    unknown = [
        f"{i.at}:{i.line}: {i.name}" for i in through if i.source != "checker" and i.name not in _offers(i.source)
    ]
    assert unknown == []


def test_rooms_offer_nothing_that_nobody_takes() -> None:
    """A name that is offered, and that nobody outside of the room imports, is surface for nothing."""
    taken = {(item.source, item.name) for item in IMPORTS if not _encloses(item.source, item.at)}
    taken |= {(item.source, item.name) for item in IMPORTS if item.at in ROOMS and item.at != item.source}
    idle = [f"{room}: {name}" for room in sorted(ROOMS) for name in _doorway(room) if (room, name) not in taken]
    assert [one for one in idle if one not in ENTRANCES] == []


def _doorway(room: str) -> list[str]:
    """Return the names in the block of a room's ``__init__`` that its door reads."""
    blocks = [node for node in ast.parse(MODULES[room].read_text(encoding="utf-8")).body if isinstance(node, ast.If)]
    found = [n for block in blocks if block.orelse for n in block.body if isinstance(n, ast.ImportFrom)]
    return [alias.name for n in found if (n.module or "").startswith("checker") for alias in n.names]


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_arrows_in_a_room_form_no_circle(room: str) -> None:
    """Between what lies in one folder, imports form no circle; the door itself, which loads late, is not counted."""
    arrows: dict[str, set[str]] = defaultdict(set)
    for item in IMPORTS:
        one, other = _entry(room, item.at), _entry(room, _target(item))
        if one and other and one != other and item.at not in ROOMS:
            arrows[one].add(other)
    assert _circle(arrows) == []


def _entry(room: str, module: str) -> str:
    """Return the file or folder of ``room`` in which a module lies; empty when it lies elsewhere."""
    return module.removeprefix(f"{room}.").partition(".")[0] if module.startswith(f"{room}.") else ""


def _circle(arrows: dict[str, set[str]]) -> list[str]:
    def visit(name: str, way: tuple[str, ...]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        return next((found for other in sorted(arrows[name]) if (found := visit(other, (*way, name)))), [])

    return next((found for name in sorted(arrows) if (found := visit(name, ()))), [])


def test_arrows_run_one_way() -> None:
    """Each entry of the package imports only what stands on a floor below its own."""
    floor_of = {name: number for number, names in enumerate(FLOORS) for name in names}
    assert {_entry("checker", module) for module in MODULES} - {""} == set(floor_of)
    wrong = set()
    for item in IMPORTS:
        one, other = _entry("checker", item.at), _entry("checker", _target(item))
        if one and other and one != other and floor_of[other] >= floor_of[one]:
            wrong.add(f"{item.at} imports {_target(item)}")
    assert sorted(wrong) == []


def test_labs_need_the_two_vocabularies_alone() -> None:
    """A lab's checks.py is written with what ``checker.lab`` and ``checker.engine`` offer."""
    assert {item.source for item in IMPORTS if item.at.startswith("labs.")} <= {"checker.lab", "checker.engine"}


def test_one_class_name_stands_for_one_thing() -> None:
    """No two classes that others may use have the same name."""
    places = defaultdict(list)
    for module, path in MODULES.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(module)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_offered_name_is_hidden_by_a_module() -> None:
    """A module of the same name, once it is loaded, would take the place of what the room offers."""
    hidden = [
        f"{room}.{item.name}"
        for room in sorted(ROOMS)
        for item in IMPORTS
        if item.at == room and item.source != room and f"{room}.{item.name}" in MODULES
    ]
    assert hidden == []


def test_the_map_shows_every_room() -> None:
    """CONTRIBUTING.md says of each room what is in it, and of no room that is not there."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Where things are")[2]
    found, above = set(), ""
    for indent, name in re.findall(r"^    ( *)(\S+)/ ", text, re.MULTILINE):
        above = above if indent else name
        found.add((f"{above}/{name}" if indent else name).replace("/", "."))
    assert {room for room in found if room.startswith("checker.")} == ROOMS - {"checker"} | {"checker.template"}
