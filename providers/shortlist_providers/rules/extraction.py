"""job_extraction: what a job post says, as data."""

from __future__ import annotations

import re
from typing import Any, Final

from shortlist_providers.rules.advert import Advert, Ask, parse_advert
from shortlist_providers.rules.advert_words import DUTIES, PLACE_LABEL, PREFERRED, REQUIRED
from shortlist_providers.rules.keywords import rank_keywords
from shortlist_providers.rules.lines import fold, squeeze, to_lines
from shortlist_providers.rules.pay import base_salary
from shortlist_providers.rules.reading import Profile
from shortlist_providers.rules.scores import years_asked
from shortlist_providers.rules.top import tidy_place

_READ = 20_000
"""Characters of a post that are looked at for the kind of contract, the place and the grade."""
_TYPES: Final = (
    ("FULL_TIME", r"full[- ]?time|whole time|(?:tiempo|jornada) complet[ao]|plein temps|temps (?:plein|complet)"
                  r"|vollzeit"
                  r"|tempo (?:integral|inteiro|completo)|periodo integral|40 hours per week|39 ?h\b"
                  r"|35 ?h(?:eures)?\b"),
    ("PART_TIME", r"part[- ]?time|media jornada|(?:tiempo|jornada) parcial|medio tiempo|temps partiel|mi-temps"
                  r"|teilzeit"
                  r"|(?:meio|tempo) (?:periodo|parcial)|part-time"),
    ("CONTRACTOR", r"contractor|freelance\w*|self-employed|1099|autonom[oa]|prestacion de servicios|independant"
                   r"|freiberuflich"
                   r"|honorarbasis|\bpj\b|recibos verdes"),
    ("TEMPORARY", r"temporary|temp\b|fixed[- ]term|seasonal|maternity cover|temporal\b|por temporada|eventual"
                  r"|\bcdd\b|interim\w*"
                  r"|saisonni\w+|remplacement|befristet|aushilfe|elternzeitvertretung|temporari[oa]|contrato a termo"
                  r"|sazonal"
                  r"|\d+[- ]month contract|term appointment"),
    ("INTERN", r"\binternship\b|\bintern\b|practicas|becari[oa]|pasantia|\bstage\b(?! manager)|stagiaire|alternance"
               r"|praktikum|praktikant\w*|werkstudent\w*|estagio|estagiari[oa]"),
    ("VOLUNTEER", r"\bvolunteer\b|voluntari[oa]|benevole|benevolat|ehrenamt\w*"),
    ("PER_DIEM", r"per diem|\bprn\b|on[- ]call basis|as needed|zero[- ]hours?|auf abruf"),
)  # fmt: skip
_TYPE_PATTERNS = tuple((name, re.compile(rf"(?<![\w-])(?:{pattern})(?!\w)")) for name, pattern in _TYPES)
_UNBOUND = re.compile(r"unbefristet")
_GRADES: Final = (
    ("intern", r"intern|internship|praktikant\w*|praktikum|becari[oa]|stagiaire|stage|estagi\w+|werkstudent\w*"
               r"|pasante|alternant\w*"),
    ("executive", r"chief|ceo|cfo|cto|coo|vp|vice[- ]president\w*|(?:managing|general|executive|medical|finance"
                  r"|operations|sales"
                  r"|marketing|it|hr) director|director (?:of|general|de|ejecutivo)|directeur (?:general|de|des|du)"
                  r"|directrice"
                  r"|geschaftsfuhr\w+|direktor\w*|diretor\w*|head of school"),
    ("lead", r"lead|leader|manager|supervisor\w*|head|foreman|forewoman|superintendent|charge nurse|jef[ea]|lider"
             r"|encargad[oa]"
             r"|responsable|chef(?:fe)? (?:de|d'|du)\b.*|gerente|coordenador\w*|encarregad[oa]|\w*leit(?:er|erin"
             r"|ung)|meister"
             r"|teamlead\w*|capataz|sous[- ]chef|executive chef|chefe|lider|gestor\w*|superviseur\w*|polier"),
    ("senior", r"senior|sr|sen(?:ior)?|principal|staff engineer|experte?|confirmee?|pleno|specialist [iv]+"),
    ("entry", r"junior|jr|trainee|graduate|entry[- ]level|apprentice\w*|aprendiz|apprenti\w*|auszubildende\w*|azubi"
              r"|ausbildung"
              r"|auxiliar|helper|ayudante|ajudante|aushilfe|helfer\w*|debutant\w*|berufseinsteiger\w*"),
)  # fmt: skip
_GRADE_PATTERNS = tuple((name, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")) for name, pattern in _GRADES)
_BEGINNER = re.compile(
    r"no (?:prior |previous )?experience (?:needed|required|necessary)|will train|we train"
    r"|training (?:is )?(?:provided|given)"
    r"|sin experiencia|no (?:se requiere|es necesaria) experiencia|debutants? accepte\w*|sans experience"
    r"|ohne (?:vor)?kenntnisse"
    r"|quereinsteiger|sem experiencia|nao e necessaria experiencia"
)
_LEAD_IN = re.compile(
    r"^(?:(?:you (?:have|hold|are|bring|need|will need|must have|must be)|must (?:have|be)|have|be|we (?:need"
    r"|ask for|expect))\s+)?"
    r"(?:an?\s+|the\s+)?(?:(?:strong|solid|good|excellent|proven|working|hands-on|sound|some|basic|in-depth|deep"
    r"|prior|previous"
    r"|demonstrated|advanced)\s+)*(?:knowledge|understanding|experience|familiarity|proficiency|skills?|command"
    r"|fluency|work)"
    r"\s+(?:of|with|in|using|on|as|at)\s+",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*\([^()]{0,120}\)")
_MOST_WORDS = 9
_MOST_SKILLS, _MOST_DUTIES = 25, 30


def job_extraction(text: str, profile: Profile) -> dict[str, Any]:
    """What the post in `text` says. `keywords` gives only title, employer and the ranked keywords."""
    advert = parse_advert(text)
    output: dict[str, Any] = {
        "title": advert.title or _first_line(advert.text) or "Not stated",
        "hiringOrganization": advert.company or None,
        "jobLocation": None,
        "employmentType": [],
        "baseSalary": None,
        "seniority": None,
        "mustHaveSkills": [keyword.text for keyword in rank_keywords(advert)],
        "niceToHaveSkills": [],
        "responsibilities": [],
    }
    if profile == "keywords":
        return output
    must = _skills(advert.asks, REQUIRED)
    nice = [item for item in _skills(advert.asks, PREFERRED) if item not in must]
    return output | {
        "jobLocation": _place(advert),
        "employmentType": _types(advert.text),
        "baseSalary": base_salary(advert.text),
        "seniority": seniority_of(advert.title, advert.text, years_asked(advert)),
        "mustHaveSkills": (must or [word for word in output["mustHaveSkills"] if word not in nice])[:_MOST_SKILLS],
        "niceToHaveSkills": nice[:_MOST_SKILLS],
        "responsibilities": _duties(advert.asks)[:_MOST_DUTIES],
    }


def seniority_of(title: str, text: str, years: int | None = None) -> str | None:
    """The grade that a title names, else the one that the years asked, or the text, imply."""
    folded = fold(title)
    for grade, pattern in _GRADE_PATTERNS:
        if pattern.search(folded):
            return grade
    if years is not None:
        return "entry" if years <= 1 else "senior" if years >= 8 else "mid"
    return "entry" if _BEGINNER.search(fold(text[:_READ])) else None


def _types(text: str) -> list[str]:
    folded = _UNBOUND.sub("", fold(text[:_READ]))
    return [name for name, pattern in _TYPE_PATTERNS if pattern.search(folded)]


def _place(advert: Advert) -> str | None:
    """What a label says, else what stands beside the position or the employer at the top."""
    for line in to_lines(advert.text[:_READ])[:60]:
        label = PLACE_LABEL.match(fold(line.text))
        if label:
            return tidy_place(line.text[label.start("place") : label.end("place")]) or None
    return advert.place or None


def _skills(asks: tuple[Ask, ...], section: float) -> list[str]:
    """Requirements or wishes as short items, in the post's words."""
    found: list[str] = []
    for ask in asks:
        wanted = ask.section == section or (
            section == REQUIRED and ask.weight == REQUIRED and ask.section not in (PREFERRED, DUTIES)
        )
        if wanted:
            found.extend(item for part in _split(ask) if (item := _shortened(part)))
    return list(dict.fromkeys(found))


def _split(ask: Ask) -> list[str]:
    """A bullet is one item; a sentence that only lists is cut at its commas."""
    text = ask.text.strip(" .;")
    listed = text.count(",") >= 2 and all(len(part.split()) <= 5 for part in re.split(r",|;", text))
    if ask.item and not listed:
        return [text]
    text = re.sub(r"^[^:]{3,40}:\s+", "", text)
    if listed or (not ask.item and "," in text):
        return re.split(
            r"\s*[,;]\s+(?:and |or |y |e |et |ou |und |oder )?|\s+(?:and|y|et|und)\s+(?=[^,;]{2,40}$)", text
        )
    return [text]


def _shortened(text: str) -> str:
    text = squeeze(text).strip(" .,;:")
    if len(text.split()) > _MOST_WORDS:
        lead = _LEAD_IN.match(text)
        text = text[lead.end() :] if lead and len(text) - lead.end() > 2 else text
    words = text.split()
    return " ".join(words[:14]).strip(" .,;:") if any(map(str.isalnum, text)) else ""


def _duties(asks: tuple[Ask, ...]) -> list[str]:
    """The lines of the section that says what will be done; without one, the sentences that tell the reader so."""
    found = [squeeze(ask.text).strip(" .;") for ask in asks if ask.section == DUTIES]
    if any(ask.item for ask in asks if ask.section == DUTIES):
        found = [squeeze(ask.text).strip(" .;") for ask in asks if ask.section == DUTIES and ask.item]
    if not found:
        told = re.compile(
            r"^(?:you(?:'ll| will)|du wirst|sie (?:werden|ubernehmen)|vous (?:serez|aurez|assurez|etes charge))\b"
        )
        found = [squeeze(ask.text).strip(" .;") for ask in asks if told.match(fold(ask.text).replace("’", "'"))]
    return [item for item in dict.fromkeys(found) if any(map(str.isalnum, item))]


def _first_line(text: str) -> str:
    first = next((squeeze(line.text) for line in to_lines(text[:2000])), "")
    return " ".join(first.split()[:12])
