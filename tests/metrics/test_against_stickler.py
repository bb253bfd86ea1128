"""The field comparison beside an independent one, awslabs' stickler, over gold and its corruptions.

Both align lists by the Hungarian method and score field by field. Where one finds full agreement and the other does
not, the reason is in `EXPLAINED`. The figures differ by design: stickler compares letters and we compare words; it
divides a list's sum by the longer list and we take the F1; it aligns objects by all their fields and we by their key.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from random import Random

import pytest
from scipy.stats import spearmanr

from shortlist.metrics.fields import compare_records
from support.cases import pro_output
from support.corruptions import ALL, Corruption, corrupted, whole_documents
from support.stickler_peer import theirs

SEEDS = 6
DOCUMENTS = whole_documents()[:12]  # of resume_jd@1, so that more pairs do not change what is drawn

EXPLAINED: dict[str, dict[str, str]] = {
    "headline": {"shout_headline": "stickler ignores case and white space, but not punctuation"},
    "skills": {"shout_skills": "likewise"},
    "bulletsByRole": {
        "shout_roles": "likewise",
        "add_bullet": "our count is `at_least`; stickler has no such comparison",
        "leave_out_date": "a key that is missing is null to stickler, and for a job that goes on null is right",
    },
    "keywordChecklist": {
        "shout_keywords": "punctuation",
        "add_keyword": "`unpaired: missing`: what the reference does not have costs nothing",
    },
    "matchScore": {"quote_score": "stickler reads a number out of a string"},
}


@cache
def scored() -> dict[str, list[tuple[Corruption, float, float]]]:
    """By field: each corruption with our score and stickler's."""
    found = defaultdict(list)
    rules = pro_output().fields
    for how in ALL:
        for seed in range(SEEDS):
            rng = Random(f"{how.name} {seed}")
            original = rng.choice(DOCUMENTS)
            output = corrupted(original, rng, how)
            if output is None:
                continue
            ours = compare_records(rules, output, original).fields
            others = theirs(output, original)
            for name in rules:
                found[name].append((how, ours[name], others[name]))
    return found


def test_both_find_full_agreement_in_the_same_cases_but_for_those_explained() -> None:
    for name, cases in scored().items():
        differ = {how.name for how, ours, others in cases if (ours == 1.0) != (others == 1.0)}
        assert differ == set(EXPLAINED.get(name, ())), name


@pytest.mark.parametrize("name", pro_output().fields)
def test_both_rank_the_corruptions_alike(name: str) -> None:
    """Of all corruptions but those explained: Spearman's correlation of the two scores."""
    kept = [(ours, others) for how, ours, others in scored()[name] if how.name not in EXPLAINED.get(name, ())]
    assert spearmanr([ours for ours, _ in kept], [others for _, others in kept]).statistic > 0.99


def test_a_lost_role_costs_one_part_in_n_there_and_an_f1_here() -> None:
    for original in DOCUMENTS:
        roles = original["bulletsByRole"]
        output = original | {"bulletsByRole": roles[1:]}
        ours = compare_records(pro_output().fields, output, original).fields["bulletsByRole"]
        assert ours == pytest.approx(2 * (len(roles) - 1) / (2 * len(roles) - 1))
        assert theirs(output, original)["bulletsByRole"] == pytest.approx((len(roles) - 1) / len(roles))
