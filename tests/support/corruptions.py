"""Ways in which a model's output goes wrong, each with the metrics of `pro_output` that it must lower, and no other."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from shortlist.metrics.text import words
from shortlist_datasets import bundled_names, load_dataset

Document = dict[str, Any]

RADAR = ("technical", "experience", "education", "leadership", "communication", "keywordMatch")
ROLES, EDUCATION, SKILLS, KEYWORDS = "bulletsByRole", "education", "skills", "keywordChecklist"

CHECKS_OF = {
    ROLES: {"roles_match", "bullets_per_role"},
    KEYWORDS: {"keywords_complete", "keywords_true"},
    "coverLetter": {"four_paragraphs"},
    "radar": {"radar_within_10"},
}


LETTER = "Dear Quixotic,\n\nI have done this work before: {}.\n\nI would gladly do it again: {}.\n\nYours"


@dataclass(frozen=True, slots=True)
class Corruption:
    """One way to go wrong."""

    name: str
    touches: str
    """The property that it changes."""
    lowers: frozenset[str]
    """Fields and checks."""
    apply: Callable[[Document, Random], bool]
    """Changes the document in place; False when it does not apply to this one."""


ALL: list[Corruption] = []


def corruption(
    touches: str, *lowers: str
) -> Callable[[Callable[[Document, Random], bool]], Callable[[Document, Random], bool]]:
    """Registers a corruption under its function's name."""

    def register(apply: Callable[[Document, Random], bool]) -> Callable[[Document, Random], bool]:
        ALL.append(Corruption(apply.__name__, touches, frozenset(lowers), apply))
        return apply

    return register


def pick(document: Document, name: str, rng: Random) -> Any:
    """One item of a list, or None where it is empty."""
    return rng.choice(document[name]) if document[name] else None


def loudly(text: str) -> str:
    """The same words in capitals, with other punctuation."""
    return f"“{text.upper().replace(', ', ' ; ')}” …"


@corruption(ROLES, ROLES, "roles_match")
def drop_role(document: Document, rng: Random) -> bool:
    if len(document[ROLES]) < 2:
        return False
    document[ROLES].pop(rng.randrange(len(document[ROLES])))
    return True


@corruption(ROLES, ROLES, "roles_match")
def duplicate_role(document: Document, rng: Random) -> bool:
    role = pick(document, ROLES, rng)
    document[ROLES].insert(rng.randrange(len(document[ROLES]) + 1), role | {"bullets": [*role["bullets"]]})
    return True


@corruption(ROLES, ROLES, "roles_match")
def invent_role(document: Document, rng: Random) -> bool:
    role = {"company": "Quixotic", "title": "Zookeeper", "startDate": "1999", "endDate": "2000", "bullets": ["x"]}
    document[ROLES].insert(rng.randrange(len(document[ROLES]) + 1), role)
    return True


@corruption(ROLES, ROLES, "roles_match")
def rename_employer(document: Document, rng: Random) -> bool:
    pick(document, ROLES, rng)["company"] = "Quixotic Zookeepers"
    return True


@corruption(ROLES, ROLES, "roles_match")
def embellish_title(document: Document, rng: Random) -> bool:
    pick(document, ROLES, rng)["title"] += " Emeritus"
    return True


@corruption(ROLES, ROLES, "roles_match")
def leave_out_employer(document: Document, rng: Random) -> bool:
    del pick(document, ROLES, rng)["company"]
    return True


@corruption(ROLES, ROLES)
def move_date(document: Document, rng: Random) -> bool:
    pick(document, ROLES, rng)[rng.choice(("startDate", "endDate"))] = "1871-02"
    return True


@corruption(ROLES, ROLES)
def blur_date(document: Document, rng: Random) -> bool:
    places = [
        (role, end)
        for role in document[ROLES]
        for end in ("startDate", "endDate")
        if role.get(end) and len(role[end]) > 4
    ]
    if not places:
        return False
    role, end = rng.choice(places)
    role[end] = role[end][:4]
    return True


@corruption(ROLES, ROLES)
def swap_start_and_end(document: Document, rng: Random) -> bool:
    apart = [role for role in document[ROLES] if role["startDate"] != role["endDate"]]
    if not apart:
        return False
    role = rng.choice(apart)
    role["startDate"], role["endDate"] = role["endDate"], role["startDate"]
    return True


@corruption(ROLES, ROLES)
def end_the_present(document: Document, rng: Random) -> bool:
    role = pick(document, ROLES, rng)
    role["endDate"] = "2035" if role["endDate"] is None else None
    return True


@corruption(ROLES, ROLES)
def leave_out_date(document: Document, rng: Random) -> bool:
    del pick(document, ROLES, rng)["endDate"]
    return True


@corruption(ROLES, ROLES)
def write_out_the_present(document: Document, rng: Random) -> bool:
    """The word where the schema has null: not the same statement in JSON."""
    current = [role for role in document[ROLES] if role["endDate"] is None]
    if not current:
        return False
    rng.choice(current)["endDate"] = "Present"
    return True


@corruption(ROLES, ROLES, "bullets_per_role")
def lose_bullet(document: Document, rng: Random) -> bool:
    rng.choice([role for role in document[ROLES] if role["bullets"]])["bullets"].pop()
    return True


@corruption(ROLES, ROLES, "bullets_per_role")
def leave_out_bullets(document: Document, rng: Random) -> bool:
    del pick(document, ROLES, rng)["bullets"]
    return True


@corruption(ROLES)
def add_bullet(document: Document, rng: Random) -> bool:
    pick(document, ROLES, rng)["bullets"].append("Fed the lions.")
    return True


@corruption(ROLES)
def false_number_in_bullet(document: Document, rng: Random) -> bool:
    """Bullets are counted here; what they claim is the business of the family `grounding`."""
    pick(document, ROLES, rng)["bullets"][0] += " Saved $9,999,999."
    return True


@corruption(ROLES)
def shout_roles(document: Document, rng: Random) -> bool:
    for role in document[ROLES]:
        role["company"], role["title"] = loudly(role["company"]), loudly(role["title"])
    return True


@corruption(EDUCATION, EDUCATION)
def rename_school(document: Document, rng: Random) -> bool:
    entry = pick(document, EDUCATION, rng)
    if entry is None:
        return False
    entry["institution"] = "Quixotic Zoo"
    return True


@corruption(EDUCATION, EDUCATION)
def change_degree(document: Document, rng: Random) -> bool:
    entry = pick(document, EDUCATION, rng)
    if entry is None:
        return False
    entry["degree"] = "Zoology"
    return True


@corruption(EDUCATION, EDUCATION)
def invent_degree(document: Document, rng: Random) -> bool:
    document[EDUCATION].append({"institution": "Quixotic Zoo", "degree": "Zoology", "year": "1999"})
    return True


@corruption(SKILLS, SKILLS)
def drop_skill(document: Document, rng: Random) -> bool:
    found = [(group, item) for group in document[SKILLS] for item in group["items"]]
    known = [words(item) for _, item in found]
    single = [(group, item) for group, item in found if known.count(words(item)) == 1]
    if not single:
        return False
    group, item = rng.choice(single)
    group["items"].remove(item)
    return True


@corruption(SKILLS, SKILLS)
def invent_skill(document: Document, rng: Random) -> bool:
    if not document[SKILLS]:
        return False
    pick(document, SKILLS, rng)["items"].append("underwater basket weaving")
    return True


@corruption(SKILLS)
def move_skill(document: Document, rng: Random) -> bool:
    full = [group for group in document[SKILLS] if group["items"]]
    if len(full) < 2:
        return False
    source, target = rng.sample(full, 2)
    target["items"].append(source["items"].pop(rng.randrange(len(source["items"]))))
    return True


@corruption(SKILLS)
def shout_skills(document: Document, rng: Random) -> bool:
    for group in document[SKILLS]:
        group["items"] = [loudly(item) for item in group["items"]]
    return True


@corruption(KEYWORDS, KEYWORDS, "keywords_true")
def flip_keyword(document: Document, rng: Random) -> bool:
    keyword = pick(document, KEYWORDS, rng)
    keyword["present"] = not keyword["present"]
    return True


@corruption(KEYWORDS, KEYWORDS, "keywords_complete")
def drop_keyword(document: Document, rng: Random) -> bool:
    if len(document[KEYWORDS]) < 2:
        return False
    document[KEYWORDS].pop(rng.randrange(len(document[KEYWORDS])))
    return True


@corruption(KEYWORDS, KEYWORDS, "keywords_true")
def say_keyword_both_ways(document: Document, rng: Random) -> bool:
    keyword = pick(document, KEYWORDS, rng)
    document[KEYWORDS].append(keyword | {"present": not keyword["present"]})
    return True


@corruption(KEYWORDS)
def add_keyword(document: Document, rng: Random) -> bool:
    new = {"keyword": "lion taming", "present": rng.random() < 0.5}
    document[KEYWORDS].insert(rng.randrange(len(document[KEYWORDS]) + 1), new)
    return True


@corruption(KEYWORDS)
def shout_keywords(document: Document, rng: Random) -> bool:
    for keyword in document[KEYWORDS]:
        keyword["keyword"] = loudly(keyword["keyword"])
    return True


@corruption("coverLetter", "coverLetter")
def paraphrase_letter(document: Document, rng: Random) -> bool:
    said = document["coverLetter"].split(" ")
    for place in rng.sample(range(len(said)), len(said) // 5):
        said[place] = said[place][::-1] + "zq"
    document["coverLetter"] = " ".join(said)
    return True


@corruption("coverLetter", "coverLetter")
def false_number_in_letter(document: Document, rng: Random) -> bool:
    document["coverLetter"] += " I saved $9,999,999."
    return True


@corruption("coverLetter", "four_paragraphs")
def join_paragraphs(document: Document, rng: Random) -> bool:
    document["coverLetter"] = document["coverLetter"].replace("\n\n", "\n", 1)
    return True


@corruption("coverLetter", "four_paragraphs")
def split_paragraph(document: Document, rng: Random) -> bool:
    document["coverLetter"] = document["coverLetter"].replace(" ", "\n \n", 1)
    return True


@corruption("coverLetter")
def rewrap_letter(document: Document, rng: Random) -> bool:
    document["coverLetter"] = document["coverLetter"].replace(" ", "\n").replace("\n\n", "\r\n \t\r\n")
    return True


@corruption("headline", "headline")
def other_headline(document: Document, rng: Random) -> bool:
    document["headline"] += " and lion tamer"
    return True


@corruption("headline")
def shout_headline(document: Document, rng: Random) -> bool:
    document["headline"] = loudly(document["headline"])
    return True


@corruption("summary", "summary")
def false_number_in_summary(document: Document, rng: Random) -> bool:
    document["summary"] += " Saved $9,999,999."
    return True


@corruption("matchScore", "matchScore")
def inflate_score(document: Document, rng: Random) -> bool:
    document["matchScore"] += 11
    return True


@corruption("matchScore", "matchScore")
def quote_score(document: Document, rng: Random) -> bool:
    document["matchScore"] = str(document["matchScore"])
    return True


@corruption("radar", "radar", "radar_within_10")
def inflate_radar(document: Document, rng: Random) -> bool:
    document["radar"][rng.choice(RADAR)] += 11
    return True


@corruption("radar", "radar", "radar_within_10")
def leave_out_of_radar(document: Document, rng: Random) -> bool:
    del document["radar"][rng.choice(RADAR)]
    return True


@corruption("radar")
def nudge_radar(document: Document, rng: Random) -> bool:
    for name in RADAR:
        document["radar"][name] += rng.randint(-10, 10)
    return True


@corruption("warnings")
def warn(document: Document, rng: Random) -> bool:
    document["warnings"] = ["Lions are dangerous."]
    return True


def _whole_field(name: str, how: str) -> None:
    def apply(document: Document, rng: Random) -> bool:
        if not document[name]:
            return False
        if how == "delete":
            del document[name]
        else:
            document[name] = None if how == "null" else type(document[name])()
        return True

    ALL.append(Corruption(f"{how}_{name}", name, frozenset({name, *CHECKS_OF.get(name, ())}), apply))


for _name in ("headline", "summary", ROLES, EDUCATION, SKILLS, KEYWORDS, "coverLetter", "radar", "matchScore"):
    for _how in ("null", "delete", *(["empty"] if _name != "matchScore" else [])):
        _whole_field(_name, _how)


def corrupted(original: Document, rng: Random, *how: Corruption) -> Document | None:
    """A copy of the document, gone wrong in each of these ways; None when one of them does not apply."""
    output = copy.deepcopy(original)
    return output if all(one.apply(output, rng) for one in how) else None


@cache
def whole_documents() -> tuple[Document, ...]:
    """The gold of every bundled pair that states roles and keywords, with what gold does not state made up."""
    golds = [
        pair.gold["pro_output"]
        for name in bundled_names()
        if name.startswith("resume_jd@")
        for pair in load_dataset(name, Path()).pairs
        if "pro_output" in pair.gold
    ]
    return tuple(
        copy.deepcopy(dict(gold))
        | {
            "headline": f"{gold['bulletsByRole'][0]['title']}, {gold['bulletsByRole'][0]['company']}",
            "summary": " ".join(gold["bulletsByRole"][-1]["bullets"]),
            "coverLetter": LETTER.format(gold["bulletsByRole"][0]["bullets"][0], gold["bulletsByRole"][0]["title"]),
            "radar": dict.fromkeys(RADAR, 50),
            "matchScore": 50,
        }
        for gold in golds
        if gold.get("bulletsByRole") and gold.get("keywordChecklist")
    )
