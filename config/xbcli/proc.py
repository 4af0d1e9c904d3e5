"""Run other programs: their output goes to a log, their failure becomes a sentence."""

import errno
import os
import signal
import subprocess
import time

from .ui import Failure

DISK_FULL = "No space left on device"


def run(command, *, log, step=None, on_line=None, what="", remedy="", env=None, cwd=None):
    """Run a program to its end, every line of output into a log file.

    :param list command: program and arguments
    :param Path log: file the output is appended to
    :param Step step: shows the newest line where `on_line` gives none
    :param on_line: called with each line; what it returns is shown as progress
    :param str what: the sentence when it fails; `remedy`: what to do then
    :return: the whole output
    :raise Failure: when the program cannot start or ends with a status other than 0
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    with open(log, "a", encoding="utf-8") as sink:
        sink.write(f"\n$ {' '.join(map(str, command))}\n")
        try:
            process = subprocess.Popen(
                list(map(str, command)),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                errors="replace",
                env=env,
                cwd=cwd,
            )
        except FileNotFoundError as error:
            raise Failure(f"The program {command[0]} is not on this machine.", remedy) from error
        try:
            for line in process.stdout:
                sink.write(line)
                lines.append(line)
                shown = on_line(line) if on_line else None
                if step and shown:
                    step.note(shown)
            process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    output = "".join(lines)
    if process.returncode:
        raise failure(output, log, what or f"{command[0]} failed", remedy)
    return output


def failure(output, log, what, remedy):
    """The sentence for a program that failed, from what it printed."""
    if DISK_FULL in output:
        return disk_full()
    shown = [line.strip() for line in output.splitlines() if line.strip()][-4:]
    tail = "\n    ".join(shown)
    return Failure(f"{what}.\n    {tail}", f"{remedy} (Everything it said: {log})".strip())


def disk_full():
    """The failure for a disk without room."""
    return Failure(
        "The disk is full.",
        "Free some room, or set XB_HOME to a larger disk; the same command goes on.",
    )


def is_disk_full(error):
    """Whether an OSError says that no room is left."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def started(pid):
    """When a process was started, in clock ticks since boot; False when there is none.

    Kept beside the pid in our run files: a pid alone may by now be another program's.
    """
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as handle:
            fields = handle.read().rpartition(")")[2].split()
    except OSError:
        return False
    return False if fields[0] == "Z" else int(fields[19])


def spawn(command, *, log, env, cwd=None):
    """Start a program that outlives us, its output in a log file; returns the Popen."""
    with open(log, "ab") as sink:
        return subprocess.Popen(
            list(map(str, command)),
            stdout=sink,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=env,
            cwd=cwd,
        )


def stop(pid, birth, *, patience=20):
    """End a process group: politely first, with force after `patience` seconds.

    :param birth: what `started` said when it was made; another process is left alone
    :return: whether there was something to stop
    """
    if not birth or started(pid) != birth:
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            break
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                os.waitpid(pid, os.WNOHANG)  # reap it where it is our own child
            except ChildProcessError:
                pass
            if started(pid) != birth:
                return True
            time.sleep(0.1)
    return True


def attach(command, *, env, cwd=None):
    """Run a program on our own terminal; returns its exit status."""
    return subprocess.run(list(map(str, command)), env=env, cwd=cwd, check=False).returncode
