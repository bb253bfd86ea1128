"""Pairs out of facts."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from shortlist_datasets.derived import derived_gold
from shortlist_datasets.generator.documents import post_text, resume_text
from shortlist_datasets.generator.layout import Layout, draw_layout, gold_date
from shortlist_datasets.generator.person import LONG_GAP, Job, Person, Post, draw_person, draw_post
from shortlist_datasets.generator.professions import tables
from shortlist_datasets.pair import Pair

_CURRENCY = "a sign of money, and the place"


def generate_pairs(count: int, seed: int, split: str = "train") -> Iterator[Pair]:
    """`count` pairs, one after another; the same seed makes the same pairs, and a larger count more of the same.

    Every fact of their gold was drawn before the texts were written, so it is true by construction.
    """
    for index in range(count):
        yield _pair(seed, index, split)


def _pair(seed: int, index: int, split: str) -> Pair:
    random = Random(f"{seed}/{index}")
    everything = tables()
    profession = random.choice(everything.professions)
    person = draw_person(random, profession, everything)
    post = draw_post(random, profession, person, everything)
    layout = draw_layout(random)
    gold: dict[str, Any] = {
        "pro_output": _package(person, post, layout),
        "job_extraction": _job(post),
        "recruiter_lens": {"concerns": []},
        "job_detection": {"isJobPost": True, "isValid": True, "reason": None},
    }
    inferred = {"job_detection": "it was made as a post for one open position"}
    if post.salary:
        inferred["job_extraction.baseSalary.currency"] = _CURRENCY
    if post.seniority == "entry":
        inferred["job_extraction.seniority"] = "the title says Junior"
    for kind, why in _concerns(person, post, layout):
        inferred[f"recruiter_lens.concerns[{len(gold['recruiter_lens']['concerns'])}]"] = why
        gold["recruiter_lens"]["concerns"].append({"kind": kind})
    derived, reasons = derived_gold(gold)
    return Pair(
        id=f"gen-{seed}-{index:05}",
        domain=profession.domain,
        resume_text=resume_text(person, layout, random),
        job_description_text=post_text(post, random),
        gold=gold | derived,
        tags=("generated", f"dates-{layout.dates}", f"header-{layout.header}"),
        split=split,
        inferred=inferred | reasons,
    )


def _package(person: Person, post: Post, layout: Layout) -> dict[str, Any]:
    return {
        "bulletsByRole": [
            {
                "company": job.company,
                "title": job.title,
                "startDate": gold_date(job.start, layout.dates),
                "endDate": None if job.end is None else gold_date(job.end, layout.dates),
                "bullets": list(job.bullets),
            }
            for job in person.jobs
        ],
        "education": [
            {
                "institution": study.institution,
                "degree": study.degree,
                **({"field": study.field} if study.field else {}),
                "year": str(study.year),
            }
            for study in person.studies
        ],
        "skills": [{"category": layout.headings[2], "items": list(person.skills)}],
        "keywordChecklist": [
            {"keyword": skill, "present": skill in person.skills} for skill in (*post.must, *post.nice)
        ],
    }


def _job(post: Post) -> dict[str, Any]:
    low, high = post.salary or (0, 0)
    return {
        "title": post.title,
        "hiringOrganization": post.company,
        "jobLocation": post.place,
        "employmentType": ["PART_TIME" if post.part_time else "FULL_TIME"],
        "baseSalary": {"currency": post.currency, "minValue": low, "maxValue": high, "unitText": "YEAR"}
        if post.salary
        else None,
        "seniority": post.seniority,
        "mustHaveSkills": list(post.must),
        "niceToHaveSkills": list(post.nice),
        "responsibilities": list(post.tasks),
    }


def _concerns(person: Person, post: Post, layout: Layout) -> Iterator[tuple[str, str]]:
    lacking = [skill for skill in post.must if skill not in person.skills]
    if lacking:
        yield "missing_requirement", f"required and not shown: {', '.join(lacking)}"
    if not person.studies:
        yield "no_education", "the résumé has no education"
    if layout.dates == "year":
        return  # years alone do not say how long anything took
    gaps = [
        newer.start - older.end - 1
        for newer, older in zip(person.jobs, person.jobs[1:], strict=False)
        if older.end is not None
    ]
    if gaps and max(gaps) > LONG_GAP:
        yield "employment_gap", f"{max(gaps)} months between two jobs"
    short = [job for job in person.jobs if (tenure := _months(job)) is not None and tenure < 12]
    if len(short) > 1:
        yield "short_tenures", f"{len(short)} jobs of under a year"


def _months(job: Job) -> int | None:
    return None if job.end is None else job.end - job.start + 1
