"""A virtual Pi under QEMU: power, pins, stick, screen and keyboard from outside.

`Machine` boots the image that `image.sh` makes. Commands inside run through the guest agent. The
machine is slow (there is seldom real virtualisation here), so waiting is generous everywhere:
behaviour is looked at, never speed.
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


class MachineError(Exception):
    """The machine did not do what it was told, or ended."""


class Machine:
    """One virtual machine in the folder `work`, from the image in `image`."""

    def __init__(self, image: Path, work: Path, memory_mb: int = 2048) -> None:
        self.image, self.work, self.memory_mb = image, work, memory_mb
        self.process: subprocess.Popen[bytes] | None = None
        self.events: list[dict[str, Any]] = []
        self.boot_s = 0.0
        work.mkdir(parents=True, exist_ok=True)

    # --- power ---------------------------------------------------------------------------------

    def start(self, timeout_s: float = 1200.0) -> None:
        """Switch on, and wait until commands can be run inside."""
        disk = self.work / "root.qcow2"
        if not disk.exists():
            base = ["-F", "raw", "-b", str((self.image / "root.ext4").resolve())]
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *base, disk], check=True)
        for name in ("qmp", "agent"):
            (self.work / name).unlink(missing_ok=True)
        began = time.monotonic()
        self.process = subprocess.Popen(
            self._command(disk),
            stdin=subprocess.DEVNULL,
            stderr=(self.work / "qemu.txt").open("ab"),
        )
        self._monitor = _Line(self.work / "qmp", 60.0)
        self._monitor.receive(60.0)
        self.monitor("qmp_capabilities")
        self._reach_agent(began + timeout_s)
        self.boot_s = time.monotonic() - began

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

    def plug(self, image: Path, name: str = "stick") -> None:
        """Put a USB stick in."""
        self._human(f"drive_add 0 if=none,id={name},file={image},format=raw,cache=writeback")
        self.monitor(
            "device_add",
            driver="usb-storage",
            id=f"{name}-device",
            drive=name,
            bus="usb.0",
            removable=True,
            serial=f"BENCH{name}",
        )

    def pull(self, name: str = "stick") -> None:
        """Pull it out, whatever is being done with it; returns when it is gone."""
        self.monitor("device_del", id=f"{name}-device")
        self._await_event("DEVICE_DELETED", 60.0)  # its drive goes with it

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
        if said and "OK" not in said:
            raise MachineError(f"{line}: {said}")

    def _await_event(self, name: str, timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        while not any(event["event"] == name for event in self.events):
            self.events.append(self._monitor.receive(max(0.1, end - time.monotonic())))
        self.events = [event for event in self.events if event["event"] != name]

    def _agent_call(self, command: str, **arguments: Any) -> Any:
        self._agent.send({"execute": command, "arguments": arguments})
        answer = self._agent.receive(120.0)
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

    def _command(self, disk: Path) -> list[str]:
        kvm = kvm_usable()
        width, height = SIZE_PX
        work = self.work
        return [
            *("qemu-system-x86_64", "-nodefaults", "-machine", "q35", "-display", "none"),
            *("-accel", "kvm" if kvm else "tcg,thread=multi,tb-size=512"),
            *("-cpu", "host" if kvm else "max", "-m", str(self.memory_mb), "-smp", "2"),
            *("-nic", "none", "-device", "virtio-rng-pci"),
            *("-kernel", str(self.image / "vmlinuz"), "-initrd", str(self.image / "initrd.img")),
            *(
                "-append",
                f"root=LABEL=station ro console=ttyS0 {QUIET} video=Virtual-1:{width}x{height}",
            ),
            *("-drive", f"if=none,id=root,file={disk},format=qcow2,cache=writeback"),
            *("-device", "virtio-blk-pci,drive=root", "-device", "virtio-serial-pci"),
            *("-chardev", f"socket,id=agent,server=on,wait=off,path={work / 'agent'}"),
            *("-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
            *("-qmp", f"unix:{work / 'qmp'},server=on,wait=off"),
            *("-serial", f"file:{work / 'console.txt'}"),
            *("-device", "virtio-vga"),
            *("-device", "qemu-xhci,id=usb", "-device", "usb-kbd,bus=usb.0"),
            *("-device", "i6300esb", "-action", "watchdog=reset"),
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


def make_stick(path: Path, megabytes: int, file_system: str, *, partitioned: bool = True) -> Path:
    """A stick's image, made without mounting anything."""
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
