"""What an advert in Spanish, French, German or Portuguese asks for, as phrases; `keywords` ranks them."""

from __future__ import annotations

import re

from shortlist_providers.rules.advert_words import DUTIES, PREFERRED, REQUIRED
from shortlist_providers.rules.foreign_words import CONNECTORS, STOPWORDS
from shortlist_providers.rules.lines import fold, squeeze

_ASKED = re.compile(
    r"(?:(?:se (?:requiere|valora\w*|precisa)|imprescindible|indispensable|deseable|valorable|requisitos?|atouts?"
    r"|de preference|idealerweise|idealmente|wunschenswert|von vorteil|desejavel|obrigatorio|tener|poseer|avoir"
    r"|posseder"
    r"|ter|possuir)\s*:?\s+)?"
    r"(?:(?:buen|buena|buenos|solid\w*|ampli\w*|alto|sehr|gute[rsn]?|fundierte|sicher\w*|erste|mehrjahrige"
    r"|einschlagige"
    r"|abgeschlossene[sn]?|bonn?es?|excellente?s?|tres|parfaite|boa|boas|bons?|bom|otim\w+|avanzad\w+|confirmee?"
    r"|minimo|minima|al menos|au moins|mindestens|pelo menos)\s+)*"
    r"(?:(?:\d{1,2}|uno|dos|tres|cuatro|cinco|deux|trois|quatre|cinq|zwei|drei|vier|funf|dois|quatro)\s+"
    r"(?:anos|ans|annees|jahren?)\s+(?:de |d'|del? )?)?"
    r"(?:(?:experi[ae]nci?e?a?s?|conocimientos?|dominio|manejo|nivel|titulo|titulacion|uso|habilidad|capacidad"
    r"|maitrise"
    r"|connaissances?|pratique|notions?|expertise|aisance|capacite|kenntnisse|erfahrung(?:en)?|umgang|grundkenntnisse"
    r"|fahigkeit|berufserfahrung|conhecimentos?|dominio|vivencia|capacidade|facilidade|formacao|formacion|formation"
    r"|diplome"
    r"|ausbildung|studium)"
    r"(?:\s+(?:minima?|previa?|demostrable|comprobable|comprovada|avanzad\w+|basic\w+|solid\w+|reussie|confirmee"
    r"|similaire"
    r"|de \d{1,2} (?:anos|ans|jahre)))*"
    r"\s+(?:de la |de l'|del |de los |de las |du |des |de |d'|en el |en |con |como |sobre |para |dans |avec |sur "
    r"|in der |im |in "
    r"|mit |von |als |zum |zur |em |com |na |no |do |da |dos |das ))?"
)
"""What opens a requirement before the thing that is required."""
_DONE = re.compile(
    r"(?:liquidacion|atencion|armado|elaboracion|realizacion|gestion|control|seguimiento|preparacion|apoyo|analisis"
    r"|coordinacion|supervision|mantenimiento|registro|emision|revision|redaction|realisation|suivi|preparation"
    r"|participation"
    r"|elaboration|mise en place|mise en œuvre|accueil|tenue|traitement|saisie|accompagnement|elaboracao"
    r"|acompanhamento"
    r"|realizacao|gestao|controlo|controle|preparacao|execucao|atendimento|apoio|emissao|organizacao"
    r"|erstellung|durchfuhrung|betreuung|bearbeitung|unterstutzung|planung|mitarbeit|organisation|verwaltung"
    r"|uberwachung"
    r"|fuhrung|sicherstellung|koordination|vorbereitung|abwicklung|prufung|annahme|pflege|leitung|umsetzung|steuerung)"
    r"\s+(?:de la |de l'|de los |de las |del |du |des |de |d'|da |do |dos |das |von |der |des |bei |a |au |aux )"
)
"""A deed as a noun, before what it is done to."""
_INFINITIVE = re.compile(
    r"[a-z]{2,}(?:ar|er|ir|re|or)\b\s+(?:(?:el|la|los|las|le|les|l'|des|du|de|os|as|o|a|un|une|uma?)\s+)?"
)
_PIECES = re.compile(
    r"[,;()]|\s[–—-]\s|\s(?:y/o|y|e|o|u|et/ou|et|ou|und/oder|und|oder|e/ou|así como|ainsi que|sowie)\s|:\s"
)
_TAIL = re.compile(
    r"\s+(?:von vorteil|wunschenswert|erforderlich|excluyente|deseable|indispensable|imprescindible|souhaitee?s?"
    r"|exigee?s?"
    r"|appreciee?s?|obligatoire|desejavel|obrigatori[oa]|sera un plus|serait un plus|est un plus|erwunscht)\s*$"
)
_ELISION = re.compile(r"^(?:[dlnsDLNS]|qu)['’]")
_EMPTY = frozenset(
    [
        "equipo",
        "cliente",
        "clientes",
        "empresa",
        "persona",
        "puesto",
        "area",
        "trabajo",
        "equipe",
        "poste",
        "personne",
        "entreprise",
        "travail",
        "team",
        "stelle",
        "unternehmen",
        "arbeit",
        "kunden",
        "equipa",
        "vaga",
        "trabalho",
        "pessoa",
        "empresas",
        "dia",
        "dias",
        "mes",
        "ano",
        "anos",
        "ans",
        "jahre",
        "profil",
        "perfil",
        "similar",
        "similares",
        "similaire",
        "formacion",
        "formation",
        "nivel",
        "niveau",
        "experiencia",
        "experience",
        "erfahrung",
        "minima",
        "requisitos",
    ]
)
_MOST_WORDS = 5


def asked_phrases(sentence: str, section: float) -> list[tuple[str, float]]:
    """Phrases of a requirement (factor 1.3), a wish (1.2) or a duty (0.8), with what they count."""
    if section not in (REQUIRED, PREFERRED, DUTIES):
        return []
    factor = {REQUIRED: 1.3, PREFERRED: 1.2, DUTIES: 0.8}[section]
    found = []
    for raw in _PIECES.split(sentence)[:12]:
        phrase = _core(squeeze(raw).strip(" .,;:*\"'“”«»"), duty=section == DUTIES)
        if phrase:
            found.append((phrase, factor))
    return found


def _core(piece: str, *, duty: bool) -> str:
    """The thing itself: without what opens the requirement, at most two content words before a further connector."""
    folded = fold(piece)
    tail = _TAIL.search(folded)
    if tail:
        piece, folded = piece[: tail.start()], folded[: tail.start()]
    opening = (_INFINITIVE.match(folded) or _DONE.match(folded)) if duty else _ASKED.match(folded)
    words = [_ELISION.sub("", word) for word in piece[opening.end() if opening else 0 :].split()]
    if duty and len(words) == 1 and re.fullmatch(r"[a-z]{2,}(?:ar|er|ir|re)", fold(words[0])):
        return ""
    while words and (fold(words[0]) in STOPWORDS or words[0].isdigit()):
        words = words[1:]
    kept: list[str] = []
    content = 0
    for word in words:
        joins = fold(word) in STOPWORDS
        if (joins and (content >= 2 or fold(word) not in CONNECTORS)) or len(kept) == _MOST_WORDS:
            break
        kept.append(word)
        content += not joins
        if content == 3:
            break
    while kept and fold(kept[-1]) in STOPWORDS:
        kept.pop()
    text = " ".join(kept).strip(" .,;:")
    letters = sum(map(str.isalpha, text))
    return "" if letters < 3 or (len(kept) == 1 and (letters < 4 or fold(text) in _EMPTY)) else text
