"""The course's images: which there are, where each comes from, and getting them."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.engine.images.bundled import engine_kind, saved_image
    from checker.engine.images.catalog import load_catalog
    from checker.engine.images.provide import CONTENT_LABEL, Got, ensure_images, images_offered
else:
    __getattr__ = door(__name__, __file__)
