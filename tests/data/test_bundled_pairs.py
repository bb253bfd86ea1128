"""The bundled pairs: every fact of their gold is looked up in the texts it is a fact about."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from shortlist_datasets import Pair, bundled_root, load_dataset

ROOT = Path(__file__).parents[2]
DATASET = load_dataset("resume_jd@1", ROOT)
SCHEMA = json.loads((ROOT / "evals/tasks/pro_output@1/schema.json").read_text(encoding="utf-8"))
CARD = (bundled_root() / "resume_jd@1" / "card.md").read_text(encoding="utf-8")

# What leads a bullet in each résumé; electrician-01 has plain lines.
GLYPHS = {
    "accountant-01": "•",
    "registered-nurse-01": "\uf0b7",
    "software-engineer-01": "-",
    "high-school-teacher-01": "*",
    "marketing-manager-01": "➢",
    "warehouse-supervisor-01": "*",
    "data-analyst-01": "·",
    "paralegal-01": "o",
    "chef-01": "–",
    "civil-engineer-01": "‣",
    "hr-business-partner-01": "→",
}
BULLETS_OUTSIDE_ROLES = {"registered-nurse-01": 3}  # its licences

# Keywords whose support in the résumé is not literal: (what the résumé says, why that is the same).
VARIANTS = {
    ("registered-nurse-01", "bar-code scanning"): ("scanned every dose through bar-code", "verb for noun"),
    ("high-school-teacher-01", "Master's degree"): ("M.Ed.", "the degree by its abbreviation"),
    ("warehouse-supervisor-01", "labor planning"): ("plan labor", "verb for noun"),
    ("warehouse-supervisor-01", "forklift certification"): ("certified forklift trainer", "adjective for noun"),
    ("data-analyst-01", "A/B tests"): ("A/B test", "singular"),
    ("paralegal-01", "docketing"): ("keep the docket", "noun for verb"),
    ("chef-01", "ordering"): ("ordered meat, fish and produce", "past tense"),
    ("civil-engineer-01", "hydraulic modelling"): ("hydraulic models", "noun for verb"),
}

MONTHS = ["January", "February", "March", "April", "May", "June"]
MONTHS += ["July", "August", "September", "October", "November", "December"]

every_pair = pytest.mark.parametrize("pair", DATASET.pairs, ids=lambda pair: pair.id)


def norm(text: str) -> str:
    """Blind to case, white space, kinds of dash and kinds of quote."""
    text = unicodedata.normalize("NFC", text).casefold()
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
    text = re.sub(r"[\u2018\u2019]", "'", re.sub(r"[\u201c\u201d]", '"', text))
    return " ".join(text.split())


def says(text: str, words: str) -> bool:
    """Whether the words occur as whole words: "Java" is not in "JavaScript"."""
    return re.search(rf"(?<!\w){re.escape(norm(words))}(?!\w)", norm(text)) is not None


def truth(pair: Pair) -> dict[str, Any]:
    gold: dict[str, Any] = pair.gold["pro_output"]
    return gold


def role_headings(pair: Pair) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Each role with the text above its first bullet, and with its whole section, cut at the last role's end."""
    text, end = norm(pair.resume_text), 0
    for role in truth(pair)["bulletsByRole"]:
        begin = end
        first = text.index(norm(role["bullets"][0]), begin)
        for bullet in role["bullets"]:
            end = text.index(norm(bullet), end) + len(norm(bullet))
        yield role, text[begin:first], text[begin:end]


def month_forms(year: str, month: str) -> str:
    """A pattern of the ways to write one month of one year, in normalised text."""
    number = int(month)
    name = MONTHS[number - 1].lower()
    words = rf"(?:{name}|{name[:3]}\.?|{name[:4]}\.?)"
    figures = rf"(?<!\d)0?{number}[/.](?:{year}|{year[2:]})(?!\d)"
    return rf"\b{words} (?:{year}\b|'{year[2:]}\b)|{figures}|\b{year}-{month}\b"


def test_twelve_pairs_of_twelve_professions() -> None:
    assert len(DATASET.pairs) == 12
    assert len({pair.domain for pair in DATASET.pairs}) == 12
    assert len({pair.id for pair in DATASET.pairs}) == 12
    assert all(pair.id == f"{pair.domain.lower().replace(' ', '-')}-01" for pair in DATASET.pairs)
    assert DATASET.select("heldout") == DATASET.pairs


def test_the_card_describes_these_pairs() -> None:
    assert DATASET.content_hash in CARD  # a changed pair is a new version, with a card of its own
    for pair in DATASET.pairs:
        gold, words = truth(pair), [len(text.split()) for text in (pair.resume_text, pair.job_description_text)]
        bullets = sum(len(role["bullets"]) for role in gold["bulletsByRole"])
        present = [item["present"] for item in gold["keywordChecklist"]]
        row = f"{pair.domain} | {words[0]} | {words[1]} | {len(gold['bulletsByRole'])} | {bullets} |"
        assert f"| `{pair.id}` | {row} {sum(present)} of {len(present)} |" in CARD
        assert pair.tags
        assert [tag for tag in pair.tags if f"`{tag}`" not in CARD] == []
    bullets = sum(len(role["bullets"]) for pair in DATASET.pairs for role in truth(pair)["bulletsByRole"])
    roles = sum(len(truth(pair)["bulletsByRole"]) for pair in DATASET.pairs)
    flags = [item["present"] for pair in DATASET.pairs for item in truth(pair)["keywordChecklist"]]
    assert f"{roles} roles with {bullets} bullets" in CARD
    assert f"{len(flags)} keywords, {sum(flags)} of them present" in CARD


@every_pair
def test_lengths_are_those_of_real_documents(pair: Pair) -> None:
    assert 250 <= len(pair.resume_text.split()) <= 700
    assert 120 <= len(pair.job_description_text.split()) <= 350


@every_pair
def test_every_address_and_number_is_reserved_for_fiction(pair: Pair) -> None:
    text = pair.resume_text + pair.job_description_text
    hosts = re.findall(r"[\w.+-]+@([\w.-]+\w)", text)
    assert hosts
    assert set(hosts) == {"example.com"}
    assert set(re.findall(r"\b(?:[\w-]+\.)+(?:com|net|org|io|dev)\b(?!@)", text)) <= {
        "example.com",
        "github.example.com",
    }
    phones = re.findall(r"\(?\d{3}\)?[ .-]*\d{3}[ .-]\d{4}\b", pair.resume_text)
    assert phones
    assert all(re.search(r"555[ .-]01\d\d$", phone) for phone in phones)


def test_no_two_pairs_share_a_bullet_an_employer_or_a_layout() -> None:
    for key in ("bullets", "company"):
        owners: dict[str, set[str]] = {}
        for pair in DATASET.pairs:
            for role in truth(pair)["bulletsByRole"]:
                for value in role[key] if key == "bullets" else [role[key]]:
                    owners.setdefault(norm(value), set()).add(pair.id)
        assert [value for value, ids in owners.items() if len(ids) > 1] == []
    lines = [{line.strip() for line in pair.resume_text.split("\n") if line.strip()} for pair in DATASET.pairs]
    assert max(len(a & b) for i, a in enumerate(lines) for b in lines[i + 1 :]) <= 2  # at most "EDUCATION" and the like


@every_pair
def test_the_gold_is_a_part_of_a_valid_output(pair: Pair) -> None:
    gold = truth(pair)
    assert sorted(gold) == ["bulletsByRole", "education", "keywordChecklist", "skills"]
    for key, value in gold.items():
        part = {"$schema": SCHEMA["$schema"], "$defs": SCHEMA["$defs"], **SCHEMA["properties"][key]}
        jsonschema_rs.validator_for(part).validate(value)


@every_pair
def test_each_role_stands_above_its_own_bullets(pair: Pair) -> None:
    before = ""
    for role, heading, _ in role_headings(pair):
        assert says(heading, role["title"])
        assert says(heading, role["company"]) or role["company"] == before  # two roles under one name
        before = role["company"]


@every_pair
def test_no_bullet_of_a_role_is_left_out(pair: Pair) -> None:
    gold = [bullet for role in truth(pair)["bulletsByRole"] for bullet in role["bullets"]]
    assert len({norm(bullet) for bullet in gold}) == len(gold)
    glyph = GLYPHS.get(pair.id)
    if glyph is None:
        section = pair.resume_text.split("Since June 2020")[1].split("Siskiyou Valley JATC")[0]
        dates = re.compile(r" to \w+ \d{4}$")
        blocks = [block.split("\n") for block in section.strip().split("\n\n")]
        plain = [line for block in blocks for line in block if not dates.search(block[-1])]
        assert [norm(line) for line in plain] == [norm(bullet) for bullet in gold]
        return
    led = [line for line in pair.resume_text.split("\n") if re.match(rf"\s*{re.escape(glyph)}\s+\S", line)]
    assert len(led) == len(gold) + BULLETS_OUTSIDE_ROLES.get(pair.id, 0)
    for bullet in gold:
        assert norm(f"{glyph} {bullet}") in norm(pair.resume_text)
        assert not bullet.startswith(glyph)
        assert bullet == " ".join(bullet.split())


@every_pair
def test_a_bullet_ends_where_its_lines_end(pair: Pair) -> None:
    """A gold bullet that forgets its wrapped second line would stop before a line that goes on."""
    text = " ".join(pair.resume_text.replace("\n", " ¶ ").split())
    for role in truth(pair)["bulletsByRole"]:
        for bullet in role["bullets"]:
            words = r"(?: ¶)? ".join(re.escape(word) for word in bullet.split())
            found = re.search(rf"{words} ¶ (¶|\S+)", text)
            assert found, bullet
            follows = found[1]
            assert follows == "¶" or follows == GLYPHS.get(pair.id) or pair.id not in GLYPHS or follows[0].isupper()


@every_pair
def test_dates_are_in_the_heading_and_as_precise_as_there(pair: Pair) -> None:
    for role, heading, _ in role_headings(pair):
        for key in ("startDate", "endDate"):
            if role[key] is None:
                assert key == "endDate"
                assert re.search(r"\b(present|now|today|since)\b|\d{4} - *-?\s*$", heading)
                continue
            year, _, month = role[key].partition("-")
            if month:
                assert re.search(month_forms(year, month), heading), (role["title"], role[key])
            else:
                assert re.search(rf"\b{year}\b", heading)
                any_month = "|".join(month_forms(year, f"{number:02}") for number in range(1, 13))
                assert not re.search(any_month, heading)
        assert role["endDate"] is None or role["startDate"] <= role["endDate"]


@every_pair
def test_roles_and_education_are_newest_first(pair: Pair) -> None:
    roles = [(role["endDate"] or "9999", role["startDate"]) for role in truth(pair)["bulletsByRole"]]
    assert all(a >= b for a, b in pairwise(roles))
    years = [school["year"] for school in truth(pair)["education"]]
    assert years == sorted(years, reverse=True)


@every_pair
def test_education_is_in_the_resume_with_its_year_close_by(pair: Pair) -> None:
    text = norm(pair.resume_text)
    assert truth(pair)["education"]
    for school in truth(pair)["education"]:
        for key in ("institution", "degree", "field"):
            assert key not in school or says(pair.resume_text, school[key])
        year, _, month = school["year"].partition("-")
        near = [
            text[max(0, m.start() - 30) : m.end() + 120] for m in re.finditer(re.escape(norm(school["degree"])), text)
        ]
        assert any(re.search(rf"\b{year}\b", part) for part in near)
        assert not month or re.search(month_forms(year, month), text)


@every_pair
def test_skills_are_listed_under_their_heading(pair: Pair) -> None:
    for group in truth(pair)["skills"]:
        assert group["items"]
        assert len(set(group["items"])) == len(group["items"])
        for item in group["items"]:
            assert says(pair.resume_text, item)
        # "Skills" stands in where the résumé prints no heading (warehouse-supervisor-01).
        assert says(pair.resume_text, group["category"]) or group["category"] == "Skills"


@every_pair
def test_the_checklist_asks_what_the_job_description_asks(pair: Pair) -> None:
    keywords = [item["keyword"] for item in truth(pair)["keywordChecklist"]]
    assert 8 <= len(keywords) <= 14
    assert len({norm(keyword) for keyword in keywords}) == len(keywords)
    assert [keyword for keyword in keywords if not says(pair.job_description_text, keyword)] == []
    assert len({item["present"] for item in truth(pair)["keywordChecklist"]}) == 2


@every_pair
def test_present_is_true_exactly_when_the_resume_says_so(pair: Pair) -> None:
    for item in truth(pair)["keywordChecklist"]:
        literal = says(pair.resume_text, item["keyword"])
        variant = VARIANTS.get((pair.id, item["keyword"]))
        if variant:
            assert not literal  # otherwise the variant is not needed
            assert says(pair.resume_text, variant[0])
        assert item["present"] == (literal or variant is not None), item["keyword"]


def test_every_declared_variant_belongs_to_a_keyword() -> None:
    asked = {(pair.id, item["keyword"]) for pair in DATASET.pairs for item in truth(pair)["keywordChecklist"]}
    assert set(VARIANTS) <= asked


def test_the_mess_that_the_card_promises_is_there() -> None:
    tags = Counter(tag for pair in DATASET.pairs for tag in pair.tags)
    promised = {
        "wrapped-bullets",
        "no-glyphs",
        "two-roles-one-company",
        "gap",
        "no-education-heading",
        "dates-on-own-line",
    }
    assert promised <= set(tags)
    for pair in DATASET.pairs:
        companies = [role["company"] for role in truth(pair)["bulletsByRole"]]
        neighbours = any(a == b for a, b in pairwise(companies))
        once = any(pair.resume_text.count(name) == 1 for name in companies if companies.count(name) > 1)
        assert ("two-roles-one-company" in pair.tags) == (neighbours and once)
        wrapped = any(
            bullet not in pair.resume_text for role in truth(pair)["bulletsByRole"] for bullet in role["bullets"]
        )
        assert ("wrapped-bullets" in pair.tags) == wrapped
