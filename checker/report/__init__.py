"""What a check found, told: as text, as HTML, as JSON; and the certificate when all labs are done.

``results`` says in words what results come to; ``text``, ``html`` and ``record`` show them. Pure functions: only the
certificate reads the learner's folder and writes into it.
"""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.report.certificate import open_labs, write_certificate
    from checker.report.html import as_html, as_page
    from checker.report.record import as_json
    from checker.report.results import MARKS, best_so_far_note, next_step, points, summary, to_show, visible
    from checker.report.text import as_text
else:
    __getattr__ = door(__name__, __file__)
