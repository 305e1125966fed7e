"""The questions, each with its server, its tools and the promise drydock makes."""
import subprocess
from dataclasses import dataclass, field

from . import report, work
from .servers import LatencyProxy, Server
from .tools import Connect, Floor, Psql

MESSAGE_A_MIGRATION = "floor: a message a migration"


@dataclass
class Section:
    title: str
    facts: list
    results: list
    verdicts: list = field(default_factory=list)
    history: bool = False


def commit_cost(bench, server):
    server.fresh("cost")
    done = subprocess.run([bench.programs / "floor", "commits", "200", server.url("cost")], capture_output=True,
                          text=True, check=True)
    return float(done.stdout)


def round_trip(bench, server, port=None):
    done = subprocess.run([bench.programs / "floor", "latency", "200", server.url("postgres", port)],
                          capture_output=True, text=True, check=True)
    return float(done.stdout)


def durable(bench, where, name, slow_sync, extra):
    with Server(where, name, slow_sync=slow_sync) as server:
        cost = commit_cost(bench, server)
        facts = [f"fsync and synchronous_commit on, data on {server.filesystem}; "
                 f"a synchronous commit costs **{cost:.2f} ms** (median of 200).", *extra]
        if cost < 10:
            facts.append("That is less than the 10 ms the promise speaks of: the scenario slow-commit is about those.")
        results = bench.apply(server, bench.tools, bench.small, bench.sizes["migrations"])
    return cost, facts, results


def disk(bench, options):
    cost, facts, results = durable(bench, options.disk, "disk", None, [])
    return [Section(f"{bench.sizes['migrations']:,} small migrations, this machine's disk", facts, results,
                    [report.times_faster(results, 4, binding=cost >= 10)])]


def slow_commit(bench, options):
    milliseconds = options.commit_ms
    # In memory, so that the commit is all that is slow: a disk syncs each new index too.
    _, facts, results = durable(
        bench, options.ram, "slow-commit", (bench.programs / "slow_sync.so", milliseconds, "/pg_wal/"),
        [f"Emulated: a preloaded library makes each flush of the write-ahead log take {milliseconds:g} ms, as with "
         "a synchronous standby that far away; all else is in memory."])
    return [Section(f"{bench.sizes['migrations']:,} small migrations, {milliseconds:g} ms a commit", facts, results,
                    [report.times_faster(results, 4, binding=True)])]


def slow_disk(bench, options):
    milliseconds = options.commit_ms
    _, facts, results = durable(
        bench, options.disk, "slow-disk", (bench.programs / "slow_sync.so", milliseconds, None),
        [f"Emulated: a preloaded library makes every fsync and fdatasync of the server take at least "
         f"{milliseconds:g} ms, the real one included. Servers up to 16 sync each new index before they commit, "
         "whoever asks for it: that part no client can save."])
    return [Section(f"{bench.sizes['migrations']:,} small migrations, {milliseconds:g} ms a synchronous write", facts,
                    results, [report.times_faster(results, 4, binding=False)])]


def ram(bench, options):
    with Server(options.ram, "RAM") as server:
        facts = [f"Data on {server.filesystem}; a commit costs {commit_cost(bench, server):.2f} ms."]
        results = bench.apply(server, bench.tools, bench.small, bench.sizes["migrations"])
    return [Section(f"{bench.sizes['migrations']:,} small migrations, a RAM disk", facts, results,
                    [report.times_floor(results, MESSAGE_A_MIGRATION, 1.2)])]


def latency(bench, options):
    one_way = round(options.rtt_ms * 1000 / 2)
    with Server(options.ram, "RAM") as server, LatencyProxy(bench.programs / "latency_proxy", server, one_way) as proxy:
        facts = [f"Data on {server.filesystem}, behind a proxy that delays each direction by {one_way / 1000:g} ms: "
                 f"a round trip takes {round_trip(bench, server, proxy.port):.2f} ms "
                 f"({round_trip(bench, server):.2f} ms without it)."]
        results = bench.apply(server, bench.tools, bench.small, bench.sizes["migrations"], proxy.port)
    return [Section(f"{bench.sizes['migrations']:,} small migrations, {options.rtt_ms:g} ms away", facts, results,
                    [report.at_most(results, seconds=5)])]


def one_file(bench, options):
    count = bench.sizes["statements"]
    # A script of one migration and its history row is one transaction either way.
    tools = [tool for tool in bench.tools
             if not (isinstance(tool, Floor) and tool.mode != "each" or isinstance(tool, Psql) and
                     tool.transactions == "each") and tool.name != "node-pg-migrate --no-single-transaction"]
    with Server(options.ram, "RAM") as server:
        facts = [f"Data on {server.filesystem}. The floor sends the file and its history row as one message."]
        results = bench.apply(server, tools, work.one_file, count)
    return [Section(f"One file with {count:,} statements", facts, results,
                    [report.times_floor(results, MESSAGE_A_MIGRATION, 1.2)])]


def history(bench, options):
    applied, listed = bench.sizes["history"], bench.sizes["status"]
    tools = [Connect()] + [tool for tool in bench.tools if not isinstance(tool, (Floor, Psql))]
    tools[0].prepare(bench.programs, None)
    # The one-transaction mode of a tool would need a lock table for all of it, and a run with nothing to do is the same.
    tools = [tool for tool in tools if not (tool.peer and tool.transactions == "all")]
    with Server(options.ram, "RAM", {"fsync": "off"}) as server:
        nothing = bench.applied(server, tools, applied, "up")
        fast = [result.tool for result in nothing
                if result.tool.status(bench.scratch, server.url("postgres")) and not result.failure
                and (bench.all or result.median < 3)]
        status = bench.applied(server, fast, listed, "status")
    facts = [f"Data on {server.filesystem}. *Hashes* tells whether the tool verifies what is applied against the files."]
    return [
        Section(f"Nothing to do, {applied:,} applied and on disk", facts, nothing,
                [report.at_most(nothing, seconds=0.1, peak_mib=64)], history=True),
        Section(f"`status` with {listed:,} applied and on disk",
                ["Of the tools that have one and needed less than 3 s above."] if not bench.all else [], status,
                [report.at_most(status, seconds=0.15, peak_mib=64)], history=True),
    ]


SCENARIOS = {"disk": disk, "slow-commit": slow_commit, "slow-disk": slow_disk, "ram": ram, "latency": latency, "one-file": one_file,
             "history": history}
BY_DEFAULT = [name for name in SCENARIOS if name != "slow-disk"]
