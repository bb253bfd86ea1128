"""Every mistake gives one message with its place, what is allowed and the nearest spelling."""

from __future__ import annotations

from pathlib import Path

import pytest

from shortlist import bundled, metric_names
from shortlist.errors import InputError
from shortlist.suite.load import load_suite
from shortlist_providers import kinds
from support.suites import SUITE, TASK, pair, problems_of, write_suite, write_task

TOP = (
    "name, task, dataset, split, training_data, repeats, seed, sampling, providers, one_at_a_time, metrics, "
    "references, judges, budget, gate"
)
TASKS = ", ".join(bundled.task_names())
FAMILIES = ", ".join(metric_names.FAMILIES)
NEW = "  new: {kind: fake, model: m, cost: {per_generation: 0.5}}"
RULE = "    - {metric: schema.pass, at_least: 0.9}"

CASES = {
    "unknown key": (
        ("providers:", "provders: {}\nproviders:"),
        f"4: provders: unknown key 'provders'; allowed: {TOP}; did you mean 'providers'?",
    ),
    "missing key": (("task: small@1\n", ""), "1: task: missing key 'task'"),
    "key given twice": (
        ("dataset: pairs.jsonl", "dataset: pairs.jsonl\nname: again"),
        "4: the key 'name' is given twice, first on line 1",
    ),
    "key that is no text": (
        ("providers:", "1: 2\nproviders:"),
        "4: a key must be text, got '1'; put a number or a word such as true in quotes",
    ),
    "unknown task": (
        ("small@1", "pro_ouptut"),
        f"2: task: no task 'pro_ouptut'; allowed: {TASKS}, or the path of a folder with a task.yaml; "
        "did you mean 'pro_output'?",
    ),
    "unknown kind": (
        ("old: {kind: fake", "old: {kind: fak"),
        f"6: providers.old.kind: unknown provider kind 'fak'; known kinds: {', '.join(kinds())}; did you mean 'fake'?",
    ),
    "no kind": ((NEW, "  new: {model: m}"), "5: providers.new.kind: missing key 'kind', e.g. kind: openai_compatible"),
    "unknown key of a provider": (
        ("model: m", "model: m, latncy: 3"),
        "5: providers.new.latncy: unknown key 'latncy'; allowed: kind, cost, concurrency, timeout, retries, "
        "optional, model, latency, first_token, output, outputs, faults, usage; did you mean 'latency'?",
    ),
    "number for text": (("model: m", "model: 3"), "5: providers.new.model: must be text; got 3; put it in quotes"),
    "a secret": (
        ("model: m", "model: m, api_key: sk-123"),
        "5: providers.new.api_key: 'api_key' would put a secret into a file; "
        "name the environment variable with api_key_env",
    ),
    "a secret in a header": (
        (NEW, "  new:\n    kind: custom_http\n    headers:\n      Authorization: Bearer x"),
        "8: providers.new.headers.Authorization: 'Authorization' would put a secret into a file; "
        "name the environment variable with api_key_env",
    ),
    "a secret in a list": (
        ("model: m", "faults: [{on: a, kind: hang, password: x}]"),
        "5: providers.new.faults[0].password: 'password' would put a secret into a file; "
        "name the environment variable with api_key_env",
    ),
    "a secret by variable": (
        ("model: m", 'model: "${OPENAI_API_KEY:-x}"'),
        "5: providers.new.model: ${OPENAI_API_KEY} would write a secret into the run's files; "
        "name the environment variable instead, with api_key_env: OPENAI_API_KEY",
    ),
    "a password in a URL": (
        (NEW, '  new: {kind: custom_http, base_url: "http://me:pw@host"}'),
        "5: providers.new.base_url: the URL holds a password; leave it out and name the environment variable with "
        "api_key_env",
    ),
    "a name that is none": (
        ("  old:", "  new one: {kind: fake}\n  old:"),
        "6: providers.new one: must match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'; got 'new one'",
    ),
    "a provider called gold": (
        ("  old:", "  gold: {kind: fake}\n  old:"),
        "6: providers.gold: 'gold' stands for the dataset's truth; give the provider another name",
    ),
    "unset variable": (
        ("model: m", 'model: "${MODEL}"'),
        "5: providers.new.model: the environment variable MODEL is not set; set it, or give a default: "
        "${MODEL:-default}",
    ),
    "a variable that is none": (
        ("model: m", 'model: "${MODEL-x}"'),
        "5: providers.new.model: '${MODEL-x}' holds a '${' that begins no variable; allowed: ${VAR}, "
        "${VAR:-default}, and $${ for a literal ${",
    ),
    "repeats": (("providers:", "repeats: 0\nproviders:"), "4: repeats: must be greater than or equal to 1; got 0"),
    "true for a number": (("providers:", "repeats: true\nproviders:"), "4: repeats: must be a number; got true"),
    "not a number": (
        ("providers:", "sampling: {temperature: .nan}\nproviders:"),
        "4: sampling.temperature: .nan is not a finite number; leave the key out where there is none",
    ),
    "confidence": (("  rules:", "  confidence: 95\n  rules:"), "10: gate.confidence: must be less than 1; got 95"),
    "budget": (("gate:", "budget: {usd: 0}\ngate:"), "7: budget.usd: must be greater than 0; got 0"),
    "unknown family": (
        ("gate:", "metrics: [schema, latencies]\ngate:"),
        f"7: metrics[1]: unknown metric family 'latencies'; allowed: {FAMILIES}; did you mean 'latency'?",
    ),
    "family twice": (("gate:", "metrics: [schema, schema]\ngate:"), "7: metrics: schema is listed twice"),
    "unknown reference": (
        ("gate:", "references: {parity: odl}\ngate:"),
        "7: references.parity: no provider of this suite is called 'odl'; allowed: new, old, gold; did you mean 'old'?",
    ),
    "unknown candidate": (
        ("candidate: new", "candidate: now"),
        "8: gate.candidate: no provider of this suite is called 'now'; allowed: new, old; did you mean 'new'?",
    ),
    "its own incumbent": (("incumbent: old", "incumbent: new"), "9: gate.incumbent: 'new' cannot be its own incumbent"),
    "no incumbent": (
        ("  incumbent: old\n  rules:\n" + RULE, "  rules:\n    - {metric: gold.score, no_worse_by: 0.03}"),
        "10: gate.rules[0].no_worse_by: needs gate.incumbent, which names the provider to compare with",
    ),
    "no rules": (
        ("  rules:\n" + RULE, "  rules: []"),
        "10: gate.rules: must not be empty",
    ),
    "unknown metric": (
        ("schema.pass", "schema.pas"),
        "11: gate.rules[0].metric: unknown metric 'schema.pas'; allowed: schema.pass, schema.pass_extracted, "
        "schema.pass_repaired; did you mean 'schema.pass'?",
    ),
    "unknown quality rule": (
        ("schema.pass", "quality.shrt"),
        "11: gate.rules[0].metric: unknown metric 'quality.shrt'; allowed: quality.short; did you mean "
        "'quality.short'?",
    ),
    "unknown field": (
        ("schema.pass", "parity.sumary"),
        "11: gate.rules[0].metric: unknown metric 'parity.sumary'; allowed: parity.score, parity.summary, "
        "parity.roles; did you mean 'parity.summary'?",
    ),
    "a rule on what is not measured": (
        ("gate:", "metrics: [gold, cost]\ngate:"),
        "12: gate.rules[0].metric: 'schema.pass' is not measured: add 'schema' to 'metrics', which lists gold, cost",
    ),
    "two bounds": (
        ("at_least: 0.9", "at_least: 0.9, at_most: 1"),
        "11: gate.rules[0]: say exactly one of at_least, at_most, no_worse_by, better_by, at_most_ratio, "
        "at_least_ratio; got at_least, at_most",
    ),
    "no bound": (
        (", at_least: 0.9", ""),
        "11: gate.rules[0]: say exactly one of at_least, at_most, no_worse_by, better_by, at_most_ratio, "
        "at_least_ratio; got none",
    ),
    "a share in per cent": (
        ("at_least: 0.9", "at_least: 90"),
        "11: gate.rules[0].at_least: must lie between 0 and 1, as schema.pass does; got 90",
    ),
    "a bound that everybody keeps": (
        ("at_least: 0.9", "at_least: 0.0"),
        "11: gate.rules[0].at_least: 0.0 is kept by every candidate: schema.pass cannot be lower",
    ),
    "a ceiling that everybody keeps": (
        ("at_least: 0.9", "at_most: 1"),
        "11: gate.rules[0].at_most: 1 is kept by every candidate: schema.pass cannot be higher",
    ),
    "a margin of a hundred points": (
        ("at_least: 0.9", "no_worse_by: 1"),
        "11: gate.rules[0].no_worse_by: 1 is 100 points, which every candidate keeps; one point is 0.01",
    ),
    "a lead that nobody can have": (
        ("at_least: 0.9", "better_by: 1"),
        "11: gate.rules[0].better_by: 1 is 100 points, and no candidate is better by more; one point is 0.01",
    ),
    "a duration for a share": (
        ("at_least: 0.9", "at_least: 30s"),
        "11: gate.rules[0].at_least: '30s' is a duration, and this metric is in shares between 0 and 1",
    ),
    "a duration for money": (
        ("schema.pass, at_least: 0.9", "cost.total, at_most: 30s"),
        "11: gate.rules[0].at_most: '30s' is a duration, and this metric is in USD",
    ),
    "no duration": (
        ("schema.pass, at_least: 0.9", "latency.total, at_most: 30 sec"),
        "11: gate.rules[0].at_most: '30 sec' is no duration; write a number with ms, s, m or h, "
        "e.g. 500ms, 30s, 2m, 1h",
    ),
    "a negative bound": (
        ("schema.pass, at_least: 0.9", "latency.total, at_most: -1"),
        "11: gate.rules[0].at_most: cannot be negative; got -1",
    ),
    "a percentile of 100": (
        ("schema.pass, at_least: 0.9", "latency.total, percentile: 100, at_most: 3"),
        "11: gate.rules[0].percentile: must be less than 100; got 100",
    ),
    "a percentile of yes and no": (
        ("at_least: 0.9", "at_least: 0.9, percentile: 50"),
        "11: gate.rules[0].percentile: schema.pass is yes or no for each pair: it has no percentiles",
    ),
    "a percentile of a total": (
        ("schema.pass, at_least: 0.9", "cost.total, at_most: 9, percentile: 50"),
        "11: gate.rules[0].percentile: cost.total is one figure for a whole run: it has no percentiles",
    ),
    "a percentile of a margin": (
        ("schema.pass, at_least: 0.9", "latency.total, percentile: 50, no_worse_by: 3"),
        "11: gate.rules[0].percentile: goes with at_least or at_most, not with no_worse_by",
    ),
    "a margin of a total": (
        ("schema.pass, at_least: 0.9", "throughput.generations, no_worse_by: 1"),
        "11: gate.rules[0].no_worse_by: throughput.generations is one figure for a whole run, so pairs cannot be "
        "compared; use at_least, at_most, at_least_ratio or at_most_ratio",
    ),
    "a ratio of shares": (
        ("at_least: 0.9", "at_least_ratio: 0.9"),
        "11: gate.rules[0].at_least_ratio: schema.pass lies between 0 and 1: say no_worse_by or better_by",
    ),
    "a ratio of a percentile": (
        ("schema.pass, at_least: 0.9", "latency.total, percentile: 95, at_most_ratio: 2"),
        "11: gate.rules[0].percentile: goes with at_least or at_most, not with at_most_ratio",
    ),
    "a lead of a total": (
        ("schema.pass, at_least: 0.9", "cost.total, better_by: 1"),
        "11: gate.rules[0].better_by: cost.total is one figure for a whole run, so pairs cannot be compared; use "
        "at_least, at_most, at_least_ratio or at_most_ratio",
    ),
    "a slice of a total": (
        ("schema.pass, at_least: 0.9", "cost.total, at_most: 1, each: domain"),
        "11: gate.rules[0].each: cost.total is one figure for a whole run and has no slices",
    ),
    "two slices": (
        ("at_least: 0.9", "at_least: 0.9, domain: test, each: domain"),
        "11: gate.rules[0].each: a rule takes one of domain, tag and each; got domain, each",
    ),
    "a domain that no pair has": (
        ("at_least: 0.9", "at_least: 0.9, domain: tset"),
        "11: gate.rules[0].domain: no pair of this suite has the domain 'tset'; there are: test; did you mean 'test'?",
    ),
    "each tag of none": (
        ("at_least: 0.9", "at_least: 0.9, each: tag"),
        "11: gate.rules[0].each: no pair of this suite has a tag",
    ),
    "fields of what has none": (
        ("at_least: 0.9", "at_least: 0.9, each: field"),
        "11: gate.rules[0].each: fields belong to gold.score and parity.score; schema.pass has none",
    ),
    "alerts alone": (
        ("at_least: 0.9", "at_least: 0.9, alert: true"),
        "10: gate.rules: every rule is an alert, which passes without proof: add one that is none",
    ),
    "unknown split": (
        ("dataset: pairs.jsonl", "dataset: resume_jd@1\nsplit: heldin"),
        '4: split: no pair of resume_jd@1 has the split "heldin"; there are: heldout (12); did you mean "heldout"?',
    ),
    "a tag that builds objects": (
        ("model: m", "model: !!python/name:os.system m"),
        "5: providers.new.model: the tag !python/name:os.system is not allowed",
    ),
    "half a character": (
        ("model: m", 'model: "\\ud800"'),
        "5: providers.new.model: is not text: it holds half of a surrogate pair",
    ),
}


@pytest.mark.parametrize(("edit", "message"), CASES.values(), ids=CASES.keys())
def test_a_mistake_is_named_with_its_place(edit: tuple[str, str], message: str, tmp_path: Path) -> None:
    assert edit[0] in SUITE
    assert problems_of(write_suite(tmp_path, SUITE.replace(*edit))) == [message]


def test_a_secret_is_never_quoted(tmp_path: Path) -> None:
    text = SUITE.replace("model: m", "model: m, token: sk-very-secret")
    assert "sk-very-secret" not in "".join(problems_of(write_suite(tmp_path, text)))


def test_a_budget_needs_to_know_every_price(tmp_path: Path) -> None:
    file = write_suite(tmp_path, SUITE.replace(", cost: {per_generation: 0.5}", "") + "budget: {usd: 3}\n")
    assert problems_of(file) == [
        "5: providers.new.cost: a budget in USD needs to know what m costs; add cost: {input_per_million: …, "
        "output_per_million: …}, or another of its ways"
    ]
    assert load_suite(file, {}, only=["old"]).budget.usd == 3


def test_all_mistakes_are_reported_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = (
        SUITE.replace("small@1", "smal@1")
        .replace("model: m", 'model: "${M}"')
        .replace("kind: fake, cost: {machine", "kind: fake, timeout: 0, cost: {machine")
        .replace("candidate: new", "candidate: nw\n  confidence: 2")
        .replace(RULE, "    - {metric: schema.pss, at_least: 0.9}\n    - {metric: latency.total, at_most: []}")
        + "extra: 1\n"
    )
    lines = [problem.partition(":")[0] for problem in problems_of(write_suite(tmp_path, text))]
    assert lines == ["2", "5", "6", "8", "9", "12", "13", "14"]


def test_a_provider_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no provider of this suite is called 'nwe'; allowed: new, old; did you mean"):
        load_suite(write_suite(tmp_path), {}, only=["nwe"])


def test_mistakes_in_the_task_and_in_the_pairs_keep_their_own_files(tmp_path: Path) -> None:
    file = write_suite(tmp_path)
    write_task(tmp_path / "small@1", user="{{ resume }}")
    (tmp_path / "pairs.jsonl").write_text('{"id": "a"}\n', encoding="utf-8")
    found = problems_of(file)
    assert found[0].startswith(f"{tmp_path / 'pairs.jsonl'}:1: ")
    assert found[1].startswith(f"{tmp_path / 'small@1/user.md.j2'}:1: unknown variable 'resume'")


def test_a_prompt_that_one_pair_breaks_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    file = write_suite(tmp_path, pairs=[pair("a", domain="x|y"), pair("b", domain="xy")])
    write_task(tmp_path / "small@1", user="{{ domain.split('|')[1] }}")
    message = "task small@1: the user prompt, line 1, cannot be filled with pair 'b': list object has no element 1"
    assert problems_of(file) == [message]


def test_a_rule_for_each_field_of_a_task_without_fields(tmp_path: Path) -> None:
    file = write_suite(tmp_path, SUITE.replace("schema.pass, at_least: 0.9", "gold.score, at_least: 0.9, each: field"))
    rule = load_suite(file, {}).gate.rules[0]  # type: ignore[union-attr] # the suite has a gate
    assert (rule.each, rule.fields) == ("field", ("summary", "roles"))
    task = TASK[: TASK.index("fields:")] + TASK[TASK.index("quality:") :]
    write_task(tmp_path / "small@1", task)
    assert problems_of(file) == ["11: gate.rules[0].each: the task small@1 compares no fields"]


FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", ": the file is empty"),
    "comment": (b"# nothing\n", ": the file is empty"),
    "list": (b"- a\n", ":1: expected keys and values at the top, got a list"),
    "text": (b"hello\n", ":1: expected keys and values at the top, got a single value"),
    "tab": (b"name: a\nproviders:\n\tb: 1\n", ":3: a tab at column 1; YAML is indented with spaces"),
    "latin": ("name: a\ntask: é\n".encode("latin-1"), ":2: is not UTF-8 (byte 0xe9); save it as UTF-8"),
    "nul": (b"name: \x00\n", ":1: not YAML: unacceptable character #x0000: special characters are not allowed"),
    "two documents": (
        b"a: 1\n---\nb: 1\n",
        ":2: not YAML: expected a single document in the stream but found another document at column 1",
    ),
    "unquoted variable": (
        b"a: {b: ${C}}\n",
        ":1: not YAML: while parsing a flow mapping expected ',' or '}', but got '{' at column 9; "
        'inside { } write "${VAR}" with quotes',
    ),
    "alias of itself": (
        b"a: &x [*x]\n",
        ":1: not YAML: aliases that unfold without end, or nesting that is too deep at column 4",
    ),
    "deep": (b"a: " + b"[" * 5000, ": nested too deeply"),
    "large": (b"a: 1\n" + b"#" * 1_000_000, ": is larger than 1,000,000 bytes"),
}


@pytest.mark.parametrize(("content", "message"), FILES.values(), ids=FILES.keys())
def test_a_file_that_is_no_suite_at_all(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "suite.yaml"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_suite(file, {})
    assert str(caught.value) == f"{file}{message}"


@pytest.mark.parametrize("join", ["a{i}: &a{i} [{items}]", "a{i}: &a{i} {{<<: [{items}], x{i}: 1}}"])
def test_aliases_of_aliases_do_not_explode(join: str, tmp_path: Path) -> None:
    lines = ["a0: &a0 {x: 1}"]
    lines += [join.format(i=i, items=", ".join([f"*a{i - 1}"] * 9)) for i in range(1, 12)]
    file = tmp_path / "suite.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match="aliases that unfold without end"):
        load_suite(file, {})


def test_a_suite_that_is_not_there(tmp_path: Path) -> None:
    write_suite(tmp_path)
    with pytest.raises(InputError, match=r"no suite 'quickstrat'; .* did you mean 'quickstart'"):
        load_suite("quickstrat", {})
    with pytest.raises(InputError, match=r"no suite '.*siute.yaml'; .* did you mean 'suite.yaml'"):
        load_suite(str(tmp_path / "siute.yaml"), {})
    with pytest.raises(InputError, match="is a folder; name the suite's file"):
        load_suite(tmp_path, {})
