"""How much memory the processes of a server take."""

from pathlib import Path


def figure(pid, name):
    """A figure of a process in megabytes: `VmRSS` now, `VmHWM` at the highest."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) // 1024
    return 0


def processes(erp):
    """The server's processes, children included."""
    groups = {process.pid for process in erp.processes}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            group = int((folder / "stat").read_text().rpartition(")")[2].split()[2])
        except OSError:
            continue  # it has ended
        if group in groups:
            found.append(int(folder.name))
    return found
