"""How well the checker tells what a résumé bears out: claims labelled by hand, and mutations of true ones.

Run `pytest -s` on this file to see precision and recall; the figures that must hold are asserted. "Caught" and
precision are of the claims that no résumé bears out, which is what the metric is there to find.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from shortlist.metrics.claims import Claim, claims_of
from shortlist.metrics.grounding import Evidence
from shortlist.tasks.rules import ClaimKind, ClaimRule
from support.cases import bundled_pairs, pro_output

EVIDENCE = {pair.id: Evidence(pair.resume_text) for pair in bundled_pairs()}
TEXT = ClaimRule(fields=("text",))


def borne_out(pair: str, kind: ClaimKind, text: str) -> list[tuple[Claim, bool]]:
    """Each claim of a kind in a text, and whether the pair's résumé bears it out."""
    return [(claim, EVIDENCE[pair].bears_out(kind, claim)) for claim in claims_of(kind, TEXT, {"text": text})]


TRUE: dict[ClaimKind, dict[str, list[str]]] = {
    "employers": {
        "accountant-01": [
            "Brightloom Packaging",
            "Brightloom Packaging, LLC",
            "Harlan and DeWitt Distribution",
            "Ostrander Fox",
        ],
        "registered-nurse-01": [
            "Palo Brea Community Hospital",
            "SAGUARO VISTA MEDICAL CENTER",
            "Saguaro Vista Medical Center, Tucson",
        ],
        "electrician-01": [
            "Rogue Forks Electric Company",
            "Benny\u2019s Electric and Well",
            "Tall Firs Sawmill (White City)",
        ],
        "paralegal-01": ["Pell, Arsenault & Okafor", "Pell Arsenault and Okafor LLP", "Law Office of Benedict Tran"],
        "civil-engineer-01": [
            "Tarwater & Blythe Engineers",
            "Haulover Constructors",
            "County of Aldershaw, Department of Public Works",
        ],
        "chef-01": ["Maison Dupre-Lacaze", "La Calebasse"],
        "hr-business-partner-01": ["Brouwer & Y\u0131ld\u0131z Pharma Services", "Stichting de Zilvermeeuw"],
    },
    "institutions": {
        "accountant-01": ["Ashgrove State University"],
        "registered-nurse-01": ["Rincon Mesa University, Tucson"],
        "data-analyst-01": ["Truong Dai hoc Song Lam", "Puget Narrows University"],
        "chef-01": ["Ecole hoteliere du Val-Ferrand"],
    },
    "titles": {
        "accountant-01": ["Sr. Accountant", "senior accountant", "Audit Associate"],
        "registered-nurse-01": [
            "Charge Nurse",
            "Staff Registered Nurse",
            "Charge Nurse \u2013 Medical-Surgical/Telemetry",
        ],
        "software-engineer-01": ["Staff Software Engineer", "Software engineer", "Jr. Developer"],
        "electrician-01": ["Crew Lead", "Journeyman Electrician", "Plant Maintenance Electrician"],
        "marketing-manager-01": ["Assistant Marketing Mgr.", "Marketing Manager"],
        "paralegal-01": ["Litigation Paralegal, Senior", "Senior Litigation Paralegal"],
        "chef-01": ["Sous Chef", "Executive Chef"],
        "civil-engineer-01": ["Senior Project Manager", "Civil Engineer I"],
    },
    "degrees": {
        "accountant-01": ["B.Sc. in Accounting", "Bachelor's degree in Accounting", "BS, Accounting"],
        "registered-nurse-01": ["BSN", "B.S. in Nursing", "Bachelor of Science, Nursing", "A.A."],
        "software-engineer-01": ["Master of Science in Computer Science", "B.S. Applied Mathematics", "M.Sc."],
        "high-school-teacher-01": ["Master of Education", "Bachelor of Science"],
        "warehouse-supervisor-01": ["Associate of Science", "Associate degree in Logistics Management"],
        "hr-business-partner-01": ["MSc", "BSc in Psychology"],
        "civil-engineer-01": ["Master of Science", "Bachelor of Engineering"],
    },
    "dates": {
        "accountant-01": ["2019-03", "2016-06", "2014-12", "2014"],
        "registered-nurse-01": ["2021-05", "2016"],
        "electrician-01": ["2020-06", "2018-04"],
        "marketing-manager-01": ["2022-01", "2021-12", "2019"],
        "warehouse-supervisor-01": ["2019-03", "2012-10", "2013-01"],
        "paralegal-01": ["2019-10", "2015"],
    },
    "skills": {
        "accountant-01": [
            "Excel (Power Query)",
            "revenue recognition",
            "Reconciliation of accounts",
            "US GAAP",
            "pivot tables",
        ],
        "registered-nurse-01": ["wound-care", "Spanish", "monitoring (telemetry)", "IVs"],
        "software-engineer-01": ["JavaScript", "Postgres", "Redis / Kafka", "k8s", "NodeJS", "Amazon Web Services"],
        "warehouse-supervisor-01": ["pivot tables", "cycle counts", "Kronos"],
        "marketing-manager-01": ["A/B testing", "Google Ads and Google Analytics"],
        "electrician-01": ["bending conduit", "three-phase power", "motor control"],
    },
    "numbers": {
        "accountant-01": [
            "Kept a register of $18,600,000.",
            "Cut the close from 9 to 5 days.",
            "Filed in 11 states, 97 percent on time.",
            "Recovered $64k of use tax between 2015 and 2017.",
            "Audited clients with $10-85 million.",
            "ASC 606 and SOX 404",
        ],
        "registered-nurse-01": [
            "a thirty-four bed unit",
            "falls from 4.1 to 2.3 per 1000 patient days",
            "60 colleagues, eleven graduates",
        ],
        "software-engineer-01": ["2,400,000 payouts", "99.98 % on time", "from 1.9 s to 240 ms", "EC2 and p95"],
        "marketing-manager-01": [
            "C$3,200,000 a year",
            "$900k moved",
            "a share of 7,4 %",
            "14 dental clinics since '22",
        ],
        "warehouse-supervisor-01": [
            "thirty-eight associates",
            "a 420.000 sq ft building",
            "in 03/2019",
            "since March 2019",
        ],
        "civil-engineer-01": ["15-18 projects worth 42 million dollars", "$42M"],
    },
    "certifications": {
        "accountant-01": [
            "CPA",
            "I am a Certified Public Accountant.",
            "an active CPA license",
            "I do not hold the CMA yet.",
        ],
        "registered-nurse-01": [
            "Advanced Cardiovascular Life Support",
            "RN with a compact license",
            "BLS and ACLS certified",
        ],
        "warehouse-supervisor-01": ["forklift certification", "OSHA 30", "certified forklift trainer"],
        "electrician-01": ["OSHA 10 and NFPA 70E"],
        "civil-engineer-01": ["licensed Professional Engineer", "CFM", "PE in two states"],
        "paralegal-01": ["Notary Public", "Paralegal certificate"],
    },
}
FALSE: dict[ClaimKind, dict[str, list[str]]] = {
    "employers": {
        "accountant-01": ["Brightmoor Packaging", "Harlan & Fox LLP", "Calder Ridge Foods", "DeWitt Packaging"],
        "registered-nurse-01": ["Palo Verde Community Hospital", "Saguaro Vista Community Hospital"],
        "electrician-01": ["Rogue River Electric", "Tall Pines Sawmill"],
        "paralegal-01": ["Pell, Okafor & Tran LLP", "Worcester County Superior Court"],
    },
    "institutions": {
        "accountant-01": ["Ashgrove Community College", "Ohio State University"],
        "registered-nurse-01": ["University of Rincon Mesa", "Santa Elena University"],
    },
    "titles": {
        "accountant-01": [
            "Accounting Manager",
            "Lead Accountant",
            "Senior Staff Accountant",
            "Controller",
            "Audit Manager",
        ],
        "registered-nurse-01": ["Nurse Manager", "Senior Staff Nurse", "Nurse Practitioner", "Head Nurse"],
        "software-engineer-01": [
            "Principal Software Engineer",
            "Engineering Manager",
            "Developer",
            "Lead Software Engineer",
        ],
        "marketing-manager-01": ["Marketing Director", "Senior Marketing Manager", "Account Director"],
        "paralegal-01": ["Managing Partner", "Lead Paralegal"],
        "chef-01": ["Head Chef", "Pastry Chef"],
        "civil-engineer-01": ["Principal Engineer", "Director of Public Works"],
    },
    "degrees": {
        "accountant-01": [
            "Master of Science in Accounting",
            "MBA",
            "Bachelor of Arts",
            "Bachelor of Science in Finance",
        ],
        "registered-nurse-01": ["MSN", "Associate of Science", "Master's degree"],
        "software-engineer-01": ["PhD Computer Science", "MSc Applied Mathematics", "MBA"],
        "high-school-teacher-01": ["Ed.D.", "Master of Arts"],
        "warehouse-supervisor-01": ["Bachelor of Science", "B.S. Logistics Management"],
    },
    "dates": {
        "accountant-01": ["2019-04", "2013", "2016-07"],
        "registered-nurse-01": ["2021-06", "2010"],
        "marketing-manager-01": ["2021-01", "2023-12"],
    },
    "skills": {
        "accountant-01": ["Power BI", "lease accounting", "advanced Excel macros", "SAP"],
        "registered-nurse-01": ["CRRT", "French", "mechanical ventilation"],
        "software-engineer-01": ["Java", "C++", "GraphQL", "React", "Rust (expert)"],
        "marketing-manager-01": ["Shopify", "SMS marketing"],
    },
    "numbers": {
        "accountant-01": [
            "Kept a register of $12 million.",
            "Kept a register of $18.6k.",
            "Delivered 95% on time.",
            "Delivered 97 items.",
            "over 200 accounts",
            "recovered $640,000",
            "since 2012",
        ],
        "registered-nurse-01": ["a 43-bed unit", "falls dropped by 50%", "a hundred colleagues"],
        "software-engineer-01": ["3.4 million payouts", "99.99% on time", "SOC2 audits"],
        "marketing-manager-01": ["C$2.3 million a year", "a share of 74%", "2,900 stores"],
        "warehouse-supervisor-01": ["48 associates", "OSHA 31"],
    },
    "certifications": {
        "accountant-01": ["CMA", "Certified Internal Auditor", "PMP certification", "AWS Certified Developer"],
        "registered-nurse-01": ["CCRN certification", "PALS", "Certified Wound Care Nurse"],
        "warehouse-supervisor-01": ["Lean Six Sigma", "CDL", "OSHA 10"],
        "electrician-01": ["OSHA 30", "licensed Master Electrician"],
        "civil-engineer-01": ["PMP", "LEED AP"],
    },
}


@dataclass(frozen=True)
class Label:
    kind: ClaimKind
    pair: str
    text: str
    true: bool


LABELS = [
    Label(kind, pair, text, true)
    for true, by_kind in ((True, TRUE), (False, FALSE))
    for kind, by_pair in by_kind.items()
    for pair, texts in by_pair.items()
    for text in texts
]


@pytest.mark.parametrize("label", LABELS, ids=lambda label: f"{label.kind}-{label.pair}-{label.text}-{label.true}")
def test_a_labelled_claim(label: Label) -> None:
    found = borne_out(label.pair, label.kind, label.text)
    assert found or label.text == "I do not hold the CMA yet."
    assert all(right for _, right in found) == label.true, [claim.text for claim, right in found if right != label.true]


def test_there_are_enough_labels_of_either_kind() -> None:
    counted = Counter((label.kind, label.true) for label in LABELS)
    assert len(LABELS) >= 200
    assert set(counted) == {(kind, true) for kind in TRUE for true in (True, False)}


def test_every_fact_of_gold_is_accepted() -> None:
    accepted: Counter[bool] = Counter()
    for pair in bundled_pairs():
        for kind, rule in pro_output().grounding.items():
            for claim in claims_of(kind, rule, pair.gold["pro_output"]):
                accepted[EVIDENCE[pair.id].bears_out(kind, claim)] += 1
    assert accepted.total() > 600
    assert accepted[True] >= 0.99 * accepted.total()


# Mutations: true claims made false


def _digit_changed(text: str, chance: random.Random) -> str:
    """The text with one digit of one figure of at least two digits changed, its first digit never to 0."""
    places = [m.start() + i for m in re.finditer(r"\d{2,}", text) for i in range(len(m.group()))]
    place = chance.choice(places)
    other = chance.choice([digit for digit in "123456789" if digit != text[place]])
    return text[:place] + other + text[place + 1 :]


LEVELS = {"Bachelor": "Master", "Master": "Doctor", "Associate": "Bachelor", "BSc": "MSc", "MSc": "PhD", "B.S.": "M.S."}
LEVELS |= {"M.S.": "Ph.D.", "M.Ed.": "Ed.D.", "A.S.": "B.S.", "B.Eng.": "M.Eng."}
RANKS = ("Senior", "Lead", "Principal", "Head", "Chief", "Director,", "Vice President,")


def mutations(chance: random.Random) -> Iterator[tuple[ClaimKind, str, str]]:
    """Kind, pair, and a claim that is a true one made false."""
    pairs = bundled_pairs()
    for index, pair in enumerate(pairs):
        mine, other = pair.gold["pro_output"], pairs[(index + 1) % len(pairs)].gold["pro_output"]
        for role in mine["bulletsByRole"]:
            yield "employers", pair.id, chance.choice(other["bulletsByRole"])["company"]
            words = role["company"].split()
            strangers = [role["company"].split()[0] for role in other["bulletsByRole"]]
            foreign = chance.choice([word for word in strangers if len(word) > 3])
            yield "employers", pair.id, " ".join([foreign, *words[1:]]) if len(words) > 1 else foreign
            rank = chance.choice([rank for rank in RANKS if rank.strip(",") not in pair.resume_text])
            yield "titles", pair.id, f"{rank} {role['title']}"
            for bullet in role["bullets"]:
                if re.search(r"\d{2,}", bullet):
                    yield "numbers", pair.id, _digit_changed(bullet, chance)
        for school in mine["education"]:
            yield "institutions", pair.id, chance.choice(other["education"])["institution"]
            level = next((level for level in LEVELS if school["degree"].startswith(level)), None)
            others = {one["degree"][0] for one in mine["education"]}
            if level is not None and LEVELS[level][0] not in others:
                yield "degrees", pair.id, school["degree"].replace(level, LEVELS[level], 1)
            if school.get("year"):
                year = str(int(school["year"][:4]) - chance.randint(15, 30))
                yield "dates", pair.id, year + school["year"][4:]


def test_mutations_are_caught() -> None:
    caught: Counter[tuple[ClaimKind, bool]] = Counter()
    missed = []
    for seed in range(5):
        for kind, pair, text in mutations(random.Random(seed)):
            found = all(right for _, right in borne_out(pair, kind, text))
            caught[kind, not found] += 1
            missed += [(kind, pair, text)] if found else []
    rates = {kind: caught[kind, True] / (caught[kind, True] + caught[kind, False]) for kind in {k for k, _ in caught}}
    print({kind: (f"{rate:.3f}", caught[kind, True] + caught[kind, False]) for kind, rate in sorted(rates.items())})
    total = sum(count for (_, was), count in caught.items() if was) / caught.total()
    print(f"all {total:.3f} of {caught.total()}; missed: {sorted(set(missed))[:20]}")
    assert caught.total() > 1000
    assert total >= 0.95
    assert min(rates.values()) >= 0.93


def test_precision_and_recall_of_finding_unsupported_claims() -> None:
    table: Counter[tuple[ClaimKind, bool, bool]] = Counter()
    for label in LABELS:
        reported = not all(right for _, right in borne_out(label.pair, label.kind, label.text))
        table[label.kind, not label.true, reported] += 1
    for kind in TRUE:
        hits, missed, false = table[kind, True, True], table[kind, True, False], table[kind, False, True]
        print(f"{kind}: precision {hits}/{hits + false}, recall {hits}/{hits + missed}")
        assert hits >= 0.95 * (hits + missed)
        assert hits >= 0.95 * (hits + false)


def test_the_output_of_another_pair_is_mostly_unsupported() -> None:
    supported: Counter[tuple[bool, bool]] = Counter()
    pairs = bundled_pairs()
    for index, pair in enumerate(pairs):
        other = EVIDENCE[pairs[(index + 5) % len(pairs)].id]
        for kind, rule in pro_output().grounding.items():
            for claim in claims_of(kind, rule, pair.gold["pro_output"]):
                supported[kind in ("numbers", "dates"), other.bears_out(kind, claim)] += 1
    names, figures = (supported[of, True] / (supported[of, True] + supported[of, False]) for of in (False, True))
    print(f"names {names:.3f}, figures and dates {figures:.3f}")
    assert names < 0.03
    assert figures < 0.45  # small numbers and years are the same in many lives
