"""Numbers in words, two to a hundred, in English, Spanish, French, German and Portuguese; without accents.

One is left out: its words are the languages' articles and pronouns. `WORDS` holds the words that mean a number and
nothing else in all five languages. `ONLY_IN` holds those that are another word elsewhere (`once`, `dos`, `neuf`): they
are read as numbers in a text of their own language alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final


def _list(words: str) -> list[str]:
    return words.split()


_EN = _list(
    """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
    """
)
_EN_TENS = _list("twenty thirty forty fifty sixty seventy eighty ninety")
_ES = _list(
    """
    dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho
    diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho
    veintinueve
    """
)
_ES_TENS = _list("treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_FR = _list(
    """
    deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf
    """
)
_FR_TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}
_DE = _list(
    """
    zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn
    achtzehn neunzehn
    """
)
_DE_TENS = _list("zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig")
_PT = _list(
    """
    dois tres quatro cinco seis sete oito nove dez onze doze treze quatorze quinze dezesseis dezessete dezoito
    dezenove
    """
)
_PT_TENS = _list("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa")

_AMBIGUOUS = {
    "es": ("dos", "once", "tres"),
    "fr": ("neuf", "dix", "cent", "sept"),
    "de": ("elf",),
    "pt": ("tres", "dez"),
}
"""Words that are other words, or abbreviations, in another of the languages: Portuguese `dos` is "of the", French
`très` "very", English `Sept.` and German `Dez.` months."""

SCALES: Final[Mapping[str, float]] = {
    "dozen": 12,
    **dict.fromkeys(("hundred", "hundert", "cien", "ciento", "cento", "cem"), 1e2),
    **dict.fromkeys(("k", "thousand", "thousands", "mil", "mille", "tausend", "tsd"), 1e3),
    **dict.fromkeys(
        ("million", "millions", "mio", "mln", "mn", "millon", "millones", "millionen", "milhao", "milhoes"), 1e6
    ),
    **dict.fromkeys(("billion", "billions", "bn", "milliard", "milliards", "milliarde", "milliarden", "mrd"), 1e9),
    **dict.fromkeys(("bilhao", "bilhoes"), 1e9),
}
"""What follows a figure and multiplies it."""


def _english() -> Iterator[tuple[str, int]]:
    yield from zip(_EN, range(2, 20), strict=True)
    for ten, word in zip(range(20, 100, 10), _EN_TENS, strict=True):
        yield word, ten
        for unit, tail in zip(range(1, 10), ["one", *_EN], strict=False):
            yield f"{word} {tail}", ten + unit
    yield from (("dozen", 12), ("hundred", 100))


def _spanish() -> Iterator[tuple[str, int]]:
    yield from zip(_ES, range(2, 30), strict=True)
    for ten, word in zip(range(30, 100, 10), _ES_TENS, strict=True):
        yield word, ten
        for unit, tails in enumerate((("uno", "un", "una"), *((one,) for one in _ES[:8])), start=1):
            for tail in tails:
                yield f"{word} y {tail}", ten + unit
    yield from (("docena", 12), ("cien", 100))


def _french() -> Iterator[tuple[str, int]]:
    yield from zip(_FR, range(2, 20), strict=True)
    for ten, word in _FR_TENS.items():
        yield word, ten
        for unit, tail in enumerate(["un", *_FR], start=1):
            if unit < (20 if ten in (60, 80) else 10):
                yield f"{word} {tail}", ten + unit
                if unit in (1, 11):
                    yield f"{word} et {tail}", ten + unit
    yield from (("quatre-vingts", 80), ("soixante-dix", 70), ("quatre-vingt-dix", 90))
    yield from (("septante", 70), ("huitante", 80), ("nonante", 90), ("douzaine", 12), ("dizaine", 10), ("cent", 100))


def _german() -> Iterator[tuple[str, int]]:
    yield from zip(_DE, range(2, 20), strict=True)
    for ten, word in zip(range(20, 100, 10), _DE_TENS, strict=True):
        yield word, ten
        for unit, head in enumerate(["ein", *_DE[:8]], start=1):
            yield f"{head}und{word}", ten + unit
    yield from (("dutzend", 12), ("hundert", 100), ("einhundert", 100))


def _portuguese() -> Iterator[tuple[str, int]]:
    yield from zip(_PT, range(2, 20), strict=True)
    yield from (("duas", 2), ("catorze", 14), ("dezasseis", 16), ("dezassete", 17), ("dezanove", 19))
    for ten, word in zip(range(20, 100, 10), _PT_TENS, strict=True):
        yield word, ten
        for unit, tails in enumerate((("um", "uma"), ("dois", "duas"), *((one,) for one in _PT[1:8])), start=1):
            for tail in tails:
                yield f"{word} e {tail}", ten + unit
    yield from (("duzia", 12), ("cem", 100))


def _tokens(phrase: str) -> tuple[str, ...]:
    return tuple(phrase.replace("-", " ").split())


_LANGUAGES = {"en": _english, "es": _spanish, "fr": _french, "de": _german, "pt": _portuguese}

ONLY_IN: Final[Mapping[str, Mapping[tuple[str, ...], int]]] = {
    language: {_tokens(p): number for p, number in words() if p in _AMBIGUOUS.get(language, ())}
    for language, words in _LANGUAGES.items()
}

WORDS: Final[Mapping[tuple[str, ...], int]] = {
    tokens: number
    for language, words in _LANGUAGES.items()
    for tokens, number in ((_tokens(phrase), number) for phrase, number in words())
    if tokens not in ONLY_IN[language]
}

LONGEST: Final = max(len(phrase) for phrase in chain(WORDS, *ONLY_IN.values()))
"""Words of the longest number."""

_TELLTALES: Mapping[str, frozenset[str]] = {
    "en": frozenset(_list("the and of with for to in at from by")),
    "es": frozenset(_list("el los las y con para del una por en")),
    "fr": frozenset(_list("le les et des pour du une au avec dans")),
    "de": frozenset(_list("der die das und mit fur von im bei zur")),
    "pt": frozenset(_list("o os e com para da do uma em na")),
}


def language_of(words: Mapping[str, int]) -> str:
    """The language with most of its commonest words among `words` (folded, each with its count); English on a tie."""
    return max(_TELLTALES, key=lambda language: sum(words.get(word, 0) for word in _TELLTALES[language]))
