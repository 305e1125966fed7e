"""Markdown of the results, and what they say about drydock's promises."""
import os
import platform
import subprocess


def drydock_of(results):
    return next((result for result in results if result.tool.name == "drydock" and result.runs), None)


def fastest_peer(results, transactions=None):
    peers = [result for result in results if result.tool.peer and result.runs and result.full
             and transactions in (None, result.tool.transactions)]
    return min(peers, key=lambda result: result.median, default=None)


def verdict(met, text, binding=True):
    word = "met" if met else "**MISSED**"
    return (bool(met) or not binding), f"{word if binding else 'for information'}: {text}"


def absent(promise):
    return True, f"no figure for drydock; the promise is {promise}"


def times_faster(results, times, binding):
    """Against the fastest peer whatever its transactions, and against the fastest with the same guarantee."""
    mine, best, alike = drydock_of(results), fastest_peer(results), fastest_peer(results, "each")
    least = min((result for result in results if result.tool.name.startswith("floor") and result.runs),
                key=lambda result: result.median, default=None)
    ceiling = ""
    if best and least:
        ceiling = f"; \"{least.tool.name}\" is {best.median / least.median:.1f} times as fast as {best.tool.name}"
        if alike and alike is not best:
            ceiling += f" and {alike.median / least.median:.1f} times as {alike.tool.name}"
    if not (mine and best):
        return absent(f"{times} times as fast as the fastest peer where a commit costs 10 ms or more{ceiling}")
    ratio = best.median / mine.median
    text = f"drydock is {ratio:.1f} times as fast as {best.tool.name} (promised {times})"
    if alike and alike is not best:
        text += f", {alike.median / mine.median:.1f} times {alike.tool.name}, which commits each migration"
    return verdict(ratio >= times, text + ceiling, binding)


def times_floor(results, floor_name, times):
    mine = drydock_of(results)
    floor = next((result for result in results if result.tool.name == floor_name and result.runs), None)
    if not (mine and floor):
        return absent(f"at most {times} × \"{floor_name}\"")
    ratio = mine.median / floor.median
    return verdict(ratio <= times, f"drydock takes {ratio:.2f} × \"{floor_name}\" (promised at most {times})")


def at_most(results, seconds, peak_mib=None):
    mine = drydock_of(results)
    memory = f" and {peak_mib} MiB" if peak_mib else ""
    if not mine:
        return absent(f"{seconds:g} s{memory} at most")
    met = mine.median <= seconds and (peak_mib is None or mine.peak_mib <= peak_mib)
    return verdict(met, f"drydock takes {mine.median:.3f} s and {mine.peak_mib:.1f} MiB "
                        f"(promised {seconds:g} s{memory} at most)")


def ratio(result, base):
    return f"{result.median / base.median:.2f}" if base and result.full else ""


def table(section):
    results = section.results
    floor = next((result for result in results if result.tool.name.startswith("floor") and result.runs), None)
    best = fastest_peer(results)
    kind = "hashes" if section.history else "transactions"
    lines = [f"| tool | {kind} | runs | min s | median s | max s | × floor | × fastest peer | peak MiB |",
             "|---|---|---:|---:|---:|---:|---:|---:|---:|"]
    order = sorted((result for result in results if result.runs and not result.failure),
                   key=lambda result: (not result.full, result.median))
    for result in order:
        name = result.tool.name if result.full else f"{result.tool.name} (**{result.count:,}** migrations only)"
        name = f"**{name}**" if result.tool.name == "drydock" else name
        if section.history:
            trait = "-" if not (result.tool.peer or result.tool.name == "drydock") else \
                "verified" if result.tool.hashes else "no"
        else:
            trait = {"each": "one each", "all": "one in all"}.get(result.tool.transactions, "-")
        lines.append(f"| {name} | {trait} | {len(result.runs)} | {min(result.seconds):.3f} | {result.median:.3f} | "
                     f"{max(result.seconds):.3f} | {ratio(result, floor)} | {ratio(result, best)} | "
                     f"{result.peak_mib:.1f} |")
    lines += [f"| {result.tool.name} | failed: {result.failure.replace('|', '/')} | | | | | | | |"
              for result in results if result.failure]
    return lines


def render(section):
    lines = [f"## {section.title}", "", *section.facts, "", *table(section), ""]
    lines += [f"Promise: {text}." for _, text in section.verdicts]
    return "\n".join(lines) + "\n"


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), model)
    return (f"{model}, {os.cpu_count()} processors, Linux {platform.release()}, "
            f"load {os.getloadavg()[0]:.2f} at the start")


def postgres_version(folder):
    return subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout.strip()


def header(bench, absentees, postgres, date, settings):
    versions = ", ".join(f"{name} {version}".strip() for name, version in
                         dict((tool.name.split(" --")[0], tool.version) for tool in bench.tools
                              if tool.version).items())
    lines = [f"# Migration tools, {date}", "", f"- {machine()}", f"- {postgres} with its defaults, except "
             + ", ".join(f"{key}={value}" for key, value in settings.items()), f"- {versions}"]
    lines += [f"- not measured: **{name}**: {reason}" for name, reason in absentees]
    rounds = f"runs after a warm-up: {bench.runs} each" if bench.runs else "the warm-up only"
    lines += [f"- {rounds}, in turns; one run where the first took over {bench.long_run:g} s. Process start included. A tool with \"one in all\" keeps nothing when a "
              f"migration fails."]
    return "\n".join(lines) + "\n"
