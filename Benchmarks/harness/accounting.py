# SPDX-License-Identifier: Apache-2.0
"""What a server costs: processor time and memory of all its processes, ended ones included.

Processor time is read from a control group of its own where one can be made (nanoseconds, and
nothing escapes it). Elsewhere it is the sum over the process tree of each process's own time and
that of its children that ended, in the kernel's ticks of 10 ms.
"""

import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")
VERSION_1 = pathlib.Path("/sys/fs/cgroup/cpuacct")
VERSION_2 = pathlib.Path("/sys/fs/cgroup")


def process_tree(root):
    """The process and all its descendants, as far as they live."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = stat_fields(int(entry))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def stat_fields(pid):
    """The fields of /proc/PID/stat from the state on; None if there is no such process."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name of the program may contain blanks and parentheses; nothing behind it does.
    return text[text.rindex(")") + 2 :].split()


def session(leader):
    """The living processes of the session that `leader` began, zombies apart."""
    found = []
    for entry in os.listdir("/proc"):
        fields = stat_fields(int(entry)) if entry.isdigit() else None
        if fields and int(fields[3]) == leader and fields[0] not in "ZX":
            found.append(int(entry))
    return found


def tree_seconds(root):
    ticks = 0
    for pid in process_tree(root):
        fields = stat_fields(pid)
        if fields:
            ticks += sum(int(value) for value in fields[11:15])
    return ticks / TICKS


def process_memory(pid):
    """Proportional set size of a process, in bytes; 0 if there is none."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def tree_memory(root):
    """Proportional set size of all processes, in bytes: what is shared counts once."""
    return sum(process_memory(pid) for pid in process_tree(root))


def resident(pid):
    """What a process has in memory, shared with others or not, in bytes; 0 if there is none."""
    try:
        return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf(
            "SC_PAGE_SIZE")
    except OSError:
        return 0


def has_interpreter(pid):
    """Whether Python is loaded in a process, as its program or as a library."""
    try:
        mapped = pathlib.Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return False
    return "/python3" in mapped or "/libpython" in mapped


def program(pid):
    """The path of the program that a process runs; empty if there is none."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


class Account:
    """The processor time of one server: made before it starts, joined by its first process."""

    def __init__(self, name):
        self.group = self._made(VERSION_1, name) or self._made(VERSION_2, name)

    @staticmethod
    def _made(parent, name):
        if not (parent / "cgroup.procs").exists():
            return None
        group = parent / f"apus-bench-{os.getpid()}-{name}"
        try:
            group.mkdir()
        except OSError:
            return None
        readable = (group / "cpuacct.usage").exists() or (group / "cpu.stat").exists()
        if not readable or not os.access(group / "cgroup.procs", os.W_OK):
            group.rmdir()
            return None
        return group

    @property
    def method(self):
        return "control group" if self.group else "/proc, in ticks of 10 ms"

    def join(self):
        """Called in the new process, before it becomes the server."""
        if self.group:
            (self.group / "cgroup.procs").write_text(str(os.getpid()))

    def seconds(self, root):
        if not self.group:
            return tree_seconds(root)
        usage = self.group / "cpuacct.usage"
        if usage.exists():
            return int(usage.read_text()) / 1e9
        for line in (self.group / "cpu.stat").read_text().splitlines():
            if line.startswith("usage_usec"):
                return int(line.split()[1]) / 1e6
        return tree_seconds(root)

    def close(self):
        if self.group:
            try:
                self.group.rmdir()
            except OSError:
                pass  # A process that is still ending keeps it; the kernel removes it when empty.
            self.group = None
