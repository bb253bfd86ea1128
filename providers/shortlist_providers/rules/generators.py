"""What the provider can make: a generator for each bundled task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from shortlist_providers.rules.application import cover_letter
from shortlist_providers.rules.detection import job_detection
from shortlist_providers.rules.envelope import assistant_result
from shortlist_providers.rules.extraction import job_extraction
from shortlist_providers.rules.match import job_match
from shortlist_providers.rules.package import pro_output
from shortlist_providers.rules.reading import Profile, Reading, read
from shortlist_providers.rules.recruiter import recruiter_lens
from shortlist_providers.rules.suggestions import skill_suggestions

Output = dict[str, Any] | str
"""A JSON object, or the text of a task that has no schema."""
Generator = Callable[[Mapping[str, str], Profile], Output]


def _of_pair(make: Callable[[Reading, Profile], Output], inputs: Mapping[str, str], profile: Profile) -> Output:
    return make(read(inputs), profile)


def _of_advert(make: Callable[[str, Profile], Output], inputs: Mapping[str, str], profile: Profile) -> Output:
    return make(inputs.get("job_description_text", ""), profile)


GENERATORS: dict[str, Generator] = {
    "assistant_result": partial(_of_pair, assistant_result),
    "cover_letter": partial(_of_pair, cover_letter),
    "job_detection": partial(_of_advert, job_detection),
    "job_extraction": partial(_of_advert, job_extraction),
    "job_match": partial(_of_pair, job_match),
    "pro_output": partial(_of_pair, pro_output),
    "recruiter_lens": partial(_of_pair, recruiter_lens),
    "skill_suggestions": partial(_of_pair, skill_suggestions),
}
"""Name of a task, without its version -> what makes its output."""
