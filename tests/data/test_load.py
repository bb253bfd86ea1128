"""The loader: what it accepts, what it refuses and in which words, and what moves the content hash."""

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shortlist_datasets
from shortlist_datasets import Dataset, DatasetError, Pair, bundled_names, bundled_root, load_dataset

SNAKE = {"id": "a", "resume_text": "I weld.", "job_description_text": "We weld."}
CAMEL = {"domain": "welder", "resumeText": "I weld.", "jobDescriptionText": "We weld."}


def load_text(folder: Path, text: str | bytes) -> Dataset:
    data = text.encode() if isinstance(text, str) else text
    (folder / "set.jsonl").write_bytes(data)
    return load_dataset("set.jsonl", folder)


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def refusal(folder: Path, text: str | bytes) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load_text(folder, text)
    assert str(caught.value).startswith(f"{folder / 'set.jsonl'}:")
    return caught.value


# What is accepted


def test_a_line_becomes_a_pair_and_its_defaults_are_filled_in(tmp_path: Path) -> None:
    dataset = load_text(tmp_path, lines(SNAKE))
    assert dataset.name == "set"
    assert dataset.path == tmp_path / "set.jsonl"
    assert dataset.pairs == (
        Pair(
            id="a",
            domain="unknown",
            resume_text="I weld.",
            job_description_text="We weld.",
            gold={},
            tags=(),
            split=None,
        ),
    )
    assert len({*dataset.pairs, *load_text(tmp_path, lines(SNAKE)).pairs}) == 1  # pairs can be keys


def test_every_field_of_the_file_reaches_the_pair(tmp_path: Path) -> None:
    gold = {"pro_output": {"education": []}, "job_detection": True}
    (pair,) = load_text(
        tmp_path, lines(SNAKE | {"domain": "welder", "gold": gold, "tags": ["x", "y"], "split": "dev"})
    ).pairs
    assert (pair.domain, pair.gold, pair.tags, pair.split) == ("welder", gold, ("x", "y"), "dev")


def test_a_folder_in_the_customers_format_names_its_pairs_after_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "inputs"
    folder.mkdir()
    (folder / "zoe.json").write_text(json.dumps(CAMEL, indent=2))
    (folder / "abe.JSON").write_text(json.dumps(CAMEL | {"id": "own-id"}))
    (folder / "._zoe.json").write_bytes(b"\x00\x05\x16")  # what macOS leaves behind
    (folder / "notes.txt").write_text("not a pair")
    dataset = load_dataset("inputs", tmp_path)
    assert dataset.name == "inputs"
    assert [pair.id for pair in dataset.pairs] == ["own-id", "zoe"]
    assert {pair.domain for pair in dataset.pairs} == {"welder"}


def test_a_folder_that_holds_pairs_jsonl_is_that_file(tmp_path: Path) -> None:
    folder = tmp_path / "mine@3"
    folder.mkdir()
    (folder / "pairs.jsonl").write_text(lines(SNAKE))
    by_folder, by_file = load_dataset("mine@3", tmp_path), load_dataset("mine@3/pairs.jsonl", tmp_path)
    assert by_folder == by_file
    assert (by_folder.name, by_folder.path) == ("mine@3", folder / "pairs.jsonl")


def test_an_absolute_path_does_not_depend_on_the_base(tmp_path: Path) -> None:
    load_text(tmp_path, lines(SNAKE))
    assert load_dataset(str(tmp_path / "set.jsonl"), Path("/nowhere")).pairs[0].id == "a"


def test_lines_without_id_are_numbered_as_in_the_file(tmp_path: Path) -> None:
    dataset = load_text(tmp_path, "\n" + lines(CAMEL) + "  \r\n" + lines(CAMEL))
    assert [pair.id for pair in dataset.pairs] == ["line-2", "line-4"]


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path: Path) -> None:
    plain = load_text(tmp_path, lines(SNAKE)).content_hash
    assert load_text(tmp_path, b"\xef\xbb\xbf" + lines(SNAKE).replace("\n", "\r\n").encode()).content_hash == plain


def test_only_a_newline_ends_a_line(tmp_path: Path) -> None:
    text = "one\u2028two\u0085three\x0bfour"
    row = json.dumps(SNAKE | {"resume_text": text}, ensure_ascii=False)
    assert load_text(tmp_path, row).pairs[0].resume_text == text


# Bundled names


def test_a_bundled_name_without_version_is_the_newest_one() -> None:
    newest, exact = load_dataset("resume_jd", Path("/nowhere")), load_dataset("resume_jd@1", Path("/nowhere"))
    assert newest.name in bundled_names()
    assert exact.name == "resume_jd@1"
    assert exact.path == bundled_root() / "resume_jd@1" / "pairs.jsonl"
    assert newest.name == max((n for n in bundled_names() if n.startswith("resume_jd@")), key=lambda n: int(n[10:]))


def test_version_ten_is_newer_than_version_nine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("9", "10", "2"):
        folder = tmp_path / f"toy@{version}"
        folder.mkdir()
        (folder / "pairs.jsonl").write_text(lines(SNAKE | {"id": f"v{version}"}))
    (tmp_path / "empty@1").mkdir()
    monkeypatch.setattr("shortlist_datasets.load.bundled_root", lambda: tmp_path)
    assert bundled_names() == ("toy@2", "toy@9", "toy@10")
    assert load_dataset("toy", tmp_path).pairs[0].id == "v10"
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "mine.json").write_text(json.dumps(CAMEL))
    assert load_dataset("toy", tmp_path).name == "toy@10"  # the bundled name wins …
    assert load_dataset("./toy", tmp_path).pairs[0].id == "mine"  # … unless it is written as a path


def test_an_installed_package_reads_what_travels_inside_it(tmp_path: Path) -> None:
    package = tmp_path / "site" / "shortlist_datasets"
    package.mkdir(parents=True)
    for source in Path(shortlist_datasets.__file__).parent.glob("*.py"):
        (package / source.name).write_bytes(source.read_bytes())
    inside = package / "_bundled" / "resume_jd@1"
    inside.mkdir(parents=True)
    (inside / "pairs.jsonl").write_bytes((bundled_root() / "resume_jd@1" / "pairs.jsonl").read_bytes())
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; import shortlist_datasets as d;"
        "print(d.bundled_root()); print(d.load_dataset('resume_jd', Path()).content_hash)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "site")], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [
        str(package / "_bundled"),
        load_dataset("resume_jd@1", Path()).content_hash,
    ]


# The content hash

texts = st.text(min_size=1).filter(str.strip)
ids = st.text("abcdefg-_.éß0123456789", min_size=1, max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
rows = st.lists(
    st.fixed_dictionaries(
        {"id": ids, "resume_text": texts, "job_description_text": texts},
        optional={
            "domain": texts,
            "gold": st.dictionaries(st.text(), json_values, max_size=2),
            "tags": st.lists(st.text().filter(lambda tag: not tag.startswith("empty-")), max_size=3),
            "split": st.none() | texts,
        },
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda row: str(row["id"]),
)


def backwards(value: Any) -> Any:
    """The same JSON value with every object's keys in the opposite order."""
    if isinstance(value, dict):
        return {key: backwards(inner) for key, inner in reversed(value.items())}
    return [backwards(inner) for inner in value] if isinstance(value, list) else value


def respell(row: dict[str, Any]) -> dict[str, Any]:
    """The same pair with the product's keys, in the opposite order."""
    camel = {"resume_text": "resumeText", "job_description_text": "jobDescriptionText"}
    return {camel.get(key, key): value for key, value in backwards(row).items()}


@given(pairs=rows, data=st.data())
def test_the_hash_depends_on_the_pairs_and_not_on_how_the_file_is_written(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[dict[str, Any]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("hash")
    wanted = load_text(folder, lines(*pairs))
    shuffled = data.draw(st.permutations(pairs))
    loose = "\n\n".join(json.dumps(respell(row), separators=(" ,  ", " :\t")) for row in shuffled)
    rewritten = load_text(folder, loose)
    assert rewritten.content_hash == wanted.content_hash
    assert sorted(rewritten.pairs, key=lambda p: p.id) == sorted(wanted.pairs, key=lambda p: p.id)

    apart = folder / "apart"
    apart.mkdir()
    for number, row in enumerate(shuffled):
        (apart / f"{number}.json").write_text(json.dumps(respell(row), indent=3))
    assert load_dataset("apart", folder).content_hash == wanted.content_hash


@given(pairs=rows, data=st.data())
def test_any_changed_value_changes_the_hash(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[dict[str, Any]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("hash")
    before = load_text(folder, lines(*pairs)).content_hash
    row = data.draw(st.sampled_from(pairs))
    key = data.draw(st.sampled_from(["id", "domain", "resume_text", "job_description_text", "gold", "tags", "split"]))
    if key == "gold":
        row[key] = {**row.get(key, {}), "\u0000new": 1}
    elif key == "tags":
        row[key] = [*row.get(key, []), "more"]
    else:
        row[key] = (row.get(key) or ("unknown" if key == "domain" else "")) + "~"
    assert load_text(folder, lines(*pairs)).content_hash != before


def test_white_space_inside_a_text_and_a_missing_pair_change_the_hash(tmp_path: Path) -> None:
    other = SNAKE | {"id": "b"}
    hashes = {
        load_text(tmp_path, text).content_hash
        for text in (
            lines(SNAKE, other),
            lines(SNAKE),
            lines(other),
            lines(SNAKE, other | {"resume_text": "I  weld."}),
            lines(SNAKE, other | {"resume_text": "I weld.\n"}),
        )
    }
    assert len(hashes) == 5


# Splits


def test_a_split_is_selected_in_order(tmp_path: Path) -> None:
    marked = [SNAKE | {"id": i, "split": s} for i, s in (("c", "test"), ("a", "dev"), ("b", "test"))]
    dataset = load_text(tmp_path, lines(*marked))
    assert [pair.id for pair in dataset.select("test")] == ["c", "b"]
    assert dataset.select(None) == dataset.pairs
    with pytest.raises(DatasetError, match=r'set has the split "tset"; there are: dev \(1\), test \(2\); did you'):
        dataset.select("tset")


def test_a_set_without_splits_says_so(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match='its pairs name no split: leave "split" out'):
        load_text(tmp_path, lines(SNAKE)).select("heldout")


# Refusals


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("resum_jd", 'did you mean "resume_jd"?'),
        ("resume_jd@999", 'did you mean "resume_jd@'),
        ("./sett.jsonl", 'did you mean "set.jsonl"?'),
        ("no/such/place", "bundled: job_texts@1, resume_jd@1, resume_jd@2;"),
        ("", "bundled: job_texts@1, resume_jd@1, resume_jd@2;"),
        ("  ", "bundled: job_texts@1, resume_jd@1, resume_jd@2;"),
    ],
)
def test_a_name_that_leads_nowhere_is_answered_with_the_names_that_exist(tmp_path: Path, ref: str, words: str) -> None:
    load_text(tmp_path, lines(SNAKE))
    with pytest.raises(DatasetError) as caught:
        load_dataset(ref, tmp_path)
    assert f'no dataset "{ref}"' in str(caught.value)
    assert words in str(caught.value)
    assert "resume_jd@1" in str(caught.value)
    assert ref.strip() or "did you mean" not in str(caught.value)  # nothing was meant


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"resume_text": None}, '"resume_text" must be a string, got null'),
        ({"resume_text": ["I weld."]}, '"resume_text" must be a string, got an array'),
        ({"job_description_text": " \n\t"}, '"job_description_text" is empty'),
        ({"domain": ""}, '"domain" is empty'),
        ({"split": ""}, '"split" is empty'),
        ({"split": 1}, '"split" must be a string, got a number'),
        ({"gold": []}, '"gold" must be an object, got an array'),
        ({"tags": "one"}, '"tags" must be an array, got a string'),
        ({"tags": ["one", 2]}, '"tags.1" must be a string, got a number'),
        ({"id": True}, '"id" must be a string, got a boolean'),
        ({"id": ""}, '"id" has 0 characters; allowed are 1 to 200'),
        ({"id": "x" * 201}, '"id" has 201 characters; allowed are 1 to 200'),
        ({"id": "a/b"}, "\"id\" 'a/b' holds '/'"),
        ({"id": "a#b"}, "\"id\" 'a#b' holds '#'"),
        ({"id": "a b"}, "\"id\" 'a b' holds ' '"),
        ({"id": "a\u00a0b"}, "holds '\\xa0'"),
        ({"id": "a\u0007b"}, "holds '\\x07'"),
        ({"id": "a\u202eb"}, "holds '\\u202e'"),
        ({"resumeText": "I weld."}, '"resume_text" and "resumeText" are two spellings of one key'),
        ({"jobDescriptionText": "x"}, '"job_description_text" and "jobDescriptionText" are two spellings'),
        ({"Tags": []}, 'unknown key "Tags", did you mean "tags"?'),
        (
            {"messages": []},
            "(allowed: domain, gold, id, inferred, injection, jobDescriptionText, job_description_text, resumeText,",
        ),
    ],
)
def test_a_faulty_key_is_named_with_its_line(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    error = refusal(tmp_path, lines(SNAKE | {"id": "first"}, SNAKE | change))
    assert words in str(error)
    assert error.line == 2


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("resumetext", "resumeText"),
        ("resume_txt", "resume_text"),
        ("resume-text", "resumeText"),
        ("job_desc_text", "job_description_text"),
        ("jobDescription", "jobDescriptionText"),
    ],
)
def test_a_misspelt_text_key_is_unknown_first_and_missing_second(tmp_path: Path, wrong: str, meant: str) -> None:
    short = "resume" if "resume" in wrong else "job"
    row = {key: value for key, value in SNAKE.items() if not key.startswith(short)} | {wrong: "text"}
    message = refusal(tmp_path, lines(row)).message
    assert message.startswith(f'unknown key "{wrong}", did you mean "{meant}"?')
    assert f'; missing key "{"resume_text" if short == "resume" else "job_description_text"}"' in message


def test_the_longest_id_and_foreign_letters_are_allowed(tmp_path: Path) -> None:
    assert load_text(tmp_path, lines(SNAKE | {"id": "é" * 200})).pairs[0].id == "é" * 200


@pytest.mark.parametrize(
    ("bad", "words", "line"),
    [
        ('{"id": "b",', "not JSON: Expecting property name", 2),
        ("not json", "not JSON: Expecting value at column 1; a JSONL file has one whole object on each line", 2),
        ("{} {}", "not JSON: Extra data at column 4", 2),
        ("[1, 2]", "a pair is an object, got an array", 2),
        ("null", "a pair is an object, got null", 2),
        ('{"gold": {"t": NaN}}', "NaN is not a JSON number", 2),
        ('{"gold": {"t": [-Infinity]}}', "-Infinity is not a JSON number", 2),
        ('{"gold": {"t": Infinity}}', "Infinity is not a JSON number", 2),
        ('{"gold": {"t": 1e999}}', "the number 1e999 is too large", 2),
        ('{"id": "b", "id": "c"}', 'the key "id" is given twice in one object', 2),
        ('{"gold": {"t": {"x": 1, "x": 2}}}', 'the key "x" is given twice in one object', 2),
        ('{"resume_text": "\\ud83d"}', "\\ud83d is half of a surrogate pair", 2),
        ("[" * 100_000, "nested too deeply", 2),
        ('{"gold": {"t": ' + "9" * 5000 + "}}", "not JSON", 2),
    ],
)
def test_what_is_not_strict_json_is_refused_with_its_line(tmp_path: Path, bad: str, words: str, line: int) -> None:
    error = refusal(tmp_path, lines(SNAKE) + bad + "\n")
    assert words in str(error)
    assert error.line == line
    assert str(error).startswith(f"{tmp_path / 'set.jsonl'}:{line}: ")


def test_a_fault_in_a_file_of_the_folder_names_that_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(CAMEL))
    (tmp_path / "b.json").write_text('{\n  "domain": "x",\n  "resumeText": \n}')
    with pytest.raises(DatasetError, match="Expecting value") as caught:
        load_dataset(".", tmp_path)
    assert (caught.value.path, caught.value.line) == (tmp_path / "b.json", 4)
    (tmp_path / "b.json").write_text(json.dumps(CAMEL | {"domain": 3}))
    with pytest.raises(DatasetError) as caught:
        load_dataset(".", tmp_path)
    assert str(caught.value) == f'{tmp_path / "b.json"}: "domain" must be a string, got a number'


def test_every_faulty_pair_is_named_at_once(tmp_path: Path) -> None:
    good, bad = json.dumps({"resumeText": "a", "jobDescriptionText": "b"}), '{"resumeText": ""}'
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join([good, bad, good, "{", bad, *[bad] * 9]))
    with pytest.raises(DatasetError, match=r"and 11 more faulty: line 4, line 5, .*, line 11 …") as told:
        load_dataset("mine.jsonl", tmp_path)
    assert told.value.line == 2
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, text in {"a": good, "b": bad, "c": "{"}.items():
        (folder / f"{name}.json").write_text(text)
    with pytest.raises(DatasetError, match=r"and 1 more faulty: c\.json") as told:
        load_dataset("folder", tmp_path)
    assert told.value.path.name == "b.json"


def test_a_file_name_that_cannot_be_an_id_asks_for_one(tmp_path: Path) -> None:
    (tmp_path / "jane doe.json").write_text(json.dumps(CAMEL))
    with pytest.raises(DatasetError, match=r"no \"id\" was given, so the file's name is the id; add one"):
        load_dataset(".", tmp_path)
    (tmp_path / "jane doe.json").write_text(json.dumps(CAMEL | {"id": "jane"}))
    assert load_dataset(".", tmp_path).pairs[0].id == "jane"


def test_an_id_used_twice_names_both_places(tmp_path: Path) -> None:
    error = refusal(tmp_path, lines(SNAKE, SNAKE | {"id": "b"}) + "\n" + lines(SNAKE))
    assert error.message == 'the id "a" is used twice: in line 1 and in line 4'
    assert error.line == 4
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("x.json", "y.json"):
        (folder / name).write_text(json.dumps(CAMEL | {"id": "same"}))
    with pytest.raises(DatasetError, match=r'"same" is used twice: in x\.json and in y\.json'):
        load_dataset("folder", tmp_path)


def test_a_default_id_can_clash_with_a_written_one(tmp_path: Path) -> None:
    assert 'the id "line-2" is used twice' in str(refusal(tmp_path, lines(SNAKE | {"id": "line-2"}, CAMEL)))


@pytest.mark.parametrize("nothing", ["", "\n \n\t\n", "\ufeff"])
def test_an_empty_file_is_refused(tmp_path: Path, nothing: str) -> None:
    assert "holds no pairs" in str(refusal(tmp_path, nothing))


def test_an_empty_folder_is_refused_and_a_jsonl_beside_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    with pytest.raises(DatasetError, match=r"neither pairs\.jsonl nor a \.json file$"):
        load_dataset("deeper", tmp_path)
    (tmp_path / "deeper" / "heldout.jsonl").write_text(lines(SNAKE))
    with pytest.raises(DatasetError, match=r"name the file itself: heldout\.jsonl"):
        load_dataset("deeper", tmp_path)


def test_bytes_that_are_not_utf8_are_located(tmp_path: Path) -> None:
    good = lines(SNAKE).encode()
    error = refusal(tmp_path, good + b'{"id": "b", "resume_text": "caf\xe9"}')
    assert error.line == 2
    assert f"byte 0xe9 at offset {len(good) + 31}" in str(error)
    assert "offset 0" in str(refusal(tmp_path, lines(SNAKE).encode("utf-16")))


def test_a_file_that_cannot_be_opened_is_a_dataset_error(tmp_path: Path) -> None:
    (tmp_path / "loop.jsonl").symlink_to(tmp_path / "loop.jsonl")
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    for ref in ("loop.jsonl", "gone.json", "x" * 300):
        with pytest.raises(DatasetError):
            load_dataset(ref, tmp_path)


def test_the_error_survives_pickling(tmp_path: Path) -> None:
    error = refusal(tmp_path, "{")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.message, again.path, again.line) == (str(error), error.message, error.path, error.line)


# The package


def test_all_is_sorted_complete_and_light() -> None:
    assert list(shortlist_datasets.__all__) == sorted(shortlist_datasets.__all__)
    assert all(hasattr(shortlist_datasets, name) for name in shortlist_datasets.__all__)
    code = "import sys, shortlist_datasets; print(*sorted({'pydantic', 'orjson', 'shortlist'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
