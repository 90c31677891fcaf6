"""The chapters of the report of `kata bench`, in order, as sections that HTML and Markdown write."""

from __future__ import annotations

from mlkata.bench.page import change, costs, ladders, shapes, speed
from mlkata.bench.results import Machine, Results
from mlkata.report.page.document import Section, Table
from mlkata.report.units import count, day, size, three

TITLE = "How fast, and why?"
METHOD = (
    "Every implementation runs in a process of its own; they take turns, so that a slow phase slows all.",
    "A figure is the median of the timed runs, by the wall clock; tables and bars also show their spread.",
    "Answers are verified after each timed run; an implementation that answers differently does not count.",
    "Imports and first calls, in which code may be compiled, are timed separately from all other figures.",
)


def of(results: Results, previous: Results | None = None) -> list[Section]:
    """Return all sections, also those without measurements; `previous` is the last saved run."""
    return [
        _machine(results),
        speed.summary(results),
        speed.workloads(results),
        ladders.ladders(results),
        shapes.growth(results),
        shapes.crossovers(results),
        costs.limits(results),
        costs.first_calls(results),
        costs.memory(results),
        change.since(results, previous),
    ]


def lead(results: Results) -> str:
    """Return a line about the run: date, processor, number of threads and of workloads, seed."""
    return (
        f"{day(results.date)} · {results.machine.cpu} · {count(results.threads, 'thread')} · "
        f"{count(len(results.rows), 'workload')} · seed {results.seed}"
    )


def _machine(results: Results) -> Section:
    versions = Table("Versions", ("package", "version"), tuple(sorted(results.versions.items())), align="lr")
    machine = Table("Machine", ("what", "how much"), tuple(_facts(results.machine, results)), align="lr")
    return Section("method", "How it was measured", METHOD, (machine, versions))


def _facts(machine: Machine, results: Results) -> list[tuple[str, str]]:
    facts = [
        ("date", day(results.date)),
        ("processor", machine.cpu),
        ("cores", f"{machine.cores}"),
        ("threads used", f"{results.threads}"),
        ("memory", size(machine.memory_bytes)),
        ("system", machine.system),
        ("Python", machine.python),
        ("seed", f"{results.seed}"),
    ]
    facts += [
        (f"matrix product, {name}, measured", f"{three(value)} GFLOP/s")
        for name, value in machine.gemm_gflops.items()
    ]
    if machine.bandwidth_gb_s is not None:
        facts.append(("memory bandwidth, measured", f"{three(machine.bandwidth_gb_s)} GB/s"))
    return facts
