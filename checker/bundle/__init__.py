"""The class's bundle: one tar file with the images and the wheels that a machine without network starts from.

``manifest`` is the list inside it, ``machine`` tells which Python it fits, ``reader`` opens and checks it, ``writer``
makes it. All of it works before the virtual environment is there: standard library only.
"""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.bundle import machine
    from checker.bundle.manifest import BundledImage, Manifest, requirements_digest
    from checker.bundle.reader import OFFLINE, PIECE_BYTES, Bundle, open_bundle
    from checker.bundle.writer import Draft, drafted, require_place
else:
    __getattr__ = door(__name__, __file__)
