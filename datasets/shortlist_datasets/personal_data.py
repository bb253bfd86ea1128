"""The forms of personal data in résumés, as expressions: English, Spanish, French, German and Portuguese."""

from __future__ import annotations

import re

HEAD_LINES = 14
HEAD_CHARACTERS = 700
"""How far a head reaches at most: some résumés are one long line."""
_LINES_WITHOUT_CONTACT = 4
_AFTER_CONTACT = 60
"""Characters: a longer line, or what comes later in a single one, is no address."""

EMAIL = re.compile(r"(?:mailto:)?[\w.%+'-]+(?:@|\s?[\[(](?:at|arroba)[\])]\s?)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
URL = re.compile(
    r"(?:https?://|www\.)[^\s|,;<>()\"'\]]+"
    r"|(?<![\w@.])(?:[\w-]+\.)*(?:linkedin|github|gitlab|xing|twitter|x|facebook|instagram|behance|dribbble|medium"
    r"|stackoverflow|orcid|kaggle|about)\.[\w.]*[a-z]{2,}/[^\s|,;<>()\"'\]]+",
    re.IGNORECASE,
)
HOST = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9-]+\.){1,3}(?:com|org|net|dev|io|me|info|eu|uk|ie|de|at|ch|fr|be|es|mx|br|pt|ca|us)"
    r"(?:/[^\s|,;<>()\"'\]]*)?(?![\w@-])"
)
"""A site without `https://`, as heads name them: `jane.example.org/cv`."""
_DATE = (
    r"(?:\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{2,4}|\d{4}-\d{2}-\d{2}"
    r"|\d{1,2}(?:st|nd|rd|th|er|º|\.)?\s+(?:de\s+)?[^\W\d]{3,10}\.?,?\s+(?:de\s+)?\d{4}"
    r"|[^\W\d]{3,10}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4})"
)
BIRTH = re.compile(
    r"(?P<label>\b(?:date\s+of\s+birth|birth\s?date|d\.?o\.?b\.?|born(?:\s+on)?"
    r"|fecha\s+de\s+nacimiento|nacid[oa](?:\s+el)?|f\.?\s?nac\.?|date\s+de\s+naissance|née?(?:\(e\))?\s+le"
    r"|geburtsdatum|geboren(?:\s+am)?|geb\.(?:\s+am)?"
    r"|data\s+de\s+nascimento|nascid[oa](?:\s+(?:em|a))?|nascimento)(?:\s*/\s*\w+)?\s*[:–-]?\s*)"
    rf"(?P<value>{_DATE})",
    re.IGNORECASE,
)
_ID_LABELS = (
    r"ssn|social\s+security(?:\s+(?:number|no\.?))?|passport(?:\s+(?:number|no\.?))?|national\s+id"
    r"|id\s+(?:number|no\.?|card)|dni|nie|nif|nuss|cpf|rg|niss|cartão\s+de\s+cidadão"
    r"|pasaporte|passeport|passaporte|reisepass(?:nummer)?|personalausweis(?:nummer)?|steuer-?id"
    r"|sozialversicherungsnummer|(?:(?:n°|numéro)\s+(?:de\s+)?)?sécurité\s+sociale"
    r"|driver'?s?\s+licen[cs]e\s+(?:no\.?|number|\#)|(?:compact\s+|professional\s+)?licen[cs]e\s+(?:no\.?|number|\#)"
)
ID = re.compile(
    rf"(?P<label>\b(?:{_ID_LABELS})(?!\w)\s*[:.\#]?\s*(?:no\.?|nr\.?|n[º°]\.?)?\s*:?\s*)"
    r"(?P<value>[A-Z]{0,3}[-\s]?\d[\dA-Z./-]*(?:\s\d[\dA-Z./-]*){0,6})(?!\w)",
    re.IGNORECASE,
)
"""Numbers that identify a person, where a label says so."""
PHONE_LABEL = re.compile(
    r"(?:\b(?:tel(?:[ée]fono|efon|éphone|ephone|efone)?|phone|ph|cell|mobile|m[óo]vil|portable|handy|mobil"
    r"|telem[óo]vel|celular|fax|home|work|whatsapp|call)\b|[\u260e\u2706\U0001f4de\U0001f4f1\uf028\uf095])"
    r"\.?\s*(?:no\.?|number)?\s*[:.]?\s*\(?$",
    re.IGNORECASE,
)
PHONE = re.compile(
    r"(?<![\w$€£/.,@#-])(?:\([HCMW]\):?\s*)?"
    r"(?P<number>\(?\+?\(?\d{1,4}\)?(?:(?:\s?[-./–]\s?|[ \t\u00a0]{1,2}|\s?\()?\(?[\dxX]{1,5}\)?){1,7})"
    r"(?![\w%€£]|\s?[€£$%]|[.,/-]\d)"
)
YEARS = re.compile(r"(?:19|20)\d\d\s*[-–./ ]\s*(?:(?:19|20)?\d\d)\b")
WHOLE_DATE = re.compile(
    r"(?<![\d.])(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d|(?:19|20)\d\d[./-]\d{1,2}(?:[./-]\d{1,2})?"
    r"|\d{1,2}[./](?:19|20)\d\d)(?![\d.])"
)
_POSTAL_CODE = re.compile(r"\d{4,5}-\d{3,4}")

_WORD = r"[^\W\d_][\w.'’-]*"
_STREETS = {  # what a street is called after, or before, its own name
    "en": r"street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|way|place|pl|terrace|close|crescent"
    r"|circle|parkway|pkwy|square|row|hill|highway|hwy|trail",
    "fr": r"rue|avenue|av\.|boulevard|bd|place|allée|impasse|chemin|quai|cours|route",
    "es, pt, it": r"c/|calle|avda?\.?|avenida|plaza|paseo|pza\.?|camino|ronda|rua|r\.|travessa|largo|praça|alameda"
    r"|estrada|via|viale",
    "de": r"straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|steig",
}
STREET = re.compile(
    r"(?:(?:flat|apt\.?|apartment|unit|suite)\s+\w+,?\s+)?"
    r"(?:\d{1,6}[a-z]?(?:\s?[-/]\s?\d+)?,?\s+(?:[NSEW]\.?\s+)?"
    rf"(?:{_WORD}\s+){{1,4}}?(?:{_STREETS['en']})\b\.?"
    rf"|\d{{1,4}}\s?(?:bis|ter)?,?\s+(?:{_STREETS['fr']})\s+[^\n|•·;,]{{2,40}}"
    rf"|\b(?:{_STREETS['es, pt, it']})\s*[^\n|•·;\d]{{2,40}}?,?\s*(?:n[º°.]?\s*)?\d{{1,5}}"
    r"(?:\s*[,-]?\s*\d{0,2}\s?[º°ª]\s?\w{0,4})?"
    rf"|{_WORD}(?:\s{_WORD})?(?:{_STREETS['de']})\s+\d{{1,4}}\s?[a-z]?\b"
    rf"|\b(?:{_WORD}\s)?(?:{_STREETS['de']})\s+\d{{1,4}}\s?[a-z]?\b"
    r"|\bp\.?\s?o\.?\s?box\s+\d+)",
    re.IGNORECASE,
)
_CITY = rf"{_WORD}(?:[ -]{_WORD}){{0,3}}"
POSTAL = re.compile(
    rf"{_CITY},?\s+(?:[A-Z]{{2}}|{_CITY}),?\s+\d{{5}}(?:-\d{{4}})?(?!\d)"  # Columbus, OH 43215
    rf"|{_CITY},?\s+[A-Z]{{1,2}}\d[A-Z\d]?\s?\d[A-Za-z]{{2}}\b"  # Leeds LS1 4AP
    rf"|{_CITY},?\s+[A-Z]{{2}},?\s+[A-Z]\d[A-Z]\s?\d[A-Z]\d\b"  # Toronto, ON M5V 2T6
    r"|(?<!\d)(?:[A-Z]{1,2}-)?(?:\d{5}-\d{3}|\d{4}-\d{3}|\d{4,5})"  # 28013 Madrid, 1000-001 Lisboa
    rf"\s+{_CITY}(?:\s?\([^)\n]+\))?"
)
PLACE = re.compile(rf"{_CITY},\s?(?:[A-Z]{{2}}\b|{_CITY})")
ADDRESS_LABEL = re.compile(
    r"\b(?:(?:current|permanent|local|home|mailing)\s+)?"
    r"(?:address|direcci[óo]n|domicilio|adresse|anschrift|wohnort|endereço|morada)\s*:\s*"
    r"(?P<value>[^\n|•·]{4,90}?)(?=\s{2,}|[\n|•·]|$|\s+(?:\+|tel|phone|e-?mail))",
    re.IGNORECASE,
)
TITLES = re.compile(
    r"\b(?:curriculum\s+vitae|curr[íi]culum(?:\s+vitae)?|curr[íi]culo|lebenslauf|r[ée]sum[ée]|c\.?v\.?|bewerbung|sample"
    r"|example|page\s+\d+(?:\s+of\s+\d+)?|confidential)\b(?:\s+(?:of|von)\b)?[:.]?",
    re.IGNORECASE,
)
NAME_LABEL = re.compile(
    r"^\s*(?:full\s+name|name|nombre(?:\s+y\s+apellidos)?|nom(?:\s+et\s+pr[ée]nom)?|vor-?\s?und\s+nachname"
    r"|nome(?:\s+completo)?)\s*:\s*(?P<value>.+)",
    re.IGNORECASE,
)
CREDENTIAL = re.compile(r"[A-Z]{2,6}|[A-Z][a-z]?\.(?:[A-Z][a-z]*\.?)+|Ph\.?D\.?|M\.?Ed\.?|Esq\.?|Dipl\.-\w+\.?|Ing\.?")
ORGANISATION = re.compile(
    r"[\s,]*(?:(?:&|and|y|et|und|e)\s+)?(?:\w+\s+){0,2}(?:inc|llc|llp|ltd|gmbh|ag|s\.?a\.?|s\.?l\.?|corp|co|company|group"
    r"|sons|university|college|school|hospital|bank|institute|foundation|studio|technologies|partners|associates"
    r"|filhos|hijos|fils|söhne|lda|ltda|sarl|sas|kg)\b",
    re.IGNORECASE,
)
"""What follows a name that is a firm's or a school's."""
NO_NAME = frozenset(
    """
    summary profile objective experience education skills about contact career professional personal details employment
    work history sample resume example engineer manager developer nurse teacher analyst specialist assistant director
    accountant designer consultant software senior junior lead chief officer sales marketing attorney seeker job perfil
    experiencia formacion profil formation berufserfahrung ausbildung kenntnisse formacao university college school
    master masters bachelor doctor science arts street road avenue city state phone email address innovative entry level
    marital status single married date birth telephone nationality not copy references
    journeyman electrician driver license human resources data warehouse supervisor licenses certifications
    """.split()  # noqa: SIM905 - a list would take one line a word
)
"""Words (without accents) of headings and job titles that stand where a name could."""


def head_of(resume: str) -> str:
    """Where a résumé says whose it is: its first lines, or the beginning of one that is a single line."""
    start = len(resume) - len(resume.lstrip())
    end = start
    for _ in range(HEAD_LINES):
        at = resume.find("\n", end + 1)
        at = len(resume) if at < 0 else at
        if at - start > HEAD_CHARACTERS:
            break
        end = at
    return resume[start : end if end > start else start + HEAD_CHARACTERS]


def contact_of(head: str) -> str:
    """The part of a head that holds contact data: as far as the line after its last e-mail address or telephone."""
    ends = [found.end() for found in EMAIL.finditer(head)] + [end for _, end in phones_in(head, is_head=True)]
    if not ends:
        return "\n".join(head.splitlines()[:_LINES_WITHOUT_CONTACT])[: _AFTER_CONTACT * 2]
    line_end = head.find("\n", max(ends))
    if line_end < 0:
        return head[: max(ends) + _AFTER_CONTACT * 2]
    next_end = head.find("\n", line_end + 1)
    after = head[line_end + 1 : next_end if next_end >= 0 else len(head)]
    return head[: line_end + 1] + (after if len(after) <= _AFTER_CONTACT else "")


_SCANNED = re.compile(r"(?<![\w])(?=[OolI\d]*\d)(?=[OolI\d]*[OolI])[OolI\d]{3,4}(?![\w])")


def as_scanned(head: str) -> str:
    """A head with `O` and `l` inside its short groups of figures taken for 0 and 1; every character in its place."""
    return _SCANNED.sub(lambda group: group[0].translate(_FIGURES), head)


_FIGURES = str.maketrans("OolI", "0011")


def phones_in(text: str, *, is_head: bool = False) -> list[tuple[int, int]]:
    """Where telephone numbers stand in a text. Dates, ranges of years and sums are none.

    In the head of a résumé seven digits are enough. Elsewhere it takes a `+`, or a word or sign before it that says
    what it is, or at least nine digits that are not in groups of three as those of a sum are.
    """
    found = []
    for match in PHONE.finditer(text):
        number = match["number"].rstrip(" .-–(")
        if _is_phone(number, text[max(0, match.start() - 24) : match.start()], is_head):
            found.append((match.start(), match.start("number") + len(number)))
    return found


def _is_phone(number: str, before: str, is_head: bool) -> bool:
    digits = len(re.findall(r"\d|[xX]", number))
    if not re.search(r"\d{2}", number) or digits > 16 or WHOLE_DATE.search(number):
        return False
    groups = re.findall(r"\d+", number)
    if YEARS.search(number) and not number.startswith("+"):
        return False
    if number.lstrip("(").startswith("+"):
        return digits >= 7
    if PHONE_LABEL.search(before):
        return digits >= 6
    as_a_sum = len(groups) > 1 and all(len(group) == 3 for group in groups[1:]) and "-" not in number
    if is_head:
        return digits >= (9 if as_a_sum else 7) and not _POSTAL_CODE.fullmatch(number)
    return digits >= 9 and len(groups) > 1 and not as_a_sum
