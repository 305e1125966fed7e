"""Runs a command under native/stopwatch.cpp and gives its wall time and peak memory."""
import os
import re
import signal
import subprocess
import tempfile
from dataclasses import dataclass


class ToolFailed(Exception):
    pass


@dataclass(frozen=True)
class Command:
    argv: list
    env: dict | None = None
    cwd: str | None = None
    stdin: str | None = None


@dataclass(frozen=True)
class Run:
    seconds: float
    peak_mib: float


def run(stopwatch, command, timeout):
    # To files, not pipes: nobody has to empty them while the tool runs.
    with tempfile.NamedTemporaryFile("r") as result, tempfile.TemporaryFile() as output:
        child = subprocess.Popen([stopwatch, result.name, *map(str, command.argv)], cwd=command.cwd,
                                 env={**os.environ, **(command.env or {})}, start_new_session=True,
                                 stdin=open(command.stdin, "rb") if command.stdin else subprocess.DEVNULL,
                                 stdout=output, stderr=subprocess.STDOUT)
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ToolFailed(f"stopped after {timeout:.0f} s") from None
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        fields = result.read().split()
        if not fields or fields[0] != "0":
            raise ToolFailed(f"exit code {fields[0] if fields else child.returncode}: {last_words(output)}")
        return Run(float(fields[1]), int(fields[2]) / 1024)


def last_words(output):
    """The line that names the error where there is one: some tools end with a page of stack or advice."""
    output.seek(0)
    lines = [line.strip() for line in output.read().decode(errors="replace").splitlines() if line.strip()]
    named = [line for line in lines if re.search(r"\b(error|exception|fatal|failed)\b", line, re.IGNORECASE)]
    return " / ".join(named[:2] or lines[-3:])[:400]
