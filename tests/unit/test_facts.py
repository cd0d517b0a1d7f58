"""The built-ins of checks, and an engine that hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from requests.exceptions import ConnectionError as Lost
from requests.exceptions import ReadTimeout

from checker import facts as facts_module
from checker.engine.engine import CURRENT, LABEL, PRIVATE, Engine, remembered_engine
from checker.engine.views.reader import Reader
from checker.errors import EngineProblem, NoEngine, UsageProblem
from checker.facts import Facts, Params
from checker.jupyter.notebook.state import NotebookState
from checker.lab.load import Lab, Param, Question
from checker.lab.vocabulary import BUILT_INS, Failure, Status, check, declared_checks
from checker.learner.work import Work
from checker.run import run_checks
from tests.unit.fake_client import FakeClient as WholeClient

if TYPE_CHECKING:
    from pathlib import Path


class FakeClient:
    """A client whose every question ends with ``error``."""

    base_url, host, timeout, api_version = "http+docker://localhost", "unix:///x.sock", 10, "1.41"

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        def ask(*_: object, **__: object) -> None:
            self.asked += 1
            raise self.error

        return ask


class FakeHistory:
    """A history that knows of nothing."""

    def of(self, name: str) -> str:
        """Answer as the history does."""
        return f"timeline of {name}"

    def lives(self, name: str) -> list[str]:
        """Answer as the history does."""
        return [name]

    def prunes(self) -> list[str]:
        """Answer as the history does."""
        return []


def lab(folder: Path) -> Lab:
    """Return a lab with a question of each kind and a parameter of each kind."""
    questions = (Question("code", "Which?", "number"), Question("how", "How?", "choice", ("a", "b")))
    params = (Param("port", "port", ("8123",)), Param("count", "number", ("2.5",)), Param("cat", "word", ("amber",)))
    return Lab("09_x", folder, "X", "X", 1, (), params, questions, (), (), ())


@pytest.fixture
def facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Facts:
    """Return facts of an engine that hangs."""
    monkeypatch.setattr("checker.engine.history.history.read_history", lambda *_: FakeHistory())
    values = {"port": "8123", "count": "2.5", "cat": "amber"}
    client: Any = FakeClient(ReadTimeout())
    return Facts(
        client,
        lab(tmp_path),
        tmp_path,
        values,
        tmp_path / "journal.jsonl",
        engine=Engine("unix:///x.sock", PRIVATE, ""),
    )


def test_every_built_in_is_there(facts: Facts) -> None:
    """Each built-in that a check may name is provided."""
    assert all(facts.built_in(name) is not None for name in BUILT_INS)


def test_params_have_types(facts: Facts) -> None:
    """Ports and numbers are numbers, words are texts, and an unknown one names those that there are."""
    params = facts.built_in("params")
    assert (params.port, params.count, params.cat) == (8123, 2.5, "amber")
    with pytest.raises(AttributeError, match="no parameter prot; it has: port, count, cat"):
        _ = params.prot
    assert isinstance(params, Params)


def test_answers_are_read_as_they_are_now(facts: Facts, tmp_path: Path) -> None:
    """An answer is read from the learner's file each time, as its kind."""
    answer = facts.built_in("answer")
    with pytest.raises(Failure, match="code has no answer yet"):
        answer("code")
    (tmp_path / "answers.toml").write_text('code = "137."\nhow = "A"\n')
    assert (answer("code"), answer("how")) == (137, "a")
    with pytest.raises(UsageProblem, match="no question “other”"):
        answer("other")
    (tmp_path / "answers.toml").write_text("code = \n")
    with pytest.raises(UsageProblem, match="cannot be read"):
        answer("code")


def test_names_are_noted_and_forgotten(facts: Facts) -> None:
    """The names that a check asks the history for are told once."""
    history = facts.built_in("history")
    history.of("nap")
    history.lives("tom")
    assert history.prunes() == []
    assert facts.names_asked() == {"nap", "tom"}
    assert facts.names_asked() == frozenset()


def test_history_is_read_anew_for_each_try(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the history said is used within one try of a check, and read anew in the next."""
    first = facts.history()
    assert facts.history() is first
    monkeypatch.setattr(facts_module, "FRESH_S", 0)
    assert facts.history() is not first


def test_hanging_engine_is_waited_for_once(facts: Facts) -> None:
    """An engine that hangs is an error of every check, with the limit in seconds, and only the first one waits."""

    class Module:
        @check(points=1, hint="h")
        def one(engine: Any) -> None:  # noqa: N805
            """One."""
            engine.container("x")

        @check(points=1, hint="h", within=5)
        def two(image: Any) -> None:  # noqa: N805
            """Two."""
            image("x")

    results = run_checks(declared_checks(Module), facts, params={})
    assert [result.status for result in results] == [Status.ERROR] * 2
    assert all("did not answer within 10 s" in result.message for result in results)
    assert facts._client.asked == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(("error", "kind"), [(ReadTimeout(), EngineProblem), (Lost("gone"), NoEngine)])
def test_every_question_is_translated(error: Exception, kind: type[Exception]) -> None:
    """Whatever is asked, an engine that hangs or is gone is an error of ours."""
    questions = [
        lambda reader: reader.version(),
        lambda reader: reader.os_type(),
        lambda reader: reader.containers(),
        lambda reader: reader.container("x"),
        lambda reader: reader.images(),
        lambda reader: reader.image("x"),
        lambda reader: reader.image_history("x"),
        lambda reader: reader.processes("x"),
        lambda reader: reader.log("x", terminal=True),
        lambda reader: reader.file("x", "/y"),
    ]
    for ask in questions:
        client: Any = FakeClient(error)
        with pytest.raises(kind):
            ask(Reader(client))


class Unlabelled(WholeClient):
    """An engine whose containers bear no label, as those of Docker Hub's images on an engine of the course's own."""

    def containers(self, *, all: bool) -> list[dict[str, Any]]:  # noqa: A002  (docker-py's word)
        """List them."""
        return [{**item, "Labels": {}} for item in super().containers(all=all)]


@pytest.mark.parametrize(("strategy", "there"), [(PRIVATE, ["web"]), (CURRENT, [])])
def test_outcomes_know_what_is_the_courses(
    strategy: str, there: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On an engine of the course's own everything counts in a notebook, too, with the label and without."""
    client = Unlabelled()
    client.make("web")
    (tmp_path / ".course").mkdir()
    Engine("unix:///x.sock", strategy, "").save(tmp_path)
    monkeypatch.setenv("DOCKER101_WORK", str(tmp_path))
    monkeypatch.setattr(NotebookState, "client", lambda _: client)
    monkeypatch.setattr(Work, "folder", lambda *_: tmp_path)
    monkeypatch.setattr(Work, "params", lambda *_: {})
    facts = NotebookState().facts(lab(tmp_path))
    assert [view.name for view in facts.built_in("engine").containers()] == there


def test_an_engine_kept_by_an_older_course_is_still_known(tmp_path: Path) -> None:
    """A file that also says whether the engine was isolated is read; the strategy says that."""
    (tmp_path / ".course").mkdir()
    kept = '{"host": "unix:///x", "strategy": "private", "source": "it", "context": "", "isolated": true}'
    (tmp_path / ".course" / "engine.json").write_text(kept, encoding="utf-8")
    assert remembered_engine(tmp_path) == Engine("unix:///x", PRIVATE, "it")


def test_what_the_course_owns() -> None:
    """On a private engine everything, elsewhere what bears the label, told in a list or by inspect."""
    shared, own = Engine("", CURRENT, ""), Engine("", PRIVATE, "")
    items: tuple[dict[str, Any], ...] = (
        {"Labels": {LABEL: "1"}}, {"Config": {"Labels": {LABEL: "1"}}}, {"Labels": None}, {"Config": {"Labels": {}}}
    )  # fmt: skip
    assert [shared.owns(item) for item in items] == [True, True, False, False]
    assert all(own.owns(item) for item in items)
