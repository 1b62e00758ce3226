"""Whether each mode selects the tests that a seeded fault breaks, and how many others beside them.

Run it in the project's environment:  PYTHONPATH=src:. python benchmarks/dynamic_impact/seeded_faults.py --quick

Faults are put, one at a time, into copies of this repository and of generated ones. For each, every test file is run to
know which fail that pass without it; this truth, which takes the time, is kept line by line and taken up again after a
kill. Then each mode is asked which tests it would have selected, which takes some milliseconds a fault. Beside them
stand all tests and stock Pants (``--changed-since --changed-dependents=transitive``). ``--only ID`` replays one fault.

Exit code: 0 if the modes that promise it (safe, precise) miss nothing, else 1.
"""

import argparse
import difflib
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.dynamic_impact.faults.foresight import Foresight, halves
from benchmarks.dynamic_impact.faults.judge import PRECISE, SAFE, STOCK, Bench, Score, Verdict, optional, record, score
from benchmarks.dynamic_impact.faults.mutants import Mutant, choose
from benchmarks.dynamic_impact.faults.subjects import THIS, Subject, contents, prepare
from benchmarks.dynamic_impact.faults.targets import targets_of
from benchmarks.dynamic_impact.faults.truth import Baseline, Truth, TruthFile, complete

HERE = Path(__file__).resolve().parents[2]
GENERATED = ("gen1", "gen2", "gen3", "gen4")
QUICK = "gen0"
PROMISED = (SAFE, PRECISE)


def say(text: str) -> None:
    """Tell of progress."""
    print(text, file=sys.stderr, flush=True)


def shares(mutants: int, quick: bool) -> dict[str, int]:
    """Return how many faults each subject gets: a sixth goes into this repository, whose tests take longer."""
    if quick:
        return {QUICK: mutants}
    mine = mutants // 6
    each, more = divmod(mutants - mine, len(GENERATED))
    return {**{name: each + (index < more) for index, name in enumerate(GENERATED)}, THIS: mine}


class Study:
    """The subjects, the faults and what is known of them, in one folder of work."""

    def __init__(self, work: Path, truth: Path, revision: str, jobs: int) -> None:
        self.work = work.resolve()
        self.file = TruthFile(truth)
        self.revision = revision
        self.jobs = jobs

    def subject(self, name: str, copy: str) -> Subject:
        """Return a fresh copy of a subject; this repository as it was when its truth began, unless told otherwise."""
        known = self.file.read()[0].get(name)
        revision = self.revision or (known.revision if known else "") or "HEAD"
        return prepare(name, HERE, self.work / name / copy, revision)

    def find_truth(self, name: str, mutants: Sequence[Mutant], subject: Subject) -> None:
        """Run what is not known yet."""
        complete(self.file, subject, self.work / name / "scratch", mutants, self.jobs, say)

    def bench(self, name: str, copy: str = "judged") -> Bench:
        """Return ``name`` ready to be judged, with its recordings."""
        subject = self.subject(name, copy)
        baseline = self.file.read()[0][name]
        documents = targets_of(subject, HERE, self.work, say)
        recordings = record(subject, tuple(baseline.tests), self.work / name / "recordings", self.jobs, say)
        return Bench(subject, documents, baseline, recordings)


def main(words: Sequence[str] | None = None) -> int:
    """Find the truth, judge the modes by it, and print what came out."""
    options = parse(words)
    with tempfile.TemporaryDirectory(prefix="seeded-faults-") as scratch:
        work = Path(scratch) if options.quick and options.work is None else options.work or HERE / "dist/seeded-faults"
        study = Study(work, options.truth or work / "truth.jsonl", options.revision, options.jobs)
        if options.only:
            return replay(study, options.only)
        wanted: dict[str, tuple[Mutant, ...]] = {}
        for name, number in shares(options.mutants, options.quick).items():
            subject = study.subject(name, "tree")
            wanted[name] = choose(name, contents(subject), number, options.seed)
            if not options.judge_only:
                study.find_truth(name, wanted[name], subject)
        return report(study, wanted, options.json)


def parse(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, help="faults in all (default 360; with --quick 12)")
    parser.add_argument(
        "--quick", action="store_true", help="one generated repository, in a folder that is thrown away"
    )
    parser.add_argument("--seed", type=int, default=0, help="which faults are drawn (default 0)")
    parser.add_argument("--jobs", type=int, default=2, help="test files at a time (default 2)")
    parser.add_argument(
        "--work", type=Path, help="where copies, recordings and the truth stand (default dist/seeded-faults)"
    )
    parser.add_argument("--truth", type=Path, help="the truth file (default truth.jsonl there)")
    parser.add_argument("--revision", default="", help="the commit of this repository that gets faults (default HEAD)")
    parser.add_argument("--judge-only", action="store_true", help="run no test; judge by the truth that is known")
    parser.add_argument("--json", type=Path, help="write every verdict and miss into this file")
    parser.add_argument("--only", default="", help="replay the fault of this name")
    options = parser.parse_args(words)
    options.mutants = options.mutants or (12 if options.quick else 360)
    return options


def report(study: Study, wanted: Mapping[str, Sequence[Mutant]], target: Path | None) -> int:
    """Judge every fault whose truth is known, and print a table a subject, the whole, and each miss."""
    baselines, known = study.file.read()
    truths: dict[str, Truth] = {}
    verdicts: list[Verdict] = []
    for name, mutants in wanted.items():
        if name not in baselines:
            say(f"{name}: no truth is known: left out")
            continue
        bench = study.bench(name)
        mine = [mutant for mutant in mutants if mutant.id in known and known[mutant.id].tree == bench.subject.tree]
        say(f"{name}: judging {len(mine)} of {len(mutants)} faults")
        truths |= {mutant.id: known[mutant.id] for mutant in mine}
        verdicts += [verdict for mutant in mine for verdict in bench.judge(mutant)]
        verdicts += foreseen(study, name, mine, known)
    tables = {"all": list(truths)} if len(wanted) == 1 else {}
    for name in wanted if len(wanted) > 1 else ():
        tables[name] = [mutant for mutant, truth in truths.items() if truth.mutant.subject == name]
    tables["all"] = list(truths)
    scores: dict[str, list[Score]] = {}
    for name, chosen in tables.items():
        scores[name] = scores_of(set(chosen), verdicts, truths, baselines)
        print_table(name, scores[name], [truths[mutant] for mutant in chosen])
    missed = [miss for one in scores["all"] for miss in one.misses]
    for miss in (miss for miss in missed if miss.mode in PROMISED):
        print(f"MISSED by {miss.mode}: {miss.mutant.id} ({miss.mutant.path}:{miss.mutant.line}) breaks {miss.test}")
    if target is not None:
        target.write_text(json.dumps(document(scores, truths, verdicts, baselines), indent=1) + "\n", encoding="utf-8")
    return int(any(miss.mode in PROMISED for miss in missed))


def foreseen(study: Study, name: str, mutants: Sequence[Mutant], known: Mapping[str, Truth]) -> list[Verdict]:
    """Return what would be run first for each half of the faults, by what became of the other half."""
    order, predictive = optional("dynamic_impact.order"), optional("dynamic_impact.predictive")
    if order is None or predictive is None:
        say("no order by likelihood in this tree: the mode predictive is left out")
        return []
    foresight = Foresight(order, predictive)
    found: list[Verdict] = []
    one, other = halves(mutants)
    for past, asked in ((one, other), (other, one)):
        bench = study.bench(name, "foreseen")
        for mutant in past:
            bench.learn(known[mutant.id], foresight)
        found += [verdict for mutant in asked for verdict in bench.foresee(mutant, foresight)]
    return found


def scores_of(
    chosen: set[str], verdicts: Sequence[Verdict], truths: Mapping[str, Truth], baselines: Mapping[str, Baseline]
) -> list[Score]:
    """Return the score of each mode over the faults ``chosen``."""
    modes = dict.fromkeys(verdict.mode for verdict in verdicts)
    return [
        score(mode, [one for one in verdicts if one.mode == mode and one.mutant in chosen], truths, baselines)
        for mode in modes
    ]


def print_table(name: str, scores: Iterable[Score], truths: Sequence[Truth]) -> None:
    """Print one table."""
    killed = sum(bool(truth.failing) for truth in truths)
    endless = sum(bool(truth.timeouts) for truth in truths)
    print(
        f"\n{name}: {len(truths)} faults, {killed} break some test, {len(truths) - killed} none; {endless} never end\n"
    )
    print(
        "| mode | failing tests found | faulty changes caught | tests selected | of stock's | test time | s to select |"
    )
    print("|---|---|---|---|---|---|---|")
    found = list(scores)
    stocks = next((one.selected for one in found if one.mode == STOCK), 0)
    for one in found:
        print(
            f"| {one.mode} | {one.found}/{one.pairs} ({share(one.found, one.pairs)}) "
            f"| {one.caught}/{one.faulty} ({share(one.caught, one.faulty)}) | {share(one.selected, one.tests)} "
            f"| {share(one.selected, stocks)} | {share(one.time_s, one.all_s)} | {one.seconds:.3f} |"
        )


def share(part: float, whole: float) -> str:
    """Return a part in per cent; one that is not the whole never reads as 100 %."""
    if not whole:
        return "-"
    percent = 100 * part / whole
    return "> 99.9 %" if part < whole and percent >= 99.95 else f"{percent:.1f} %"  # noqa: PLR2004


def document(
    scores: Mapping[str, Sequence[Score]],
    truths: Mapping[str, Truth],
    verdicts: Sequence[Verdict],
    baselines: Mapping[str, Baseline],
) -> dict[str, object]:
    """Return all that was found, as plain values."""
    return {
        "schema": "dynamic.benchmark.faults/1",
        "scores": {
            name: [
                {**asdict(replace(one, misses=())), "misses": [[m.mutant.id, m.test] for m in one.misses]}
                for one in many
            ]
            for name, many in scores.items()
        },
        "operators": dict(Counter(truth.mutant.operator for truth in truths.values())),
        "subjects": {name: asdict(baseline) for name, baseline in baselines.items()},
        "faults": [
            {**asdict(truth), "id": name, "selected": {v.mode: v.selected for v in verdicts if v.mutant == name}}
            for name, truth in truths.items()
        ],
    }


def replay(study: Study, name: str) -> int:
    """Show one fault, run all tests with it again, and say what each mode selects."""
    subject = study.subject(name.partition("-")[0], "tree")
    _, known = study.file.read()
    drawn = choose(subject.name, contents(subject), sys.maxsize, 0) if name not in known else (known[name].mutant,)
    mutant = next((one for one in drawn if one.id == name), None)
    if mutant is None:
        print(f"no fault {name}: its name is in the report, and its truth file is named with --truth", file=sys.stderr)
        return 2
    print(patch(subject, mutant))
    fresh = TruthFile(study.work / f"{name}.jsonl")
    fresh.path.unlink(missing_ok=True)
    if baseline := study.file.read()[0].get(subject.name):
        fresh.append(baseline)
    again = Study(study.work, fresh.path, subject.revision, study.jobs)
    again.find_truth(subject.name, [mutant], subject)
    truth = fresh.read()[1][name]
    print(f"breaks {', '.join(truth.failing) or 'no test'}")
    missed = False
    for verdict in again.bench(subject.name).judge(mutant):
        lost = sorted(set(truth.failing) - set(verdict.selected))
        missed |= bool(lost) and verdict.mode in PROMISED
        print(f"{verdict.mode}: selects {len(verdict.selected)}{', MISSES ' + ', '.join(lost) if lost else ''}")
    return int(missed)


def patch(subject: Subject, mutant: Mutant) -> str:
    """Return the fault as a patch."""
    content = (subject.root / mutant.path).read_bytes()
    before = content.decode(errors="replace").splitlines(keepends=True)
    after = (mutant.apply(content) or b"").decode(errors="replace").splitlines(keepends=True)
    return "".join(difflib.unified_diff(before, after, f"a/{mutant.path}", f"b/{mutant.path}", n=2))


if __name__ == "__main__":
    sys.exit(main())
