"""The doctor: what works on this machine, what does not, and the one step that fixes each thing.

``machine`` is what can be seen, ``looks`` sees it here, ``examination`` turns it into findings, and ``render`` turns
those into text. Only the standard library is needed: the doctor must work where the set-up has failed, and never loads
docker-py.
"""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.doctor.examination import examine, write_report
    from checker.doctor.finding import exit_code
    from checker.doctor.looks import this_machine
    from checker.doctor.render import as_brief, as_rows, as_steps, as_text
else:
    __getattr__ = door(__name__, __file__)
