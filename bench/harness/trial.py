"""Runs the tools against one server, in turns (A B A B), each time on a fresh database or a prepared one."""
import pathlib
import re
import statistics
import sys
from dataclasses import dataclass, field

from . import measure, work
from .measure import ToolFailed


@dataclass
class Result:
    tool: object
    count: int
    full: bool = True  # False: fewer migrations than the others, so not comparable with them
    runs: list = field(default_factory=list)
    failure: str = ""

    @property
    def seconds(self):
        return [run.seconds for run in self.runs]

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def peak_mib(self):
        return max(run.peak_mib for run in self.runs)


@dataclass
class Bench:
    """What all scenarios share."""
    programs: pathlib.Path
    scratch: pathlib.Path
    tools: list
    runs: int
    timeout: float
    all: bool
    sizes: dict
    small: object  # work.small_tables or work.small_changes
    long_run: float = 15.0  # a tool that takes longer in the warm-up is not run again
    written: dict = field(default_factory=dict)

    def say(self, text):
        print(f"  {text}", file=sys.stderr, flush=True)

    def share(self, tool, count):
        """How many migrations this tool gets of `count`."""
        return count if self.all or not tool.slow else min(count, self.sizes["slow_tools"])

    def folder(self, tool, job):
        """The tool's own files for the job, written once."""
        key = (tool.name, job.question, job.count)
        if key not in self.written:
            folder = self.scratch / f"work{len(self.written)}" / "migrations"
            folder.mkdir(parents=True)
            tool.write(folder, job)
            self.written[key] = folder
        return self.written[key]

    def run(self, command):
        return measure.run(self.programs / "stopwatch", command, self.timeout)

    def in_turns(self, results, once):
        """Calls once(result) → Run for every result in each round; the first round warms up."""
        for turn in range(self.runs + 1):
            for result in results:
                if result.failure or turn and len(result.runs) == 1 and result.runs[0].seconds > self.long_run:
                    continue
                if turn == 1:
                    result.runs.clear()
                try:
                    result.runs.append(once(result))
                except ToolFailed as error:
                    result.failure = str(error)
                self.say(f"{result.tool.name}: {result.failure or f'{result.runs[-1].seconds:.3f} s'}"
                         + ("" if turn else " (warm-up)"))
        return results

    def verify(self, server, database, job):
        answer = server.query(job.question, database)
        if answer != job.answer:
            raise ToolFailed(f"exit code 0, yet the database has {answer} of {job.answer}")

    def apply(self, server, tools, make, count, port=None):
        """Everything pending on an empty database; the answer of the database, not the exit code, says it was done."""
        def once(result):
            job = jobs[id(result)]
            database = "bench"
            server.fresh(database)
            run = self.run(result.tool.up(self.folder(result.tool, job), server.url(database, port)))
            self.verify(server, database, job)
            return run

        results, jobs = [], {}
        for tool in tools:
            share = count if make is work.one_file else self.share(tool, count)
            results.append(Result(tool, share, share == count))
            jobs[id(results[-1])] = make(share)
        return self.in_turns(results, once)

    def applied(self, server, tools, count, verb):
        """Brings each tool's own database to `count` applied migrations with the tool itself, then times `verb` on it."""
        results, commands = [], {}
        for tool in tools:
            share = self.share(tool, count)
            result = Result(tool, share, share == count)
            job, database = work.small_tables(share), "history_" + re.sub(r"\W+", "_", tool.name)
            folder = self.scratch / database / "migrations"
            folder.mkdir(parents=True, exist_ok=True)
            tool.write(folder, job)
            if not server.query(f"SELECT 1 FROM pg_database WHERE datname = '{database}'"):
                server.fresh(database)
            try:
                took = self.run(tool.up(folder, server.url(database)))
                if tool.applies:
                    self.verify(server, database, job)
                self.say(f"{tool.name}: {share} applied in {took.seconds:.1f} s")
            except ToolFailed as error:
                result.failure = f"while applying {share}: {error}"
                self.say(f"{tool.name}: {result.failure}")
            commands[id(result)] = getattr(tool, verb)(folder, server.url(database))
            results.append(result)
        return self.in_turns(results, lambda result: self.run(commands[id(result)]))
