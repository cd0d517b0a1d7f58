"""Running checks: order, blockers, points, time to settle, limits, and whose fault an error is."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from checker import patience
from checker import run as running
from checker.errors import EngineProblem
from checker.lab.vocabulary import CannotTell, Check, Failure, Result, Status, Trust
from checker.placeholders import filled, plain
from checker.run import run_checks
from tests.unit.made_checks import FakeFacts, made, passes, raises

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def results_of(*checks: Check, **words: Any) -> dict[str, Result]:
    """Run checks, and return the results by id."""
    return {item.id: item for item in run_checks(checks, FakeFacts(), **{"params": {}, **words})}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at once where a check may settle."""
    monkeypatch.setattr(running, "POLL_S", 0.0)


# --- order and dependencies


def test_needed_checks_run_first_and_results_keep_the_order() -> None:
    """A check runs after those that it needs; results come in the author's order, and are told as they are known."""
    told: list[str] = []
    checks = [made("door", passes, "wall"), made("wall", passes, "ground"), made("ground", passes), made("sky", passes)]
    results = run_checks(checks, FakeFacts(), params={}, on_result=lambda result: told.append(result.id))
    assert told == ["ground", "wall", "door", "sky"]
    assert [result.id for result in results] == ["door", "wall", "ground", "sky"]


def test_check_gets_what_it_asks_for() -> None:
    """A check is called with its built-ins, and with what the checks that it needs have returned."""
    got: dict[str, Any] = {}
    results_of(made("shop", lambda: 7), made("door", lambda **given: got.update(given), "shop", "engine params"))
    assert got == {"shop": 7, "engine": "the engine", "params": "the params"}


def test_skipped_check_names_the_root_blocker() -> None:
    """A skipped check names the check that failed, not one that was itself skipped; each gets no points."""
    results = results_of(
        made("roof", passes, "wall"), made("wall", passes, "ground"), made("ground", raises(Failure("Mud.")))
    )
    assert [(item.status, item.needs, item.score) for item in results.values()] == [
        (Status.SKIPPED, "ground", 0),
        (Status.SKIPPED, "ground", 0),
        (Status.FAILED, None, 0),
    ]
    assert results["roof"].message == "Not looked at yet: it needs “The ground is open.”, which has not passed."


def test_check_behind_an_error_is_skipped() -> None:
    """A check that could not be judged blocks those that need it, as a failed one does."""
    results = results_of(made("ground", raises(CannotTell("Nobody watched."))), made("wall", passes, "ground"))
    assert (results["wall"].status, results["wall"].needs) == (Status.SKIPPED, "ground")


def test_check_that_needs_one_passed_and_one_failed_is_skipped() -> None:
    """Every needed check must have passed, not the first alone."""
    results = results_of(made("a", passes), made("b", raises(Failure("No."))), made("c", passes, "a b"))
    assert (results["c"].status, results["c"].needs) == (Status.SKIPPED, "b")


def test_blocked_check_is_not_called() -> None:
    """A skipped check's code does not run."""
    called: list[bool] = []
    results_of(made("a", raises(Failure("No."))), made("b", lambda **_: called.append(True), "a"))
    assert called == []


# --- points and messages


def test_passed_check_gets_its_points() -> None:
    """A check that returns has passed: all its points, no message."""
    passed = results_of(made("shop", passes))["shop"]
    assert (passed.status, passed.score, passed.max_score, passed.message, passed.hint) == (Status.PASSED, 2, 2, "", "")


@pytest.mark.parametrize(("earned", "score"), [(0, 0), (0.5, 0.5), (9, 2), (-1, 0)])
def test_points_may_be_partial(earned: float, score: float) -> None:
    """A failure may earn points for a part that is done: never less than none, never more than there are."""
    failed = results_of(made("shop", raises(Failure("Half.", earned=earned))))["shop"]
    assert (failed.status, failed.score) == (Status.FAILED, score)


def test_failure_fills_the_result() -> None:
    """Seen and expected become the message; where to look, expected and actual have fields of their own."""
    failure = Failure("It is paused.", "It should run.", look="docker ps tells.", actual="paused")
    failed = results_of(made("shop", raises(failure)))["shop"]
    assert failed.message == "It is paused. It should run."
    assert (failed.hint, failed.expected, failed.actual) == ("docker ps tells.", "It should run.", "paused")


def test_hint_stands_in_where_the_failure_says_nothing_better() -> None:
    """Without a look of its own, a failure sends the learner to the check's hint; fields without a value are None."""
    failed = results_of(made("shop", raises(Failure("No."))))["shop"]
    assert (failed.hint, failed.expected, failed.actual) == ("Look.", None, None)


def test_placeholders_are_filled_everywhere() -> None:
    """Sentence, message, expectation and hint show the learner's own values; the observed value stays as it is."""
    failure = Failure("No {name}.", "Want {name}.", actual="{name}")
    failed = results_of(
        made("shop", raises(failure), description="{name} is open.", hint="Look at {name}."), params={"name": "amber"}
    )["shop"]
    assert failed.description == "amber is open."
    assert failed.message == "No amber. Want amber."
    assert (failed.hint, failed.expected, failed.actual) == ("Look at amber.", "Want amber.", "{name}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("run {name} on {port}:80", "run amber on 8100:80"),
        ("--format '{{.Names}}'", "--format '{{.Names}}'"),
        ("--format '{{name}}'", "--format '{{name}}'"),
        ("ENV WHERE=${name}", "ENV WHERE=${name}"),
        ("{other} and {}", "{other} and {}"),
        ("{name}{name}", "amberamber"),
        ("{twice}", "{name}"),
    ],
)
def test_filled_leaves_other_braces(text: str, shown: str) -> None:
    """Only the sheet's placeholders are filled in, once; braces of Go templates and of Dockerfiles are left."""
    assert filled(text, {"name": "amber", "port": "8100", "twice": "{name}"}) == shown


def test_colour_codes_of_a_log_never_reach_a_result() -> None:
    """A container's log may hold terminal sequences; messages, hints and values are plain text."""
    red = "\x1b[31mred\x1b[0m"
    failure = Failure(f"It said:\n\t{red}", f"Not {red}", f"Look: {red}", actual=red)
    failed = results_of(made("shop", raises(failure)))["shop"]
    assert failed.message == "It said:\n\tred Not red"
    assert (failed.hint, failed.expected, failed.actual) == ("Look: red", "Not red", "red")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07text", "text"),
        ("\x1b[2J\x1b[?25lgone", "gone"),
        ("bell\x07 null\x00", "bell null"),
        ("one\r\ntwo\rthree", "one\ntwothree"),
        ("äöü “quoted” → ✓", "äöü “quoted” → ✓"),
    ],
)
def test_plain_keeps_what_people_read(text: str, shown: str) -> None:
    """What prints nothing is removed; letters, tabs and line ends stay."""
    assert plain(text) == shown


@pytest.mark.parametrize("trust", list(Trust))
def test_results_carry_their_trust(trust: Trust) -> None:
    """Each result, skipped ones too, is marked as live or replayed."""
    results = results_of(made("a", raises(Failure("No."))), made("b", passes, "a"), trust=trust)
    assert [item.trust for item in results.values()] == [trust, trust]


def test_visibility_is_kept() -> None:
    """A hidden check's result is hidden."""
    assert results_of(made("shop", passes, visibility="hidden"))["shop"].visibility == "hidden"


def test_result_holds_the_names_asked_for() -> None:
    """Each result holds the names that its own check asked the engine about, and no other's."""
    facts = FakeFacts()
    checks = [made("a", lambda: facts.asked.add("api")), made("b", lambda: facts.asked.add("db"))]
    assert [item.names for item in run_checks(checks, facts, params={})] == [frozenset({"api"}), frozenset({"db"})]


# --- time


def test_check_that_may_settle_is_tried_again() -> None:
    """Within its time, a failing check is called again until it passes, and then counts as passed."""
    left = [Failure("Not yet."), Failure("Not yet.")]

    def settles() -> str:
        if left:
            raise left.pop()
        return "there"

    got: list[str] = []
    results = results_of(
        made("shop", settles, within_s=60), made("door", lambda **given: got.append(given["shop"]), "shop")
    )
    assert (results["shop"].status, results["shop"].message, got) == (Status.PASSED, "", ["there"])


def test_last_failure_counts_when_state_does_not_settle() -> None:
    """When the time to settle is over, the result is what was seen last."""
    seen: list[int] = []

    def counts() -> None:
        seen.append(1)
        raise Failure(f"Seen {len(seen)}.")

    failed = results_of(made("shop", counts, within_s=0.005))["shop"]
    assert len(seen) > 1
    assert failed.message == f"Seen {len(seen)}."


def test_check_without_time_to_settle_is_called_once() -> None:
    """Without within= there is one look."""
    seen: list[int] = []

    def counts() -> None:
        seen.append(1)
        raise Failure("No.")

    results_of(made("shop", counts))
    assert seen == [1]


def test_error_is_not_tried_again() -> None:
    """Only a failure may settle; an error ends the check."""
    seen: list[int] = []

    def breaks() -> None:
        seen.append(1)
        raise CannotTell("Nobody watched.")

    results_of(made("shop", breaks, within_s=60))
    assert seen == [1]


@pytest.fixture
def hanging() -> Iterator[Callable[..., Any]]:
    """Return a check's function that hangs until the test is over."""
    over = threading.Event()
    yield lambda **_: over.wait(30)
    over.set()


def test_limit_holds_for_a_check_that_hangs(hanging: Callable[..., Any]) -> None:
    """A check that hangs is given up with an error that names its limit, holds up neither the next one nor the end."""
    results = results_of(made("shop", hanging, limit_s=0.01), made("door", passes))
    assert results["shop"].status is Status.ERROR
    assert results["shop"].message == (
        "The check was given up after 0.01 s: the engine did not answer in time. "
        "This is not your mistake. Look at it with: checker doctor"
    )
    assert results["door"].status is Status.PASSED
    assert [thread for thread in threading.enumerate() if not thread.daemon] == [threading.main_thread()]


def test_limits_grow_on_a_busy_machine(hanging: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A check has its limit times the load, and says so; so has the time in which state may settle."""
    monkeypatch.setattr(patience, "load_per_core", lambda: 4.0)
    assert "given up after 0.04 s" in results_of(made("shop", hanging, limit_s=0.01))["shop"].message
    looks: list[int] = []

    def settles_at_the_third_look() -> None:
        looks.append(1)
        monkeypatch.setattr(patience, "load_per_core", lambda: 1e7 if len(looks) < 3 else 0.0)
        if len(looks) < 3:
            raise Failure("It is not open yet.")

    # Of its own, the time to settle would be over after the first look; the machine turns out to be busy then.
    monkeypatch.setattr(patience, "load_per_core", lambda: 0.0)
    monkeypatch.setattr(patience, "MOST", 1e7)
    assert results_of(made("shop", settles_at_the_third_look, within_s=1e-5))["shop"].status is Status.PASSED


# --- whose fault


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (CannotTell("Nobody watched from 10:00 to 10:05."), "Nobody watched from 10:00 to 10:05."),
        (EngineProblem("It hangs.", "Look: checker doctor"), "It hangs.\nLook: checker doctor"),
        (KeyError("Id"), "The check itself broke (KeyError: 'Id'). This is not your mistake;"),
        (TimeoutError("timed out"), "The check itself broke (TimeoutError: timed out). This is not your mistake;"),
        (SystemExit(3), "The check itself broke (SystemExit: 3). This is not your mistake;"),
    ],
)
def test_error_is_never_the_learners_mark(error: BaseException, said: str) -> None:
    """What the checker, the engine or a check's own code did wrong is an error, says so, and is no failure."""
    broken = results_of(made("shop", raises(error)))["shop"]
    assert (broken.status, broken.score, broken.hint) == (Status.ERROR, 0, "")
    assert broken.message.startswith(said)


def test_broken_check_says_what_to_send() -> None:
    """A check that broke names the file to send to the teacher."""
    broken = results_of(made("shop", raises(ZeroDivisionError("x"))))["shop"]
    assert broken.message.endswith(
        "please send your teacher the file that this writes: checker doctor --report report.txt"
    )


def test_built_in_that_cannot_be_had_is_an_error() -> None:
    """When the engine fails while a built-in is made, the check is an error, and no thread dies unseen."""

    class Broken(FakeFacts):
        def built_in(self, name: str) -> Any:
            raise EngineProblem(f"No {name}.")

    results = run_checks([made("shop", passes, built_ins="engine")], Broken(), params={})
    assert [(item.status, item.message) for item in results] == [(Status.ERROR, "No engine.")]


def test_records_are_frozen() -> None:
    """A result cannot be changed after the fact; a changed copy is another record."""
    passed = results_of(made("shop", passes))["shop"]
    with pytest.raises(AttributeError):
        passed.score = 9  # type: ignore[misc]
    assert replace(passed, score=1).score == 1
