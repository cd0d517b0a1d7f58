"""The strict lab loader: each mistake of an author is one message with file, field and fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checker.errors import EXIT_USAGE, LabProblem, UsageProblem
from checker.files import LABS
from checker.lab.load import Lab, Param, Question, Wrong, find_lab, lab_ids, load_lab, load_labs
from checker.lab.params import NAME, PORTS, WORDS
from tests.unit.made_labs import CHECKS, FILES, LAB_ID, TOML, made_lab, make_labs, write

if TYPE_CHECKING:
    from pathlib import Path


def toml(old: str, new: str) -> dict[str, str | None]:
    """Return a change of lab.toml."""
    assert old in TOML
    return {"lab.toml": TOML.replace(old, new)}


def checks(old: str, new: str) -> dict[str, str | None]:
    """Return a change of checks.py."""
    assert old in CHECKS
    return {"checks.py": CHECKS.replace(old, new)}


def reading(read: str, lesson: str = "# Shops\n\n## Doors\n\n## Windows, open\n") -> dict[str, str | None]:
    """Return a check that says what to read, and a lesson."""
    return {**checks('hint="Look at the ports."', f'hint="Look at the ports.", read="{read}"'), "lesson.md": lesson}


def expected(text: str) -> dict[str, str | None]:
    """Return another expected.toml of the wrong answer."""
    return {"wrong/no_name/expected.toml": text}


NO_EQUALS = "Expected '=' after a key in a key/value pair"
BUILT_INS = "Built-ins: engine, image, files, answer, history, params."
HIDDEN = (
    '@check(points=1, visibility="hidden", hint="Look.")\ndef spy(): "No one looks."\n\n\n@check(points=2, hint="docker'
)
MISTAKES: dict[str, tuple[dict[str, str | None], str, str]] = {
    # the folder
    "no lesson": (
        {"lesson.md": None},
        "lesson.md: the file is missing.",
        "Make it; checker lab new NAME shows one of each.",
    ),
    "no sheet": ({"lab.md": None}, "lab.md: the file is missing.", "Make it; checker lab new NAME shows one of each."),
    "no data": (
        {"lab.toml": None},
        "lab.toml: the file is missing.",
        "Make it; checker lab new NAME shows one of each.",
    ),
    "no checks file": (
        {"checks.py": None},
        "checks.py: the file is missing.",
        "Make it; checker lab new NAME shows one of each.",
    ),
    "set-up that is no command list": (
        {"setup.txt": "make coffee\n"},
        "setup.txt:1: Each line starts with docker; this one starts with “make”.",
        "Write: docker …",
    ),
    "set-up with a placeholder that the sheet lacks": (
        {"setup.txt": "docker run -d --name {none} docker101/web:1\n"},
        "setup.txt:1: The sheet has no value {none}.",
        "Its values are: {name}, {port}.",
    ),
    "set-up that no replay can play": (
        {"setup.txt": "# First.\ndocker run -d --privileged --name {name} docker101/web:1\n"},
        "setup.txt:2: docker run --privileged would open the whole machine to the container.",
        "Leave it out here.",
    ),
    "set-up of a container without a name": (
        {"setup.txt": "docker run -d --name {name} docker101/web:1\ndocker run -d docker101/web:1\n"},
        "setup.txt:2: gives its container no name.",
        "Add --name; it is removed by that name.",
    ),
    "set-up from an image that the lab does not list": (
        {"setup.txt": "docker run -d --name {name} busybox:1.37\n"},
        "setup.txt:1: uses the image busybox:1.37.",
        "List it under images in lab.toml.",
    ),
    "set-up that reads a file": (
        {"setup.txt": "docker run -i --name {name} docker101/web:1 < names.txt\n"},
        "setup.txt:1: reads names.txt.",
        "Commands alone make a starting state.",
    ),
    "set-up that makes nothing": (
        {"setup.txt": "# Nothing yet.\ndocker ps\n"},
        "setup.txt: makes no container.",
        "Let it make what the lab begins with, or remove it.",
    ),
    "file that nothing reads": (
        {"notes.txt": "x"},
        "notes.txt: nothing reads this file.",
        "Remove it, or move it into starter/.",
    ),
    "folder that nothing reads": (
        {"solutions/commands.txt": "x"},
        "solutions: nothing reads this file.",
        "Remove it, or move it into starter/.",
    ),
    # lab.toml
    "not TOML": (
        toml("minutes = 20", "minutes 20"),
        f"lab.toml cannot be read: {NO_EQUALS} (at line 3, column 9).",
        "Fix lab.toml; the lab cannot be used without it.",
    ),
    "title missing": (toml('title = "The shop"\n', ""), "lab.toml: title is missing.", 'Add it: title = "a text"'),
    "title empty": (toml('"The shop"', '" "'), "lab.toml: title is empty.", "Write it."),
    "title no text": (toml('"The shop"', "7"), "lab.toml: title is 7.", 'Write it as "a text".'),
    "lesson missing": (toml('lesson = "Shops"\n', ""), "lab.toml: lesson is missing.", 'Add it: lesson = "a text"'),
    "minutes missing": (toml("minutes = 20\n", ""), "lab.toml: minutes is missing.", "Add it: minutes = 10"),
    "minutes as text": (toml("= 20", '= "20"'), "lab.toml: minutes is '20'.", "Write it as 10."),
    "minutes true": (toml("= 20", "= true"), "lab.toml: minutes is True.", "Write it as 10."),
    "minutes 0": (toml("= 20", "= 0"), "lab.toml: minutes is 0.", "It must be above 0."),
    "images missing": (
        toml('images = ["docker101/web:1"]\n', ""),
        "lab.toml: images is missing.",
        'Add it: images = ["…"]',
    ),
    "images no list": (
        toml('["docker101/web:1"]', '"docker101/web:1"'),
        "lab.toml: images is 'docker101/web:1'.",
        'Write it as ["…"].',
    ),
    "images no texts": (
        toml('["docker101/web:1"]', "[1]"),
        "lab.toml: images holds something that is not a text.",
        'Write it as ["…", "…"].',
    ),
    "unknown field": (
        toml("minutes = 20", "minutes = 20\nauthor = 1"),
        "lab.toml: author is not a field of this file.",
        "Known: images, lesson, minutes, params, questions, title.",
    ),
    # parameters
    "params no table": (
        {"lab.toml": TOML.replace("[params]", "params = 1\n[other]")},
        "lab.toml: params is 1.",
        "Write it as { … }.",
    ),
    "parameter's name": (
        toml("name = {", "Name = {"),
        "lab.toml: params.Name is no name for a placeholder.",
        "Use small letters, digits and _.",
    ),
    "parameter no table": (
        toml('{ kind = "word", of = ["amber"] }', '"amber"'),
        "lab.toml: params.name is 'amber'.",
        "Write it as { … }.",
    ),
    "parameter's kind missing": (
        toml('kind = "word", ', ""),
        "lab.toml: params.name.kind is missing.",
        'Add it: kind = "a text"',
    ),
    "parameter's kind": (
        toml('kind = "word"', 'kind = "wrd"'),
        "lab.toml: params.name.kind is “wrd”.",
        "It is one of: port, word, number.",
    ),
    "nothing to draw from": (
        toml('of = ["amber"]', "of = []"),
        "lab.toml: params.name.of is empty.",
        "List the values to draw from.",
    ),
    "numbers need a list": (
        toml('kind = "word", of = ["amber"]', 'kind = "number"'),
        "lab.toml: params.name.of is empty.",
        "List the values to draw from.",
    ),
    "no number": (
        toml('kind = "word", of = ["amber"]', 'kind = "number", of = ["3", "x3"]'),
        "lab.toml: params.name.of holds “x3”, which is no number.",
        "Fix it, or change the kind.",
    ),
    "no port": (
        toml('"8100"', '"65536"'),
        "lab.toml: params.port.of holds “65536”, which is no port.",
        "Fix it, or change the kind.",
    ),
    "unknown field of a parameter": (
        toml('of = ["amber"]', 'from = ["amber"]'),
        "lab.toml: params.name.from is not a field of this file.",
        "Known: kind, of.",
    ),
    # questions
    "questions no tables": (
        {"lab.toml": TOML.split("[params]")[0] + "questions = [1]\n"},
        "lab.toml: questions is no list of tables.",
        "Write each one under [[questions]].",
    ),
    "questions no list": (
        {"lab.toml": TOML.split("[params]")[0] + "questions = 1\n"},
        "lab.toml: questions is 1.",
        "Write it as [[questions]].",
    ),
    "question without id": (
        toml('id = "code"\n', ""),
        "lab.toml: questions[1].id is missing.",
        'Add it: id = "a text"',
    ),
    "question's id": (
        toml('id = "code"', 'id = "exit code"'),
        "lab.toml: questions[1].id is “exit code”.",
        "Use small letters, digits and _.",
    ),
    "question twice": (
        toml('id = "goes_on"', 'id = "code"'),
        "lab.toml: questions[2].id “code” is there twice.",
        "Give each question its own id.",
    ),
    "question's kind": (
        toml('kind = "number"', 'kind = "integer"'),
        "lab.toml: questions[1].kind is “integer”.",
        "It is one of: choice, number, text.",
    ),
    "question without prompt": (
        toml('prompt = "Does {name} go on?"\n', ""),
        "lab.toml: questions[2].prompt is missing.",
        'Add it: prompt = "a text"',
    ),
    "choice of one": (
        toml('["yes", "no"]', '["yes"]'),
        "lab.toml: questions[2].choices does not fit the kind.",
        "A choice has two or more, others have none.",
    ),
    "choices of a number": (
        toml('kind = "number"', 'kind = "number"\nchoices = ["1", "2"]'),
        "lab.toml: questions[1].choices does not fit the kind.",
        "A choice has two or more, others have none.",
    ),
    "predict no flag": (
        toml("predict = true", 'predict = "yes"'),
        "lab.toml: questions[2].predict is 'yes'.",
        "Write it as true.",
    ),
    "unknown field of a question": (
        toml("predict = true", "predicts = true"),
        "lab.toml: questions[2].predicts is not a field of this file.",
        "Known: choices, id, kind, predict, prompt.",
    ),
    "outcome of no question": (
        checks("outcome_goes_on", "outcome_goes_no"),
        "checks.py: outcome_goes_no belongs to no question.",
        "The questions are: code, goes_on.",
    ),
    "outcome's parameter": (
        checks("outcome_goes_on(engine)", "outcome_goes_on(shop)"),
        "checks.py: outcome_goes_on has the parameter shop, which is no built-in.",
        BUILT_INS,
    ),
    # checks.py
    "syntax": (
        checks("    return engine", "    return engine engine"),
        "checks.py:9: SyntaxError: invalid syntax (checks.py, line 9).",
        "Fix it; every lab needs its checks.",
    ),
    "error on loading": (
        checks("import Failure, check", "import Failure, check\n\nmissing()"),
        "checks.py:5: NameError: name 'missing' is not defined.",
        "Fix it; every lab needs its checks.",
    ),
    "task without a hint": (
        checks('hint="Look at the ports."', 'hint=""'),
        "checks.py:12: TypeError: the check published has no hint.",
        "Fix it; every lab needs its checks.",
    ),
    "no check": (
        {"checks.py": "def shop(): ...\n"},
        "checks.py: declares no check.",
        "Put @check(points=…, hint=…) on each task.",
    ),
    "name of a built-in": (
        checks("def published(", "def image("),
        "checks.py: the check image has the name of a built-in.",
        "Rename it.",
    ),
    "unknown need": (
        checks("published(shop,", "published(shp,"),
        "checks.py: the check published has the parameter shp, which is neither a check nor a built-in.",
        f"{BUILT_INS} Checks: published, shop.",
    ),
    "circle": (
        checks("def shop(engine)", "def shop(published)"),
        "checks.py: checks need each other in a circle: shop -> published -> shop.",
        "Break it.",
    ),
    "check that needs itself": (
        checks("def shop(engine)", "def shop(shop)"),
        "checks.py: checks need each other in a circle: shop -> shop.",
        "Break it.",
    ),
    "visible needs hidden": (
        {"checks.py": CHECKS.replace('@check(points=2, hint="docker', HIDDEN).replace("shop(engine)", "shop(spy)")},
        "checks.py: the check shop is visible and needs spy, which is hidden.",
        "Hide both, or none.",
    ),
    # what to read
    "reading that is no heading": (
        reading("Chimney"),
        "checks.py: the check published reads “Chimney”, which is no heading of lesson.md.",
        "Its headings: “Doors”, “Windows, open”.",
    ),
    "reading almost a heading": (
        reading("Window, open"),
        "checks.py: the check published reads “Window, open”, which is no heading of lesson.md.",
        "Near it: “Windows, open”.",
    ),
    "reading in code": (
        reading("Doors", "# Shops\n\n## Windows\n\n```\n## Doors\n```\n"),
        "checks.py: the check published reads “Doors”, which is no heading of lesson.md.",
        "Its headings: “Windows”.",
    ),
    "reading the title": (
        reading("Shops", "# Shops\n"),
        "checks.py: the check published reads “Shops”, which is no heading of lesson.md.",
        "Its headings: none.",
    ),
    "reading in another lesson": (
        {**reading("09: Doors"), "../09_market/lesson.md": "# Market\n\n## Stalls\n"},
        "checks.py: the check published reads “09: Doors”, which is no heading of 09_market/lesson.md.",
        "Its headings: “Stalls”.",
    ),
    "reading in no lesson": (
        reading("07: Doors"),
        "checks.py: the check published reads “07: Doors”, and there is no lesson 07.",
        "Lessons: 08.",
    ),
    # placeholders
    "placeholder of the sheet": (
        {"lab.md": "Run {nmae}.\n"},
        "lab.md: uses {nmae}, which is no parameter.",
        "Add it under [params] in lab.toml.",
    ),
    "placeholder of a sentence": (
        checks("Port 80 of {name}", "Port 80 of {shop}"),
        "checks.py: published: uses {shop}, which is no parameter.",
        "Add it under [params] in lab.toml.",
    ),
    "placeholder of a hint": (
        checks("what runs, {name} too", "what runs, {nmae} too"),
        "checks.py: shop: uses {nmae}, which is no parameter.",
        "Add it under [params] in lab.toml.",
    ),
    "placeholder of a question": (
        toml("Does {name} go on?", "Does {it} go on?"),
        "lab.toml: goes_on: uses {it}, which is no parameter.",
        "Add it under [params] in lab.toml.",
    ),
    "placeholder of a choice": (
        toml('["yes", "no"]', '["{it}", "no"]'),
        "lab.toml: goes_on: uses {it}, which is no parameter.",
        "Add it under [params] in lab.toml.",
    ),
    "placeholder of a wrong answer": (
        expected('check = "shop"\nsays = ["{nmae}"]\nwhy = "x"\n'),
        "wrong/no_name/expected.toml: says: uses {nmae}, which is no parameter.",
        "Add it under [params] in lab.toml.",
    ),
    # wrong answers
    "wrong answer without expectation": (
        {"wrong/no_name/expected.toml": None},
        "wrong/no_name: has no expected.toml.",
        "Say there: check, says, why.",
    ),
    "expectation not TOML": (
        expected("check\n"),
        f"wrong/no_name/expected.toml cannot be read: {NO_EQUALS} (at line 1, column 6).",
        "Fix wrong/no_name/expected.toml; the lab cannot be used without it.",
    ),
    "expectation of no check": (
        expected('check = "shp"\nsays = ["a"]\nwhy = "x"\n'),
        "wrong/no_name/expected.toml: check “shp” is no check.",
        "Checks: published, shop.",
    ),
    "expectation says nothing": (
        expected('check = "shop"\nsays = []\nwhy = "x"\n'),
        "wrong/no_name/expected.toml: says is empty.",
        "List words that this failure's message must hold.",
    ),
    "expectation without a reason": (
        expected('check = "shop"\nsays = ["a"]\n'),
        "wrong/no_name/expected.toml: why is missing.",
        'Add it: why = "a text"',
    ),
    "unknown field of an expectation": (
        expected('check = "shop"\nsays = ["a"]\nwhy = "x"\npoints = 1\n'),
        "wrong/no_name/expected.toml: points is not a field of this file.",
        "Known: check, says, why.",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_authors_mistake_is_one_message(mistake: str, tmp_path: Path) -> None:
    """Each mistake ends the loading with its file, its field, and how to fix it."""
    changed, said, fix = MISTAKES[mistake]
    with pytest.raises(LabProblem) as problem:
        made_lab(tmp_path, changed)
    folder = f"{tmp_path}/labs/{LAB_ID}/"
    assert problem.value.message.replace(folder, "") == said
    assert problem.value.next_step.replace(folder, "") == fix
    assert folder in problem.value.message
    assert problem.value.exit_code == EXIT_USAGE


def test_lab_that_is_no_utf8_is_one_message(tmp_path: Path) -> None:
    """A lab.toml in another encoding is named, with the place of the first byte that is none."""
    labs = make_labs(tmp_path)
    (labs / LAB_ID / "lab.toml").write_bytes(b'title = "\xff"\n')
    with pytest.raises(LabProblem, match=r"lab.toml is not plain UTF-8 text \(byte 9\)\."):
        load_lab(LAB_ID, labs)


def test_lab_is_loaded_whole(tmp_path: Path) -> None:
    """What the author wrote is in the record: nothing is left out, nothing is made up."""
    lab = made_lab(tmp_path)
    folder = tmp_path / "labs" / LAB_ID
    outcome = lab.questions[1].outcome
    assert outcome is not None
    assert lab == Lab(
        id=LAB_ID,
        folder=folder,
        title="The shop",
        lesson="Shops",
        minutes=20,
        images=("docker101/web:1",),
        params=(Param("name", "word", ("amber",)), Param("port", "port", ("8100",))),
        questions=(
            Question("code", "Which exit code will {name} leave?", "number"),
            Question("goes_on", "Does {name} go on?", "choice", ("yes", "no"), predict=True, outcome=outcome),
        ),
        checks=lab.checks,
        solutions=(folder / "solution",),
        wrongs=(Wrong("no_name", folder / "wrong/no_name", "shop", ("{name}",), "run without a name"),),
    )
    assert [item.id for item in lab.checks] == ["shop", "published"]
    assert (lab.points, lab.notebook, outcome("engine")) == (3, "08_shop.ipynb", "yes")


@pytest.mark.parametrize("read", ["Doors", "08: Windows, open", "09: Stalls"])
def test_check_says_what_to_read(read: str, tmp_path: Path) -> None:
    """A heading of this lesson, of this one by its number, or of another one is kept as its author wrote it."""
    other: dict[str, str | None] = {"../09_market/lesson.md": "# Market\n\n## Stalls\n"}
    lab = made_lab(tmp_path, {**reading(read), **other})
    assert [item.read for item in lab.checks] == ["", read]


def test_lab_of_a_student_edition_loads(tmp_path: Path) -> None:
    """Solutions and wrong answers, params and questions may be left out."""
    bare = {name: None for name in FILES if name.startswith(("solution", "wrong"))}
    data = 'title = "A"\nlesson = "B"\nminutes = 1\nimages = []\n'
    code = 'from checker.lab import check\n\n@check(points=1, hint="Look.")\ndef shop(): "It is open."\n'
    lab = made_lab(tmp_path, {**bare, "lab.toml": data, "checks.py": code, "lab.md": "Open.\n"})
    assert (lab.solutions, lab.wrongs, lab.params, lab.questions) == ((), (), (), ())


def test_several_solutions_are_found_in_order(tmp_path: Path) -> None:
    """The folder solution comes first, then solution-NAME by name; a file of that name is none."""
    lab = made_lab(tmp_path, {"solution-b/commands.txt": "x", "solution-a/commands.txt": "x"})
    assert [path.name for path in lab.solutions] == ["solution", "solution-a", "solution-b"]


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints/x", "wrong/.DS_Store"])
def test_what_systems_leave_in_folders_is_no_mistake(name: str, tmp_path: Path) -> None:
    """A learner who opened the folder in a file manager can still use the course."""
    assert made_lab(tmp_path, {name: "x"}).id == LAB_ID


def test_files_of_windows_are_read(tmp_path: Path) -> None:
    """CRLF and a byte-order mark make no difference to a lab."""
    windows = {"lab.toml": "\ufeff" + TOML.replace("\n", "\r\n"), "checks.py": CHECKS.replace("\n", "\r\n")}
    assert made_lab(tmp_path, windows).title == "The shop"


def test_hidden_check_may_need_a_visible_one(tmp_path: Path) -> None:
    """Only the other direction is a mistake."""
    hidden = checks("@check(points=1, hint", '@check(points=1, visibility="hidden", hint')
    assert made_lab(tmp_path, hidden).checks[1].visibility == "hidden"


def test_placeholder_in_a_go_template_is_none(tmp_path: Path) -> None:
    """A sheet may show --format '{{…}}' and ${NAME}."""
    assert made_lab(tmp_path, {"lab.md": "docker ps --format '{{names}}' ${where}\n"}).id == LAB_ID


# --- finding a lab by what was typed


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return a folder of labs' names; find_lab needs no more."""
    for name in ("00_welcome", "01_images", "05_lifecycle", "10_listing", "images", "05-notes"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_labs_are_listed_in_order(course: Path) -> None:
    """Only folders named NN_topic are labs."""
    assert lab_ids(course) == ["00_welcome", "01_images", "05_lifecycle", "10_listing"]


def test_missing_folder_has_no_labs(tmp_path: Path) -> None:
    """Without a folder of labs there is none, and no error."""
    assert lab_ids(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("05_lifecycle", "05_lifecycle"),
        ("05_lifecycle/", "05_lifecycle"),
        (" 05_Lifecycle\\ ", "05_lifecycle"),
        ("5", "05_lifecycle"),
        ("05", "05_lifecycle"),
        ("0", "00_welcome"),
        ("00", "00_welcome"),
        ("10", "10_listing"),
        ("life", "05_lifecycle"),
        ("list", "10_listing"),
    ],
)
def test_lab_is_found_by_what_people_type(typed: str, meant: str, course: Path) -> None:
    """A lab's id, its number with or without zeros, or the start of its topic will do."""
    assert find_lab(typed, course) == meant


@pytest.mark.parametrize("typed", ["", "  ", "7", "shop", "05_life", "images/05", "_"])
def test_unknown_lab_lists_what_there_is(typed: str, course: Path) -> None:
    """What means no lab is quoted, and the labs are listed."""
    with pytest.raises(UsageProblem) as problem:
        find_lab(typed, course)
    assert problem.value.message == f"There is no lab “{typed}”."
    assert problem.value.next_step == "The labs are: 00_welcome, 01_images, 05_lifecycle, 10_listing."


def test_name_of_several_labs_lists_those(course: Path) -> None:
    """What several labs begin with is answered with just those."""
    with pytest.raises(UsageProblem) as problem:
        find_lab("li", course)
    assert str(problem.value) == "“li” may mean several labs.\nSay which: 05_lifecycle, 10_listing."


def test_course_without_labs_says_so(tmp_path: Path) -> None:
    """Where there is no lab at all, the list says none."""
    with pytest.raises(UsageProblem, match=r"The labs are: none\."):
        find_lab("05", tmp_path)


def test_labs_are_loaded_by_number_and_all_together(tmp_path: Path) -> None:
    """One lab is loaded by what people type, all of them in order."""
    labs = make_labs(tmp_path)
    write(labs / "09_other", {**FILES})
    assert load_lab("9", labs).id == "09_other"
    assert [lab.id for lab in load_labs(labs)] == [LAB_ID, "09_other"]


def test_every_lab_of_the_course_loads() -> None:
    """The loader's rules hold for the labs that are handed out."""
    assert [lab.id for lab in load_labs()] == lab_ids(LABS)


# --- questions and personal values


def test_question_is_found_by_its_id(tmp_path: Path) -> None:
    """A question that there is, is returned; another one is answered with those that there are."""
    lab = made_lab(tmp_path)
    assert lab.question("code") is lab.questions[0]
    with pytest.raises(UsageProblem) as problem:
        lab.question("cod")
    assert str(problem.value) == "The lab 08_shop has no question “cod”.\nIts questions: code, goes_on."


def values(tmp_path: Path, params: str, learner: str) -> dict[str, str]:
    """Return a learner's values of a lab with these parameters."""
    rest = TOML.split("[params]")[0]
    code = 'from checker.lab import check\n\n@check(points=1, hint="Look.")\ndef shop(): "It is open."\n'
    bare = {"wrong/no_name/expected.toml": 'check = "shop"\nsays = ["a"]\nwhy = "x"\n', "lab.md": "Open.\n"}
    return made_lab(tmp_path, {**bare, "checks.py": code, "lab.toml": f"{rest}[params]\n{params}"}).values(learner)


def test_values_are_the_same_on_every_machine(tmp_path: Path) -> None:
    """They follow from the learner's name alone; a change here would change the sheets of a running class."""
    params = 'a = { kind = "word" }\nb = { kind = "word" }\np = { kind = "port" }\n'
    assert values(tmp_path, params, "ben") == {"a": "basil", "b": "ember", "p": "8888"}


def test_values_differ_from_learner_to_learner(tmp_path: Path) -> None:
    """Two learners do not share all values, and one learner's words differ from each other."""
    params = "".join(f'{name} = {{ kind = "word" }}\n' for name in "abcdef")
    ada, ben = values(tmp_path / "1", params, "ada"), values(tmp_path / "2", params, "ben")
    assert ada != ben
    assert len(set(ada.values())) == len(ada)


def test_values_repeat_only_when_there_is_no_choice_left(tmp_path: Path) -> None:
    """With more parameters than values, values repeat; no lab is refused for it."""
    params = 'a = { kind = "word", of = ["x"] }\nb = { kind = "word", of = ["x"] }\n'
    assert values(tmp_path, params, "ada") == {"a": "x", "b": "x"}


def test_built_in_lists_hold_what_engines_take() -> None:
    """Drawn words are names of containers that differ from each other; drawn ports need no root."""
    assert len(set(WORDS)) == len(WORDS)
    assert all(NAME.fullmatch(word) for word in WORDS)
    assert PORTS.start > 1024
    assert PORTS.stop < 32768  # where Linux begins to draw ports by itself


def test_starting_state_is_loaded(tmp_path: Path) -> None:
    """A setup.txt that can be played again and again is kept as its author wrote it; most labs have none."""
    text = "docker run -d --name {name} -p {port}:80 docker101/web:1\ndocker rename {name} old  # should fail\n"
    assert made_lab(tmp_path, {"setup.txt": text}).setup == text
    assert made_lab(tmp_path / "other").setup == ""
