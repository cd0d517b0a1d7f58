"""Installing Docker with apt-get: what is said, asked and run, and what each failure of apt-get leads to."""

from __future__ import annotations

import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from checker.engine.start import install
from checker.engine.system import LINUX, MACOS, System
from checker.errors import CourseError, NoEngine, UsageProblem

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="apt-get is played by a shell script")

DEBIAN = System(LINUX, "debian", uid=0, programs=frozenset({"apt-get"}))


class Machine:
    """A folder of programs that stands for a Debian machine; ``ran`` is what its apt-get was asked to do."""

    update = "true"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.record = folder / "ran"
        self.known("docker.io")
        self.apt("touch $here/dockerd $here/docker $here/iptables; chmod +x $here/docker* $here/iptables")

    def program(self, name: str, script: str) -> None:
        """Put a program on the machine."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\nhere={self.folder}\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def known(self, *packages: str) -> None:
        """Make the archive know these packages."""
        script = f'case " {" ".join(packages)} " in *" $2 "*) echo "  Candidate: 1.0";; esac'
        self.program("apt-cache", script)

    def apt(self, script: str) -> None:
        """Make apt-get do this, after it has noted what it was asked."""
        note = f'echo "$DEBIAN_FRONTEND $LC_ALL $*" >> {self.record}'
        self.program("apt-get", f'{note}\ncase "$*" in *update) {self.update};; *) {script};; esac')

    @property
    def ran(self) -> list[str]:
        """What apt-get was asked to do, without its constant options."""
        lines = self.record.read_text(encoding="utf-8").splitlines() if self.record.exists() else []
        return [line.replace("-o DPkg::Lock::Timeout=60 ", "") for line in lines]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a Debian machine without Docker."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(install, "find_program", lambda name: str(folder / name) if (folder / name).exists() else None)
    monkeypatch.setattr(install, "_POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(install, "_APPARMOR", tmp_path / "apparmor")
    return Machine(folder)


def done(system: System = DEBIAN, *, yes: bool = False, reply: str | None = None) -> list[str]:
    """Install, and return what was said."""
    said: list[str] = []
    asked = None if reply is None else lambda _: reply
    install.install(system, yes=yes, say=said.append, ask=asked)
    return said


def test_it_says_what_before_it_does_and_shows_progress(machine: Machine) -> None:
    """The packages are named first; then apt-get's own steps are shown."""
    machine.apt("touch $here/dockerd $here/docker $here/iptables; echo Reading; echo 'Unpacking docker.io (20.10) ...'")
    assert done() == [
        "Missing, and needed for an engine: dockerd, docker, iptables.",
        "To be installed with apt-get, from this machine's own archive: ca-certificates docker.io iptables",
        "Fetching the list of packages …",
        "  Unpacking docker.io (20.10) ...",
    ]
    assert machine.ran == [
        "noninteractive C update",
        "noninteractive C install --yes --no-install-recommends ca-certificates docker.io iptables",
    ]


def test_a_cli_in_a_package_of_its_own_is_installed_too(machine: Machine) -> None:
    """Newer releases split the CLI off; there both packages are named."""
    machine.known("docker.io", "docker-cli")
    done()
    assert machine.ran[-1].endswith(" ca-certificates docker-cli docker.io iptables")


def test_only_what_is_missing_is_installed(machine: Machine) -> None:
    """Where the daemon is there and iptables is not, only that is installed."""
    for name in ("dockerd", "docker"):
        machine.program(name, "")
    done()
    assert machine.ran[-1].endswith(" ca-certificates iptables")


def test_apparmor_where_the_kernel_uses_it(machine: Machine, tmp_path: Path) -> None:
    """Where AppArmor is on, its parser comes too: no container would start without it."""
    (tmp_path / "apparmor").write_text("Y\n", encoding="ascii")
    done()
    assert " apparmor ca-certificates" in machine.ran[-1]


def test_an_empty_package_list_is_fetched_first(machine: Machine) -> None:
    """A fresh machine knows no packages; then the list is fetched, and that is said."""
    machine.known()
    machine.update = 'sed -i "s/case \\"  \\"/case \\" docker.io \\"/" $here/apt-cache'
    machine.apt("touch $here/dockerd $here/docker $here/iptables")
    said = done()
    assert said[0] == "Fetching the list of packages …"
    assert said.count(said[0]) == 1


def test_nothing_is_done_where_nothing_is_missing(machine: Machine) -> None:
    """Where all programs are there, nothing is said or run."""
    for name in ("dockerd", "docker", "iptables"):
        machine.program(name, "")
    assert done() == []
    assert machine.ran == []


@pytest.mark.parametrize("reply", ["", "y", "YES "])
def test_a_yes_installs(machine: Machine, reply: str) -> None:
    """An empty answer counts as yes, as the question says."""
    done(reply=reply)
    assert machine.ran


@pytest.mark.parametrize("reply", ["n", "no", "what?"])
def test_anything_else_installs_nothing(machine: Machine, reply: str) -> None:
    """Any other answer leaves the machine as it is, and says how to do it by hand."""
    with pytest.raises(UsageProblem) as caught:
        done(reply=reply)
    assert machine.ran == []
    assert caught.value.next_step == "Install them yourself with: apt-get install ca-certificates docker.io iptables"


def test_yes_asks_nothing(machine: Machine) -> None:
    """With --yes nobody is asked, even at a terminal."""
    done(yes=True, reply="n")
    assert machine.ran


def test_no_daemon_starts_by_itself_meanwhile(machine: Machine, tmp_path: Path) -> None:
    """While packages are installed policy-rc.d says no; afterwards it is gone again, also after a failure."""
    policy = tmp_path / "policy-rc.d"
    machine.apt(f"{policy} docker start; echo $? > $here/answer; exit 100")
    with pytest.raises(CourseError):
        done()
    assert (machine.folder / "answer").read_text(encoding="ascii") == "101\n"
    assert not policy.exists()


def test_a_policy_that_is_there_is_left_alone(machine: Machine, tmp_path: Path) -> None:
    """A machine's own policy-rc.d is neither changed nor removed."""
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    done()
    assert policy.read_text(encoding="ascii") == "#!/bin/sh\nexit 101\n"


def test_under_systemd_daemons_may_start(machine: Machine, tmp_path: Path) -> None:
    """Where systemd runs the machine its daemon starts as usual, and the course uses that one."""
    machine.apt(
        f"touch $here/dockerd $here/docker $here/iptables; test -e {tmp_path}/policy-rc.d && touch $here/held; true"
    )
    done(System(LINUX, "debian", uid=0, systemd=True, programs=DEBIAN.programs))
    assert not (machine.folder / "held").exists()


def test_a_policy_whose_writer_was_killed_forbids_nothing(machine: Machine, tmp_path: Path) -> None:
    """What a killed installation leaves behind allows daemons again."""
    with install._no_daemons():
        text = (tmp_path / "policy-rc.d").read_text(encoding="utf-8")
        mode = (tmp_path / "policy-rc.d").stat().st_mode
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    left = tmp_path / "left"
    left.write_text(text.replace(f"kill -0 {__import__('os').getpid()}", f"kill -0 {gone.pid}"), encoding="utf-8")
    left.chmod(stat.S_IMODE(mode))
    assert subprocess.run([left], check=False).returncode == 0


@pytest.mark.parametrize(
    ("told", "message", "next_step"),
    [
        (
            "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 12 (apt-get)",
            "Another program is installing packages right now.",
            "Wait until it is done",
        ),
        ("E: dpkg was interrupted, you must manually run", "was cut off", "dpkg --configure -a"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "The disk is too full", "df -h"),
        ("dpkg: error: cannot write: No space left on device", "The disk is too full", "df -h"),
        (
            "Err:1 http://archive  Temporary failure resolving 'archive'",
            "does not reach its package archive",
            "network",
        ),
        ("E: Unable to locate package docker.io", "does not have Docker", "add-apt-repository universe"),
        ("E: something new", "install --yes --no-install-recommends ca-certificates docker.io", "Try it by hand"),
    ],
)
def test_a_failure_of_apt_get(machine: Machine, told: str, message: str, next_step: str) -> None:
    """Each usual failure has its own message with apt-get's words; any other shows the last lines."""
    machine.apt(f'echo "{told}"; exit 100')
    with pytest.raises(CourseError) as caught:
        done()
    assert message in caught.value.message
    assert told in caught.value.message
    assert next_step in caught.value.next_step


def test_a_list_that_cannot_be_fetched_is_a_failure_though_apt_get_says_nothing(machine: Machine) -> None:
    """``apt-get update`` ends with 0 also where it reached nothing; that is found out all the same."""
    machine.known()
    machine.update = 'echo "W: Failed to fetch http://archive  Could not resolve"'
    machine.apt("exit 0")
    with pytest.raises(CourseError, match="does not reach its package archive"):
        done()


def test_packages_that_do_not_hold_what_they_should(machine: Machine) -> None:
    """Where the programs are missing all the same, that is said and not taken for success."""
    machine.apt("exit 0")
    with pytest.raises(CourseError, match="but dockerd, docker, iptables cannot be found"):
        done()


@pytest.mark.parametrize(
    ("system", "next_step"),
    [
        (
            System(LINUX, "debian", uid=1000, user="ada", programs=frozenset({"apt-get"})),
            "sudo apt-get install docker.io",
        ),
        (System(LINUX, "fedora", uid=0), "dnf install moby-engine"),
        (System(MACOS), "open -a Docker"),
    ],
)
def test_elsewhere_the_step_to_take_is_said(machine: Machine, system: System, next_step: str) -> None:
    """On another system, or without being root, nothing is run."""
    with pytest.raises(NoEngine) as caught:
        done(system)
    assert next_step in caught.value.next_step
    assert machine.ran == []


def test_one_more_package_is_said_before_it_is_installed(machine: Machine) -> None:
    """What the course can do without is installed with its purpose said, and with short waits for the archive."""
    machine.known("docker.io", "docker-registry")
    said: list[str] = []
    install.add("docker-registry", "a registry", DEBIAN, said.append)
    assert said == ["To be installed with apt-get, from this machine's own archive: docker-registry (a registry)"]
    assert machine.ran[-1].startswith("noninteractive C install --yes --no-install-recommends ")
    assert machine.ran[-1].endswith(" docker-registry")
