"""Events written short: "create start kill:15 die:0 stop"."""

from __future__ import annotations

from checker.engine.history.journal import Event

SECOND_NS = 1_000_000_000
BEGIN_NS = 1_790_000_000 * SECOND_NS
_ATTRIBUTES = {"kill": "signal", "die": "exitCode", "prune": "reclaimed"}


def life(text: str, name: str = "nap", *, id: str = "", at_s: float = 0) -> list[Event]:  # noqa: A002
    """Return the events of one container, a tenth of a second apart; "+20" waits for 20 s, "rename:NEW" renames.

    Arguments:
        text: actions in order.
        name: the name that it is created with.
        id: its id; default its name.
        at_s: when its first event happens, in seconds after the beginning of the test.

    """
    its_id, now_ns, events = id or name, BEGIN_NS + int(at_s * SECOND_NS), []
    for word in text.split():
        if word.startswith("+"):
            now_ns += int(float(word[1:]) * SECOND_NS)
            continue
        action, _, value = word.partition(":")
        attributes = {_ATTRIBUTES[action]: value} if action in _ATTRIBUTES and value else {}
        if action == "rename":
            attributes, name = {"oldName": f"/{name}"}, value
        event_id, event_name = ("", "") if action == "prune" else (its_id, name)
        events.append(Event(now_ns, event_id, "container", action, event_name, "busybox:1.37", attributes))
        now_ns += SECOND_NS // 10
    return events
