"""The only place that talks to Docker: finding or starting an engine, its images, its events, typed views of it."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.engine.engine import PRIVATE, Engine, course_engine, forget_engine, remembered_engine
    from checker.engine.guard import (
        REFUSED,
        Decision,
        Owned,
        clean_up,
        image_id_of,
        install_shim,
        is_guarded,
        judge,
        labelled_things,
        remove_containers,
    )
    from checker.engine.history import (
        KILL,
        Follower,
        History,
        ImageLife,
        Inbox,
        Journal,
        News,
        Prune,
        Recorder,
        Timeline,
        engine_now_ns,
        forget_history,
        read_history,
        recorder,
    )
    from checker.engine.images import CONTENT_LABEL, engine_kind, ensure_images, load_catalog, saved_image
    from checker.engine.names import container_name, image_name, names_in_event
    from checker.engine.own import Namespace, dockerd, private, second
    from checker.engine.program import TIMEOUT_S, Done, find_docker, is_shim, run_docker
    from checker.engine.proxy import Recording, Request
    from checker.engine.ready import wait_until_ready
    from checker.engine.start import advice, bring_images, discover, install, open_engine
    from checker.engine.system import LINUX, MACOS, WINDOWS, System, find_program, this_system
    from checker.engine.transport import NotThere, ReachProblem, http, open_client
    from checker.engine.views import (
        BEGIN_LIMIT_S,
        EVERY_ADDRESS,
        FRESH_S,
        LIMIT_S,
        REPOSITORY,
        Answer,
        Binding,
        CachingReader,
        Change,
        Data,
        EngineView,
        Listener,
        ProbeOutcome,
        Published,
        Reader,
        Step,
        listeners,
        outside_address,
        probe_http,
        probe_until_begun,
        published_bindings,
        steps_of_layers,
    )
    from checker.engine.words import container_state, listed, not_running, short, since_s, taken_port
else:
    __getattr__ = door(__name__, __file__)
