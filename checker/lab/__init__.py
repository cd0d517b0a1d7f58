"""A lab: loaded from its folder, strictly, and the vocabulary in which its checks are written."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.lab.answers import typed_answer
    from checker.lab.dockerfile import bases
    from checker.lab.headings import reading_of
    from checker.lab.learner_files import FilesView, Folder
    from checker.lab.load import FOLDER_NAME, Lab, Question, Wrong, find_lab, lab_ids, load_lab, load_labs
    from checker.lab.vocabulary import BUILT_INS, CannotTell, Check, Failure, Result, Status, Trust, check
else:
    __getattr__ = door(__name__, __file__)
