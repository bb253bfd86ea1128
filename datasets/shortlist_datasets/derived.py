"""Gold that follows from other gold: what is known of a résumé and a job also answers the smaller tasks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_WORD = re.compile(r"\w+[+#]*")


def derived_gold(gold: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The gold of the tasks that follow from `pro_output` and `job_extraction`, and why each is true.

    job_match
        The checklist's keywords that the résumé shows, and those that it does not.
    skill_suggestions
        `learn` what the résumé does not show; `list` what it shows and its own list of skills leaves out.
    cover_letter
        Names that a letter for this job must say: the employer and the position.
    assistant_result
        Keywords that may be worked into the text: those that the résumé shows.

    A task whose sources are not there is left out. The second mapping is for `Pair.inferred`.
    """
    found: dict[str, Any] = {}
    why: dict[str, str] = {}
    checklist = gold.get("pro_output", {}).get("keywordChecklist")
    if checklist is not None:
        shown = [item["keyword"] for item in checklist if item["present"]]
        lacking = [item["keyword"] for item in checklist if not item["present"]]
        listed = [_words(item) for group in gold["pro_output"].get("skills", ()) for item in group["items"]]
        unlisted = [one for one in shown if not any(_words(one) <= item for item in listed)]
        found["job_match"] = {"matchedKeywords": shown, "missingKeywords": lacking}
        found["skill_suggestions"] = {
            "suggestions": [
                *({"skill": one, "kind": "list"} for one in unlisted),
                *({"skill": one, "kind": "learn"} for one in lacking),
            ]
        }
        found["assistant_result"] = {"keywords_added": shown}
        follows = "follows from pro_output.keywordChecklist"
        why |= {"job_match": follows, "skill_suggestions": f"{follows} and skills", "assistant_result": follows}
    job = gold.get("job_extraction", {})
    named = [job[key] for key in ("hiringOrganization", "title") if job.get(key)]
    if named:
        found["cover_letter"] = {"text": named}
        why["cover_letter"] = "follows from job_extraction"
    return found, why


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
