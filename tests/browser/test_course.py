"""The whole course in one sitting: each lab done in its lesson's own cell, then tidied up; at last the certificate."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from docker.errors import APIError

from checker.attempt import Attempt
from checker.engine.transport.client import open_client
from checker.files import read_text
from checker.lab.load import load_labs
from checker.learner.work import COMMANDS
from checker.report.certificate import FILE
from checker.verify import cases
from checker.verify.case import lay_out
from checker.verify.whole import ask_the_engine
from tests.browser.browser import NOTEBOOK

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.engine.engine import Engine
    from checker.learner.work import Work
    from tests.browser.browser import Desk

pytestmark = pytest.mark.engine

LABS = load_labs()
LIMIT_MS = 60_000


def tidy_up(engine: Engine) -> None:
    """Remove all containers, as a learner does who is done with a lab."""
    client = open_client(engine.host)
    for item in client.containers(all=True):
        with contextlib.suppress(APIError):  # one of a build that a panel is at goes by itself
            client.remove_container(item["Id"], force=True, v=True)
    client.close()


def test_from_the_first_lab_to_the_certificate(open_desk: Callable[..., Desk], learner: Work, engine: Engine) -> None:
    """Every lab can be done as its lesson says, and what was done stays done when its containers are removed."""
    desk = open_desk()
    desk.run("%lesson")
    rows = desk.page.locator(".docker101-home tbody tr")
    for number, lab in enumerate(LABS):
        solution, folder = cases(lab)[1], learner.folder(lab)
        desk.open(f"{lab.id}/{lab.notebook}")
        desk.run("%lesson")
        if lab.setup:
            desk.run("%setup")
        lay_out(solution, folder, learner.params(lab))  # as with an editor
        desk.put("%%lab", "%%lab\n" + read_text(folder / COMMANDS))
        ask_the_engine(Attempt(lab, learner, engine), solution)
        desk.run("%check")
        panel = desk.page.locator(f"{NOTEBOOK} .docker101-check")
        panel.locator("li.passed").nth(len(lab.checks) - 1).wait_for(timeout=LIMIT_MS)
        panel.get_by_text("All done.").wait_for()
        tidy_up(engine)
        desk.run("%check")
        assert learner.progress(lab.id).done, f"tidying up after {lab.id} took its points"
        if number == 0:
            desk.open(f"{LABS[0].id}/{LABS[0].notebook}")
            rows.nth(0).get_by_text("done").wait_for()
    cell = desk.run("%certificate")
    assert FILE in cell.inner_text()
    assert (learner.root / FILE).is_file()
