"""A virtual Pi under QEMU: power, pins, stick, screen and keyboard from outside.

`Machine` boots the image that `image.sh` makes. Commands inside run through the guest agent. The
machine is slow (there is seldom real virtualisation here), so waiting is generous everywhere:
behaviour is looked at, never speed. A state once reached can be kept and gone back to, which
spares the slow start.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
PINS = "/sys/devices/platform/gpio-sim.0/gpiochip*/sim_gpio{}"
SIZE_PX = (800, 480)
QUIET = "quiet loglevel=3 logo.nologo vt.global_cursor_default=0 consoleblank=0 console=tty3"
"""What the installation puts on the kernel's command line; QEMU starts the kernel itself."""
FASTER = "mitigations=off audit=0"
"""An emulated processor has nothing to hide from."""
UNEMULATED = "-la57,-erms,-fsrm,-smap,-smep,-umip,-pku"
"""What costs an emulated processor time and helps it in nothing."""


class MachineError(Exception):
    """The machine did not do what it was told, or ended."""


class Machine:
    """One virtual machine in the folder `work`, from the image in `image`."""

    def __init__(self, image: Path, work: Path, memory_mb: int = 2048) -> None:
        self.image, self.work, self.memory_mb = image, work, memory_mb
        self.process: subprocess.Popen[bytes] | None = None
        self.events: list[dict[str, Any]] = []
        self.sticks: set[str] = set()
        self.card = "root"
        self.boot_s = 0.0
        work.mkdir(parents=True, exist_ok=True)

    # --- power ---------------------------------------------------------------------------------

    @property
    def disk(self) -> Path:
        """The card that is in: what differs from the image."""
        return self.work / f"{self.card}.qcow2"

    def fresh_disk(self, card: str = "root") -> None:
        """Put in a new card with the image on it; kept states belong to the card "root"."""
        self.close()
        self.card = card
        base = ["-F", "raw", "-b", str((self.image / "root.ext4").resolve())]
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *base, self.disk], check=True)

    def start(
        self, timeout_s: float = 1200.0, *, words: str = "", data: Path | None = None
    ) -> None:
        """Switch on, and wait until commands can be run inside.

        `words` are added to the kernel's command line, `data` is a second disk.
        """
        began = time.monotonic()
        self._launch(words=words, data=data)
        self._reach_agent(began + timeout_s)
        self.boot_s = time.monotonic() - began

    def keep(self, name: str) -> None:
        """Keep the running machine's state, disk and memory, under a name. No stick may be in."""
        assert not self.sticks, "sticks are not kept"
        self._human(f"savevm {name}")

    def kept(self) -> set[str]:
        """The names of kept states."""
        if not self.disk.exists():
            return set()
        command = ["qemu-img", "info", "-U", "--output=json", self.disk]
        said = subprocess.run(command, check=True, capture_output=True).stdout
        return {each["name"] for each in json.loads(said).get("snapshots", [])}

    def back_to(self, name: str) -> None:
        """Be as the machine was when `name` was kept; no stick is in.

        Always in a new QEMU: going back within one, the machine's clock would leap ahead.
        """
        self.close()
        self.card = "root"
        self._launch(snapshot=name)
        self._reach_agent(time.monotonic() + 120.0)

    def _launch(self, *, words: str = "", data: Path | None = None, snapshot: str = "") -> None:
        if not self.disk.exists():
            self.fresh_disk()
        self.close()
        for name in ("qmp", "agent"):
            (self.work / name).unlink(missing_ok=True)
        self.sticks.clear()
        self.events.clear()
        self.process = subprocess.Popen(
            self._command(words, data, snapshot),
            stdin=subprocess.DEVNULL,
            stderr=(self.work / "qemu.txt").open("ab"),
            start_new_session="BENCH_WEIGHT" in os.environ,
        )
        if weight := os.environ.get("BENCH_WEIGHT"):
            # The kernel shares out between sessions first, so that "nice" alone does not help.
            Path(f"/proc/{self.process.pid}/autogroup").write_text(weight)
        self._monitor = _Line(self.work / "qmp", 60.0)
        self._monitor.receive(60.0)
        self.monitor("qmp_capabilities")

    def cut_power(self) -> None:
        """Pull the plug: nothing is flushed, nothing is shut down."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def close(self) -> None:
        """Make an end of it."""
        if self.process is not None and self.process.poll() is None:
            self.cut_power()
        self.process = None

    def await_restart(self, timeout_s: float = 1200.0) -> None:
        """After a reset: wait until commands can be run inside again."""
        self._reach_agent(time.monotonic() + timeout_s)

    # --- inside --------------------------------------------------------------------------------

    def sh(self, script: str, timeout_s: float = 300.0, *, check: bool = True) -> str:
        """Run a script in the machine as root; returns what it printed."""
        started = self._agent_call(
            "guest-exec",
            **{
                "path": "/bin/sh",
                "arg": ["-c", f"exec 2>&1\n{script}"],
                "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "HOME=/root"],
                "capture-output": True,
            },
        )
        end = time.monotonic() + timeout_s
        while True:
            status = self._agent_call("guest-exec-status", pid=started["pid"])
            if status["exited"]:
                break
            if time.monotonic() > end:
                raise MachineError(f"took more than {timeout_s:.0f} s: {script}")
            time.sleep(0.2)
        said = base64.b64decode(status.get("out-data", "")).decode(errors="replace").strip()
        if check and status.get("exitcode", 1) != 0:
            raise MachineError(f"{script}\nended with {status.get('exitcode')}:\n{said}")
        return said

    def sh_no_answer(self, script: str) -> None:
        """Start a script that the machine will not survive."""
        script = f"sleep 2; {script}"
        self._agent_call("guest-exec", path="/bin/sh", arg=["-c", script])

    def wait(
        self, what: str, look: Callable[[], T], timeout_s: float = 300.0, every_s: float = 1.0
    ) -> T:
        """Look again and again until something true is seen; returns it."""
        end = time.monotonic() + timeout_s
        while True:
            seen = look()
            if seen:
                return seen
            if self.process is None or self.process.poll() is not None:
                raise MachineError(f"the machine ended while waiting for {what}")
            if time.monotonic() > end:
                raise MachineError(f"waited {timeout_s:.0f} s in vain for {what}")
            time.sleep(every_s)

    # --- hands ---------------------------------------------------------------------------------

    def press(self, pin: int, seconds: float = 1.0) -> None:
        """Press a button (it connects its pin to ground) and let it go.

        Long enough that a machine which is late does not take it for chatter.
        """
        path = PINS.format(pin)
        self.sh(
            f"echo pull-down > $(echo {path}/pull); sleep {seconds};"
            f" echo pull-up > $(echo {path}/pull)"
        )

    def light(self, pin: int, looks: int = 40) -> list[int]:
        """A light's pin over about two seconds."""
        script = f"for i in $(seq {looks}); do cat {PINS.format(pin)}/value; sleep 0.05; done"
        return [int(value) for value in self.sh(script).split()]

    def plug(
        self,
        image: Path,
        name: str = "stick",
        log: Path | None = None,
        writes_per_s: int | None = None,
    ) -> None:
        """Put a USB stick in. `log` receives every write to it (see `writes.py`).

        `writes_per_s` makes it a slow one.
        """
        node: dict[str, Any] = {"driver": "file", "filename": str(image)}
        if log is not None:
            with log.open("wb"):
                pass
            record = {"driver": "file", "filename": str(log)}
            node = {"driver": "blklogwrites", "file": node, "log": record}
        else:
            node = {"driver": "raw", "file": node}
        if writes_per_s is not None:
            limits = {"iops-write": writes_per_s}
            group = f"{name}-slow-{time.monotonic_ns()}"
            self.monitor("object-add", **{"qom-type": "throttle-group", "id": group}, limits=limits)
            node = {"driver": "throttle", "throttle-group": group, "file": node}
        self.monitor("blockdev-add", **node, **{"node-name": f"{name}-node"})
        self.monitor(
            "device_add",
            driver="usb-storage",
            id=f"{name}-device",
            drive=f"{name}-node",
            bus="usb.0",
            removable=True,
            serial=f"BENCH{name}",
        )
        self.sticks.add(name)

    def pull(self, name: str = "stick") -> None:
        """Pull it out, whatever is being done with it; returns when it is gone."""
        self.monitor("device_del", id=f"{name}-device")
        self._await_event("DEVICE_DELETED", 60.0, device=f"{name}-device")
        self.monitor("blockdev-del", **{"node-name": f"{name}-node"})
        self.sticks.discard(name)

    def writes_to(self, name: str = "stick") -> int:
        """How many writes have reached the stick."""
        for each in self.monitor("query-blockstats"):
            if f"/{name}-device/" in each.get("qdev", ""):
                return int(each["stats"]["wr_operations"])
        raise MachineError(f"there is no stick {name!r}")

    def type(self, *keys: str) -> None:
        """Press keys of the keyboard together."""
        self.monitor("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    def screenshot(self, path: Path) -> Path:
        """Write what the screen shows as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.monitor("screendump", filename=str(path), format="png")
        return path

    # --- how -----------------------------------------------------------------------------------

    def monitor(self, command: str, **arguments: Any) -> Any:
        """Tell QEMU something."""
        self._monitor.send({"execute": command, "arguments": arguments})
        while True:
            answer = self._monitor.receive(120.0)
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise MachineError(f"{command}: {answer['error']['desc']}")
            else:
                return answer["return"]

    def _human(self, line: str) -> None:
        said = self.monitor("human-monitor-command", **{"command-line": line})
        if said.strip() and "OK" not in said:
            raise MachineError(f"{line}: {said}")

    def await_event(self, name: str, timeout_s: float) -> None:
        """Wait until QEMU tells of that event."""
        self._await_event(name, timeout_s)

    def _await_event(self, name: str, timeout_s: float, **data: str) -> None:
        """Only one with that data: a device tells of its parts as well."""

        def meant(event: dict[str, Any]) -> bool:
            return event.get("event") == name and data.items() <= event.get("data", {}).items()

        end = time.monotonic() + timeout_s
        while not any(map(meant, self.events)):
            self.events.append(self._monitor.receive(max(0.1, end - time.monotonic())))
        self.events = [event for event in self.events if event["event"] != name]

    def _agent_call(self, command: str, **arguments: Any) -> Any:
        self._agent.send({"execute": command, "arguments": arguments})
        answer = self._agent.receive(300.0)
        if "error" in answer:
            raise MachineError(f"{command}: {answer['error']['desc']}")
        return answer["return"]

    def _reach_agent(self, end: float) -> None:
        assert self.process is not None
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise MachineError(f"QEMU ended:\n{(self.work / 'qemu.txt').read_text()[-2000:]}")
            try:
                self._agent = _Line(self.work / "agent", 2.0)
                # The agent drops what it has read so far at this byte, and answers what follows.
                self._agent.connection.sendall(b"\xff")
                self._agent.send({"execute": "guest-sync-delimited", "arguments": {"id": 4711}})
                until = time.monotonic() + 5.0
                while time.monotonic() < until:
                    if self._agent.receive(5.0).get("return") == 4711:
                        return
            except (OSError, ValueError):
                time.sleep(0.5)
        console = self.work / "console.txt"
        tail = console.read_text(errors="replace")[-3000:] if console.exists() else ""
        raise MachineError(f"the machine did not come up; its console's end:\n{tail}")

    def _command(self, words: str, data: Path | None, snapshot: str) -> list[str]:
        kvm = kvm_usable()
        width, height = SIZE_PX
        work = self.work
        more = ["-loadvm", snapshot] if snapshot else []
        if data is not None:
            more += ["-drive", f"if=none,id=data,file={data},format=raw,cache=writeback"]
            more += ["-device", "virtio-blk-pci,drive=data"]
        return [
            *("qemu-system-x86_64", "-nodefaults", "-machine", "q35", "-display", "none"),
            *("-accel", "kvm" if kvm else "tcg,thread=multi,tb-size=512"),
            *(
                "-cpu",
                "host" if kvm else f"max,{UNEMULATED}",
                "-m",
                str(self.memory_mb),
                "-smp",
                "2",
            ),
            *("-nic", "none", "-device", "virtio-rng-pci"),
            *("-kernel", str(self.image / "vmlinuz"), "-initrd", str(self.image / "initrd.img")),
            *(
                "-append",
                f"root=LABEL=station ro console=ttyS0 {QUIET} {FASTER} {words}".rstrip(),
            ),
            *("-drive", f"if=none,id=root,file={self.disk},format=qcow2,cache=writeback"),
            *("-device", "virtio-blk-pci,drive=root", "-device", "virtio-serial-pci"),
            *("-chardev", f"socket,id=agent,server=on,wait=off,path={work / 'agent'}"),
            *("-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
            *("-qmp", f"unix:{work / 'qmp'},server=on,wait=off"),
            *("-serial", f"file:{work / 'console.txt'}"),
            *("-device", f"virtio-vga,xres={width},yres={height}"),
            *("-device", "qemu-xhci,id=usb", "-device", "usb-kbd,bus=usb.0"),
            *("-device", "i6300esb", "-action", "watchdog=reset"),
            *more,
        ]


class _Line:
    """JSON, one object a line, over a Unix socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        while True:
            self.connection = socket.socket(socket.AF_UNIX)
            try:
                self.connection.connect(str(path))
                break
            except OSError:
                self.connection.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
        self._file = self.connection.makefile("rb")

    def send(self, message: dict[str, Any]) -> None:
        self.connection.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, timeout_s: float) -> dict[str, Any]:
        self.connection.settimeout(timeout_s)
        line = self._file.readline()
        if not line:
            raise OSError("the other end has closed")
        answer: dict[str, Any] = json.loads(line.lstrip(b"\xff"))
        return answer


def kvm_usable() -> bool:
    """Whether there is real virtualisation. Some sandboxes have /dev/kvm and cannot use it."""
    if os.environ.get("BENCH_ACCEL"):
        return os.environ["BENCH_ACCEL"] == "kvm"
    flags = re.search(r"\b(vmx|svm)\b", Path("/proc/cpuinfo").read_text())
    return os.access("/dev/kvm", os.R_OK | os.W_OK) and flags is not None


def make_stick(
    path: Path,
    megabytes: int,
    file_system: str,
    holiday: bytes = b"",
    *,
    partitioned: bool = True,
) -> Path:
    """A stick's image, made without mounting anything; FAT with a file of somebody's on it."""
    part = path.with_suffix(".part")
    offset = 1 if partitioned else 0
    with part.open("wb") as file:
        file.truncate((megabytes - offset) * 1_048_576)
    tools = {
        "vfat": ["mkfs.vfat", "-F", "32", "-n", "CLIPS"],
        "exfat": ["mkfs.exfat", "-L", "CLIPS"],
        "ext4": ["mkfs.ext4", "-q", "-L", "CLIPS"],
    }
    subprocess.run([*tools[file_system], part], check=True, stdout=subprocess.DEVNULL)
    if holiday:
        command = ["mcopy", "-i", part, "-", "::/HOLIDAY.TXT"]
        subprocess.run(command, input=holiday, check=True)
    if not partitioned:
        part.replace(path)
        return path
    with path.open("wb") as file:
        file.truncate(megabytes * 1_048_576)
    kind = {"vfat": "c", "exfat": "7", "ext4": "83"}[file_system]
    table = f"label: dos\nstart=2048, type={kind}\n"
    subprocess.run(["sfdisk", "-q", path], input=table.encode(), check=True)
    with path.open("r+b") as whole, part.open("rb") as file:
        whole.seek(1_048_576)
        shutil.copyfileobj(file, whole)
    part.unlink()
    return path
