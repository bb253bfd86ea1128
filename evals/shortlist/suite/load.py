"""Reading a suite: from YAML to a frozen `Suite`, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from shortlist import bundled
from shortlist.documents import Document, Findings, Where, read_yaml, validate
from shortlist.errors import InputError, Problem, nearest
from shortlist.suite.chains import check_chains, check_optional
from shortlist.suite.configs import read_config
from shortlist.suite.file import SuiteFile
from shortlist.suite.gate import GOLD, Surroundings, check_early_stop, check_reference, read_gate
from shortlist.suite.judges import Hearing, check_judged, hashes_of_judges, read_judges
from shortlist.suite.model import Budget, Judge, Suite, steps_of
from shortlist.tasks.load import load_task
from shortlist.tasks.model import Task
from shortlist.tasks.prompt import PromptRenderer
from shortlist_datasets import Dataset, DatasetError, Pair, load_dataset
from shortlist_providers import ProviderConfig, Sampling
from shortlist_providers.chain import ChainConfig
from shortlist_providers.replay import ReplayConfig

_MOST_ROUNDS = 10  # leaving out a fault may make its holder faulty, and so on up to the top

# What the required keys are taken for while the rest of a faulty suite is looked through; nothing sees them.
_STAND_INS: dict[str, Any] = {"name": "x", "task": "x", "dataset": "x", "providers": {"x": {}}}


def load_suite(ref: str | Path, environment: Mapping[str, str], only: Collection[str] | None = None) -> Suite:
    """The suite that `ref` names: a file, or the name of a bundled suite such as `quickstart`.

    `environment` fills `${VAR}`. `only` limits to these providers the demand that what a kind needs is installed.
    Reads files, sends nothing.

    Raises:
        InputError: with every problem that was found, each with its file and line.
    """
    file = find_suite(ref)
    document, findings = read_yaml(file, environment)
    suite = _suite(document, findings, only)
    findings.raise_if_any()
    if suite is None:  # pragma: no cover - whatever is not built is also reported
        raise InputError(f"{file}: not a suite")
    return suite


def suite_from_source(source: Mapping[str, Any], path: Path) -> Suite:
    """The suite that a run's manifest keeps, `${VAR}` long since filled; `path` is where its file lay.

    Nothing will be sent, so nothing that a provider's kind needs has to be installed.

    Raises:
        InputError: what it names is gone, or it is no longer a suite.
    """
    document = Document(path, dict(source), {})
    findings = Findings(path, {})
    suite = _suite(document, findings, only=())
    findings.raise_if_any()
    if suite is None:  # pragma: no cover - whatever is not built is also reported
        raise InputError(f"{path}: not a suite")
    return suite


def find_suite(ref: str | Path) -> Path:
    """The file of a suite, given by path or by bundled name.

    Raises:
        InputError: there is neither.
    """
    path = Path(ref)
    try:
        path = path.expanduser()
        if path.is_file():
            return path
        if isinstance(ref, str) and ref in bundled.suite_names():
            return bundled.suites_root() / f"{ref}.yaml"
        if path.is_dir():
            raise InputError(Problem("is a folder; name the suite's file", path))
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: `~nobody`
        raise InputError(f"no suite {str(ref)!r}: {error}") from error
    names = bundled.suite_names()
    beside = [near.name for near in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
    raise InputError(
        f"no suite {str(ref)!r}; give a suite file, or a bundled suite: {', '.join(names)}"
        f"{nearest(path.name, [*beside, *names])}"
    )


def _suite(document: Document, findings: Findings, only: Collection[str] | None) -> Suite | None:
    raw, base = document.value, document.file.parent
    file = _shape(raw, findings)
    if file is None:
        return None
    providers = _providers(raw.get("providers"), findings, only)
    fallbacks = check_chains(providers, raw.get("providers"), findings)
    task = _task(file, base, findings)
    dataset, pairs = _pairs(file, base, findings)
    listed = raw.get("providers")  # a fault inside something that is no mapping breaks only the place inside
    names = tuple(listed) if isinstance(listed, dict) and not findings.is_broken(("providers",)) else None
    steps = {step: None for config in providers.values() for step in steps_of(config)}
    families = None if findings.is_broken(("metrics",)) else file.metrics
    judges = read_judges(file.judges, Hearing(base, task, _ids(dataset), names, only is None or bool(only)), findings)
    judging = raw.get("judges")
    named = tuple(judging) if isinstance(judging, dict) else ()
    around = Surroundings(names, families, task, tuple(steps), pairs or None, named)
    gate = None if file.gate is None or findings.is_broken(("gate",)) else read_gate(file.gate, around, findings)
    check_judged(file.judges, families, gate, findings)
    reference = file.references.parity or (gate.incumbent if gate else None) or GOLD
    if file.references.parity:
        check_reference(reference, names, ("references", "parity"), findings)
    if gate is not None:
        check_optional(providers, {"candidate": gate.candidate, "incumbent": gate.incumbent}, findings)
        check_early_stop(gate, file.one_at_a_time, providers, findings)
    if file.budget.usd is not None:
        _check_prices(providers, judges, only, findings)
    if findings.problems or task is None or dataset is None:
        return None
    _check_prompts(task, pairs)
    return Suite(
        name=file.name,
        path=document.file.absolute(),
        task=task,
        dataset=dataset,
        split=file.split,
        pairs=pairs,
        training_data=tuple(file.training_data),
        repeats=file.repeats,
        seed=file.seed,
        sampling=Sampling(
            temperature=file.sampling.temperature,
            top_p=file.sampling.top_p,
            max_tokens=file.sampling.max_tokens,
            stop=tuple(file.sampling.stop),
        ),
        providers=providers,
        fallbacks=fallbacks,
        one_at_a_time=file.one_at_a_time,
        metrics=tuple(file.metrics),
        parity_reference=reference,
        judges=judges,
        gate=gate and replace(gate, judges=hashes_of_judges(gate, judges)),
        budget=Budget(file.budget.usd, file.budget.errors),
        source=raw,
    )


def _shape(raw: Mapping[str, Any], findings: Findings) -> SuiteFile | None:
    """The file's sections. What is faulty is reported and then left out, so that the rest can be looked at."""
    file = validate(SuiteFile, raw, (), findings)
    rest = {**_STAND_INS, **deepcopy(dict(raw))}
    for _ in range(_MOST_ROUNDS):
        if file is not None:
            break
        faults = Findings(findings.file, {})
        file = validate(SuiteFile, rest, (), faults)
        for where in faults.broken:
            _leave_out(rest, where)
    return file


def _leave_out(value: dict[str, Any], where: Where) -> None:
    """Takes the innermost key on the way to `where` out of `value`.

    A key that is missing makes what should hold it faulty. Lists keep their items, so that positions stay true: with a
    faulty item the whole list goes.
    """
    holder, key = value, str(where[0])
    here: Any = value
    for part in where:
        if isinstance(here, dict):
            if part not in here:
                break
            holder, key = here, str(part)
        here = here[part]
    stand_in = _STAND_INS.get(key) if holder is value else None
    if stand_in is None or holder.get(key) == stand_in:
        holder.pop(key, None)
    else:
        holder[key] = stand_in


def _providers(raw: Any, findings: Findings, only: Collection[str] | None) -> dict[str, ProviderConfig]:
    found: dict[str, ProviderConfig] = {}
    if not isinstance(raw, dict):
        return found
    for name in only or ():
        if name not in raw:
            findings.problems.append(
                Problem(
                    f"no provider of this suite is called {name!r}; allowed: {', '.join(raw)}{nearest(name, raw)}",
                    findings.file,
                    findings.line_of(("providers",)),
                )
            )
    if GOLD in raw:
        findings.add(("providers", GOLD), f"{GOLD!r} stands for the dataset's truth; give the provider another name")
    for name, settings in raw.items():
        if isinstance(settings, dict):
            config = read_config(settings, ("providers", name), findings, needed=only is None or name in only)
            if config is not None:
                found[name] = config
    return found


def _task(file: SuiteFile, base: Path, findings: Findings) -> Task | None:
    if findings.is_broken(("task",)):
        return None
    try:
        return load_task(file.task, base)
    except InputError as error:
        for problem in error.problems:
            if problem.file is None:
                findings.add(("task",), problem.message)
            else:
                findings.problems.append(problem)
    return None


def _pairs(file: SuiteFile, base: Path, findings: Findings) -> tuple[Dataset | None, tuple[Pair, ...]]:
    if findings.is_broken(("dataset",)):
        return None, ()
    try:
        dataset = load_dataset(file.dataset, base)
    except (DatasetError, ValueError) as error:
        if isinstance(error, DatasetError) and error.path.exists():
            findings.problems.append(Problem(error.message, error.path, error.line))
        else:
            findings.add(("dataset",), getattr(error, "message", None) or str(error))
        return None, ()
    if findings.is_broken(("split",)):
        return dataset, ()
    try:
        return dataset, dataset.select(file.split)
    except DatasetError as error:
        findings.add(("split",), error.message)
    return dataset, ()


def _ids(dataset: Dataset | None) -> frozenset[str] | None:
    return None if dataset is None else frozenset(pair.id for pair in dataset.pairs)


def _check_prices(
    providers: Mapping[str, ProviderConfig],
    judges: Mapping[str, Judge],
    only: Collection[str] | None,
    findings: Findings,
) -> None:
    from shortlist.pricing import price_for  # noqa: PLC0415 - the price table takes a tenth of a second to import

    chosen = [config for name, config in providers.items() if only is None or name in only]
    asked = {step for config in chosen for step in steps_of(config)}
    for name, config in providers.items():
        if isinstance(config, ChainConfig | ReplayConfig):
            continue  # it costs what its steps cost; what was recorded is paid for
        if (only is None or name in only or name in asked) and price_for(config) is None:
            findings.add(("providers", name, "cost"), _no_price(config))
    for name, judge in judges.items():
        if (only is None or only) and price_for(judge.by) is None:
            findings.add(("judges", name, "by", "cost"), _no_price(judge.by))


def _no_price(config: ProviderConfig) -> str:
    return (
        f"a budget in USD needs to know what {config.model_name() or config.kind} costs; "
        "add cost: {input_per_million: …, output_per_million: …}, or another of its ways"
    )


def _check_prompts(task: Task, pairs: tuple[Pair, ...]) -> None:
    """Fills the templates once for every pair, so that no run stops half-way because of one."""
    renderer = PromptRenderer(task)
    for pair in pairs:
        renderer.messages(pair)
