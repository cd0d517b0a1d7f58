"""Prove a lab: nothing passes on the starter, every solution passes, each wrong answer fails where it should.

``case`` lists what there is to play, ``whole`` plays one case from nothing, ``prover`` plays a wrong answer on the
state that the solution left where that proves as much, and ``expectation`` compares what came of it.
"""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.verify.case import Case, cases, unproved
    from checker.verify.expectation import CaseResult
    from checker.verify.lab import verify_lab
    from checker.verify.prover import Prover, in_proving_order
    from checker.verify.whole import verdict_of
else:
    __getattr__ = door(__name__, __file__)
