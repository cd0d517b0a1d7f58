"""A lab's questions asked without the checker: by docker-py's bare calls, and by a shell script through the docker CLI.

Both ask what the lab's checks ask, each thing once: the same containers and images are inspected, the same events are
listed, the same file is fetched, the same answers are read. They judge as much as the checks do where all is well, and
tell nobody what is wrong: that is what the checker adds. ``begun`` (a time in whole seconds) is when the lab was begun:
names come back when a lab is done again, and what happened before does not count.
"""

from __future__ import annotations

import io
import tarfile
import time
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def bare_00(client: Any, params: Mapping[str, str], folder: Path, begun: int) -> list[bool]:
    """Ask lab 00's two questions."""
    both = [client.inspect_container(params[name]) for name in ("name", "again")]
    hello = client.inspect_image("hello-world")
    events = _events(client, begun)
    removed = [one for one in both if "destroy" in [event["Action"] for event in events.get(one["Id"], [])]]
    answers = tomllib.loads((folder / "answers.toml").read_text(encoding="utf-8"))
    return [
        all(one["Image"] == hello["Id"] and one["State"]["Status"] == "exited" for one in both) and not removed,
        answers["two_runs"].strip().lower() == "one image, two containers",
    ]


def bare_05(client: Any, params: Mapping[str, str], folder: Path, begun: int) -> list[bool]:
    """Ask lab 05's seven questions."""
    chunks, _ = client.get_archive(params["packer"], "/order")
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        member = archive.extractfile("order")
        order = member.read().decode() if member else ""
    return [*bare_05_no_file(client, params, folder, begun), params["part"] in order]


def bare_05_no_file(client: Any, params: Mapping[str, str], folder: Path, begun: int) -> list[bool]:
    """Ask the same without the file, which costs the engine more than all the rest."""
    painter, product, packer, sample = (
        client.inspect_container(params[name]) for name in ("painter", "product", "packer", "sample")
    )
    clock = client.inspect_image("docker101/clock:1")["Id"]
    events = _events(client, begun)
    answers = tomllib.loads((folder / "answers.toml").read_text(encoding="utf-8"))

    def happened(name: str, *wanted: str) -> bool:
        return any(set(wanted) <= {one["Action"] for one in its} for its in events.values() if _bore(its, name))

    def left(name: str) -> list[str]:
        return [
            one["Actor"]["Attributes"]["exitCode"]
            for its in events.values()
            if _bore(its, name)
            for one in its
            if one["Action"] == "die"
        ]

    return [
        painter["Image"] == clock and painter["State"]["Running"] and happened(params["painter"], "pause", "unpause"),
        happened(params["guide"], "stop", "destroy") and left(params["guide"])[-1] == "0",
        happened(params["runaway"], "kill", "die") and not happened(params["runaway"], "stop"),
        product["Image"] == clock and _bore(events.get(product["Id"], []), params["prototype"]),
        packer["Image"] == clock and packer["State"]["Running"] and happened(params["packer"], "restart"),
        sample["State"]["ExitCode"] == 3
        and not happened(params["sample"], "destroy")
        and all(happened(f"{params['trial']}-{number}", "destroy") for number in (1, 2))
        and any(one["Action"] == "prune" for one in events.get("", [])),
        [answers["guide_code"], answers["runaway_code"]] == [left(params["guide"])[-1], left(params["runaway"])[-1]],
    ]


def _events(client: Any, begun: int) -> dict[str, list[Any]]:
    """Return what the engine remembers of containers, by id; "" has what belongs to none."""
    found: dict[str, list[Any]] = {}
    for event in client.events(since=begun, until=time.time(), decode=True):
        if event["Type"] == "container":
            found.setdefault(event["Actor"].get("ID") or "", []).append(event)
    return found


def _bore(events: list[Any], name: str) -> bool:
    attributes = [event["Actor"]["Attributes"] for event in events]
    return any(name in (one.get("name"), one.get("oldName", "").lstrip("/")) for one in attributes)


SCRIPT_00 = r"""
set -eu
hello=$(docker image inspect --format '{{.Id}}' hello-world)
for box in "$name" "$again"; do
  state=$(docker inspect --type container --format '{{.State.Status}} {{.State.ExitCode}} {{.Image}}' "$box")
  [ "$state" = "exited 0 $hello" ]
  actions=$(docker events --since "$begun" --until "$(date +%s)" --filter container="$box" --format '{{.Action}}')
  case $actions in *destroy*) exit 1 ;; esac
done
[ "$(sed -n 's/^two_runs = "\(.*\)"/\1/p' answers.toml)" = "one image, two containers" ]
"""

SCRIPT_05 = r"""
set -eu
inspected() { docker inspect --type container --format '{{.State.Status}} {{.State.ExitCode}} {{.Image}}' "$1"; }
clock=$(docker image inspect --format '{{.Id}}' docker101/clock:1)
events=$(docker events --since "$begun" --until "$(date +%s)" --filter type=container \
  --format '{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.oldName}} {{.Actor.Attributes.exitCode}}')
happened() { printf '%s\n' "$events" | grep -q "^$1"; }
code() { printf '%s\n' "$events" | sed -n "s/^die $1 .* //p" | tail -n 1; }
answered() { sed -n "s/^$1 = \"\(.*\)\"/\1/p" answers.toml; }

[ "$(inspected "$painter")" = "running 0 $clock" ]; happened "pause $painter "; happened "unpause $painter "
happened "stop $guide "; happened "destroy $guide "; [ "$(code "$guide")" = 0 ]
happened "kill $runaway "; ! happened "stop $runaway "
[ "$(inspected "$product")" = "running 0 $clock" ]; happened "rename $product /$prototype "
[ "$(inspected "$packer")" = "running 0 $clock" ]; happened "restart $packer "
inspected "$sample" | grep -q '^exited 3 '; ! happened "destroy $sample "
happened "destroy $trial-1 "; happened "destroy $trial-2 "; happened "prune "
[ "$(code "$guide")" = "$(answered guide_code)" ]; [ "$(code "$runaway")" = "$(answered runaway_code)" ]
"""

SCRIPT_FILE = r"""
docker cp "$packer:/order" - | tar -xO | grep -q "$part"
"""


@dataclass(frozen=True)
class Questions:
    """A lab's questions, asked in the two other ways; ``but`` is a task that is left out of all three."""

    lab: str
    bare: Callable[[Any, Mapping[str, str], Path, int], list[bool]]
    script: str
    but: str = ""


ASKED = (
    Questions("00_welcome", bare_00, SCRIPT_00),
    Questions("05_lifecycle", bare_05_no_file, SCRIPT_05, "restarted"),
    Questions("05_lifecycle", bare_05, SCRIPT_05 + SCRIPT_FILE),
)
