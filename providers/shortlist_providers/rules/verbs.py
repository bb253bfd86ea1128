"""English verbs that open bullets: their forms, and safe synonyms in the same form."""

from __future__ import annotations

from functools import cache

_REGULAR = (
    "achieve acquire adapt adjust administer adopt advise align allocate analyse analyze answer apply"
    " appraise approve arrange"
    " assemble assess assign assist attain attend audit author automate balance bill book brief broker"
    " calculate calibrate"
    " campaign care carry catalogue certify chair champion chart check clean clear close coach code collaborate collect"
    " communicate compare compile complete compose conceive conduct configure consolidate construct consult"
    " contact contract"
    " contribute convert cook coordinate counsel craft create cultivate curate customize debug decrease"
    " define delegate deliver"
    " demonstrate deploy design detect determine develop devise diagnose direct discover dispatch dispense"
    " document draft earn"
    " edit educate eliminate employ enable encourage engage engineer enhance ensure establish estimate"
    " evaluate examine execute"
    " expand expedite explain extend fabricate facilitate file finish fix focus forecast formulate foster"
    " frame fulfil fulfill"
    " gather generate grade guide handle harvest head help highlight host identify illustrate implement"
    " import improve improvise"
    " increase influence inform initiate innovate inspect install instruct integrate interface interpret"
    " interview introduce"
    " inventory invest investigate invoice issue join label launch learn lecture lift liaise load locate log"
    " maintain manage"
    " manufacture market maximize measure mediate mentor merge migrate minimize mix mobilize model modernize"
    " modify monitor"
    " motivate move navigate negotiate nurture observe obtain open operate optimise optimize orchestrate"
    " order organise organize"
    " originate outline overhaul pack paint park participate partner perform persuade pick pilot pioneer"
    " place plan plate plumb"
    " post precept prepare present preserve prevent price prioritise prioritize process procure produce"
    " program project promote"
    " propose prospect protect provide publish purchase qualify raise rank reach receive recommend reconcile"
    " record recover"
    " recruit redesign reduce refactor refer refine register remodel renovate reorganize repair replace reply"
    " report represent"
    " research resolve respond restock restore restructure review revise roll rotate sample save scale scan"
    " schedule screen"
    " secure select serve service set-up shape ship simplify solve source spearhead specify staff stage stake"
    " standardize start"
    " steer stock strengthen streamline structure submit succeed suggest supervise supply support survey"
    " tailor tend test tour"
    " track trade train transfer transform translate transport treat triage triple troubleshoot tune tutor"
    " uncover unify update"
    " upgrade use utilise utilize validate verify visit volunteer wait walk warehouse weld welcome widen work"
)
_IRREGULAR = {
    "begin": "began",
    "bring": "brought",
    "build": "built",
    "buy": "bought",
    "choose": "chose",
    "cut": "cut",
    "do": "did",
    "draw": "drew",
    "drive": "drove",
    "feed": "fed",
    "find": "found",
    "get": "got",
    "give": "gave",
    "grow": "grew",
    "have": "had",
    "hold": "held",
    "keep": "kept",
    "lay": "laid",
    "lead": "led",
    "make": "made",
    "meet": "met",
    "oversee": "oversaw",
    "pay": "paid",
    "put": "put",
    "read": "read",
    "rewrite": "rewrote",
    "rebuild": "rebuilt",
    "run": "ran",
    "see": "saw",
    "sell": "sold",
    "send": "sent",
    "set": "set",
    "show": "showed",
    "speak": "spoke",
    "spend": "spent",
    "split": "split",
    "take": "took",
    "teach": "taught",
    "undertake": "undertook",
    "win": "won",
    "write": "wrote",
}
_DOUBLED = frozenset({"plan", "ship", "program", "refer", "transfer", "log", "scan", "submit", "equip", "stop", "map"})
_SYNONYMS = (
    "manage direct oversee supervise; lead head guide direct; develop build design; create produce build; "
    "design devise plan; implement introduce install; improve enhance strengthen; increase raise expand; "
    "reduce lower cut; cut reduce lower; coordinate organize arrange; assist support help; help assist "
    "support; support assist help; train coach instruct; prepare compile draft; write draft compose; draft "
    "compose write; build construct develop; maintain keep service; conduct perform hold; perform conduct; "
    "provide supply give; organize arrange plan; supervise oversee direct; oversee supervise direct; analyze "
    "examine assess; analyse examine assess; review examine check; examine review; establish found start; "
    "deliver complete supply; introduce launch start; launch start introduce; start launch begin; run operate "
    "manage; operate run; handle manage process; monitor track watch; track monitor; work serve; serve "
    "attend; teach instruct educate; plan arrange prepare; test check verify; check verify test; update "
    "revise refresh; revise update; resolve solve settle; solve resolve; negotiate broker; produce create "
    "make; use employ apply; process handle; ensure secure; document record; record document; evaluate assess "
    "judge; assess evaluate; make produce prepare; set establish; install fit mount; repair mend fix; mentor "
    "coach guide; coach mentor train; present show deliver; show present; answer field; field answer; own "
    "hold; keep maintain; found establish; manufacture make; collect gather; gather collect; advise counsel; "
    "participate join; join enter; achieve reach attain; sell market; move shift; open start; close finish; "
    "hire recruit; recruit hire; order procure; win gain; receive accept"
)
_EXTRA_PAST = {
    "lower": "lowered",
    "found": "founded",
    "fit": "fitted",
    "mend": "mended",
    "field": "fielded",
    "own": "owned",
}


def past(verb: str) -> str:
    """The simple past of a base form, by rule or from the table of irregular verbs."""
    irregular = _IRREGULAR.get(verb) or _EXTRA_PAST.get(verb)
    if irregular:
        return irregular
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ied"
    if verb in _DOUBLED:
        return verb + verb[-1] + "ed"
    return verb + "ed"


def gerund(verb: str) -> str:
    """The -ing form of a base form."""
    if verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")):
        return verb[:-1] + "ing"
    if verb in _DOUBLED or verb in ("begin", "cut", "get", "put", "run", "set", "split", "win"):
        return verb + verb[-1] + "ing"
    return verb + "ing"


@cache
def _verbs() -> tuple[str, ...]:
    return (*_REGULAR.split(), *_IRREGULAR, *_EXTRA_PAST)


@cache
def past_forms() -> dict[str, str]:
    """Past form -> base form."""
    return {past(verb): verb for verb in _verbs()}


@cache
def base_forms() -> frozenset[str]:
    """Every base form that is known."""
    return frozenset(_verbs())


@cache
def gerunds() -> dict[str, str]:
    """-ing form -> base form."""
    return {gerund(verb): verb for verb in _verbs()}


@cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """A base or past form -> words that may stand in its place, in the same form."""
    found: dict[str, tuple[str, ...]] = {}
    for group in _SYNONYMS.split(";"):
        verb, *others = group.split()
        found[past(verb)] = tuple(past(other) for other in others)
        if past(verb) != verb:
            found[verb] = tuple(others)
    return found
