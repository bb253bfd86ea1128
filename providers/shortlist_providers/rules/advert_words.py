"""How job adverts in five languages name their sections, their position and employer, and what they only add.

All patterns look at folded text: lower case, without diacritics.
"""

from __future__ import annotations

import re

REQUIRED, DUTIES, PREFERRED, PLAIN, NOTHING = 3.0, 2.0, 2.5, 1.0, 0.0
"""Weights of a sentence by what its section is for."""
_SECTIONS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (DUTIES, (r"(?:essential|principal|key|main) (?:duties|functions|tasks|responsib)",)),
    (
        NOTHING,
        (
            r"about (?!you|the (?:role|job|position|opportunity|work)|this)|benefits|perks|we offer|what you get"
            r"|you get"
            r"|you'll get|in return|compensation|salary|pay\b|equal|eeo|diversity|inclusion|how to apply|apply"
            r"|application|about us|about the (?:company|firm|team|hospital|school)|who we are"
            r"|our (?:company|story|values|mission|culture)|the fine print|basic information|additional information"
            r"|legal|notice|schedule|hours|the offer|to apply|why (?:us|join|work)|the deal|package|next steps"
            r"|contact",
            r"ofrecemos|se ofrece|beneficios|condiciones|remuneracion|salario|sueldo|sobre nosotros|quienes somos"
            r"|acerca de|la empresa|como postular|como aplicar|postula|inscripcion|horario|proceso de seleccion",
            r"nous (?:vous )?(?:offrons|proposons)|on vous (?:offre|propose)|avantages|conditions|remuneration|salaire"
            r"|a propos|qui sommes|l'entreprise|notre (?:entreprise|societe|maison)|candidature|postuler|horaires",
            r"wir bieten|bieten wir|wir (?:ihnen|dir) bieten|unser angebot|vorteile|uber uns|wer wir sind|bewerb"
            r"|kontakt"
            r"|verdienst|gehalt|vergutung|arbeitszeit|konditionen|das unternehmen|das angebot|wir uber uns",
            r"oferecemos|remuneracao|sobre nos|quem somos|a empresa|candidat(?:ura|ar)|condicoes|inscric"
            r"|local de trabalho",
        ),
    ),
    (
        PREFERRED,
        (
            r"preferred|nice to have|nice-to-have|good to have|bonus|desirable|a plus|pluses|advantage|would be great"
            r"|it helps|ideally|even better|be nice|extra points|optional|not required|also had",
            r"deseable|valora|un plus|opcional|idealmente|suma(?:ra)? puntos",
            r"atout|souhait|apprecie|serait un|les plus",
            r"von vorteil|wunschenswert|idealerweise|pluspunkt|gerne? gesehen|schon ware|ware schon|ware toll"
            r"|freuen uns",
            r"diferencia|desejav|valoriz|mais-valia|preferenc|sera um plus",
        ),
    ),
    (
        REQUIRED,
        (
            r"requirement|required|must|qualification|you bring|you have|you'll need|you will need|you need"
            r"|need from you|they need|(?:we|they) ask for|only consider|your profile|profile|looking for|skills"
            r"|experience|essential|minimum|who you are"
            r"|about you|ideal candidate|credentials|eligib|what we need|^we need|you are|what it takes|the person"
            r"|expect from you",
            r"requisit|perfil|buscamos|necesitas|pedimos|imprescindible|experiencia|exig|se requiere|excluyente"
            r"|indispensable|debes tener",
            r"exigence|profil|competence|vous (?:avez|etes)|prerequis|requis|recherch|nous demandons|attendons de"
            r"|on cherche|formation",
            r"anforderung|profil|qualifikation|mitbring|bring(?:st|en) (?:du|sie)|voraussetzung|wir erwarten"
            r"|wir suchen"
            r"|sie haben|du hast|kenntnisse|was du kannst|brauchen|du brauchst",
            r"procuramos|esperamos|qualificac|formacao|voce (?:tem|precisa)|competencias|o que pedimos|obrigat",
        ),
    ),
    (
        DUTIES,
        (
            r"responsib|duties|you will do|you'll do|you do|the role|the job|the work|your tasks|tasks|day to day"
            r"|day-to-day|objectives|what you|your (?:work|day|role)|role summary|job description|position summary"
            r"|summary|overview|you will",
            r"funciones|responsabilidades|tareas|haras|mision|el puesto|actividades|descripcion",
            r"missions?\b|taches|responsabilites|le poste|activites|descriptif|votre role|vous ferez|quotidien",
            r"aufgaben|tatigkeit|das machst du|erwartet (?:dich|sie)|die stelle|deine rolle|was (?:du"
            r"|sie) (?:bei uns )?(?:tust|tun|machst|machen)"
            r"|einsatz",
            r"atividades|funcoes|atribuicoes|tarefas|o que (?:voce )?(?:vai|ira)|missao|a vaga|a funcao|descricao",
        ),
    ),
)
HEADINGS = tuple((re.compile("|".join(f"(?:{part})" for part in parts)), weight) for weight, parts in _SECTIONS)
"""Pattern of a heading -> what its section is for; the first that fits counts."""

BOILERPLATE = re.compile(
    r"equal[- ](?:opportunity|employment)|affirmative action|regardless of|without regard to|does not discriminate"
    r"|discriminat|reasonable accommodation|401\s?\(k\)|\bdental\b|\bpto\b|paid (?:time off|leave|holidays?)"
    r"|parental leave|health insurance|sign-?on bonus|days of (?:vacation|holiday|leave)|weeks of vacation"
    r"|background check|drug[- ]screen|e-verify|salary (?:range|of)"
    r"|[$£€]\s?\d[\d,.]*\s?k?\s?(?:-|–|to|a)\s?[$£€]?\s?\d|please (?:send|apply|submit)|apply (?:by|at|through|via)"
    r"|send (?:us )?(?:your|a) (?:cv|resume)|tuition|relocation (?:help|support|is|assistance)|pension|veterans"
    r"|cover letter|we (?:offer|pay)\b|americans with disabilities act|rehabilitation act|\bbenefits\b"
    r"|free (?:lunch|parking)"
    r"|envi(?:ar|a|en)\b.{0,20}\b(?:cv|curriculum|curriculo)\b|\bofrecemos\b|\bprestaciones\b"
    r"|igualdad de oportunidades"
    r"|\bretribucion\b|\bsueldo\b|\d ?€"
    r"|adresse[rz]\b.{0,30}\bcv\b|envoye[rz]\b|\bcandidatures?\b|\bmutuelle\b|tickets?[- ]restaurant|\brtt\b"
    r"|acces a l'egalite|regime de retraite|\bremuneration\b"
    r"|\bbewerb(?:ung|en)\b|\burlaubstage\b|tage urlaub|weihnachtsgeld|chancengleich|schwerbehind|\bvergutung\b"
    r"|\bgehalt\b"
    r"|\boferecemos\b|vale[- ](?:refeicao|transporte|alimentacao)|plano de saude|subsidio de|igualdade|\bsalario\b"
)
"""A sentence with one of these asks nothing of the applicant."""
WANTED = re.compile(
    r"\b(?:must|required?|requires|essential|minimum|at least|need(?:ed)?|mandatory|imprescindible|excluyente"
    r"|obligatori[oa]"
    r"|indispensable|se requiere|exige[ns]?|exigee?s?|erforderlich|zwingend|voraussetzung|obrigatori[oa]|necessari[oa]"
    r"|indispensavel)\b"
)
WISHED = re.compile(
    r"\b(?:preferred|a plus|nice to have|bonus|ideally|desirable|an advantage|helps if|welcome|helpful|se valorara?n?"
    r"|valorable|deseable|un plus|souhaitee?s?|appreciee?s?|atout|von vorteil|wunschenswert|idealerweise|desejavel"
    r"|diferencial|valoriza(?:mos|-se)?|mais-valia|um plus)\b"
)
TITLE_LABEL = re.compile(
    r"(?:job title|position(?: title)?|title|classification|role|vacancy|puesto(?: vacante)?|vacante|cargo"
    r"|poste(?: a pourvoir)?"
    r"|intitule(?: du poste)?|stelle|stellenbezeichnung|position|vaga|funcao|oferta(?: de empleo)?|offre d'emploi"
    r"|stellenangebot|stellenanzeige)\s*(?::|–|—)\s*(.{3,90})"
)
EMPLOYER_LABEL = re.compile(
    r"(?:company|employer|organi[sz]ation|client|empresa|entreprise|societe|employeur|unternehmen|arbeitgeber|firma"
    r"|empregador)\s*:\s*(?=\w)"
)
PLACE_LABEL = re.compile(
    r"(?:(?:job |work )?location|place of work|where|based|site|ubicacion|lugar(?: de trabajo)?|localidad"
    r"|lieu(?: de travail)?"
    r"|localisation|(?:arbeits|dienst|einsatz|stand)ort|ort|local(?: de trabalho)?|localizacao"
    r"|localidade)\s*:\s*(?P<place>[^\n]{2,80})"
)
ANNOUNCED = re.compile(
    r"(?:job posting|job ad|vacancy|now hiring|we are hiring|hiring|help wanted|wanted|se busca|buscamos|se necesita"
    r"|recrute|recherche|on recrute|nous recrutons|gesucht|wir suchen|suchen|contrata(?:-se|mos)?|precisa-se"
    r"|procura-se"
    r"|vaga(?: de)?|admite-se)\s*[:!-]\s*(?=\w)"
)
HIRING = re.compile(
    r"\b(?:(?:looking for|seeking|hiring|recruiting|in need of|needs?|to hire)\s+(?:an?|our(?: next)?|the)"
    r"|(?:buscamos|busca|seleccionamos|selecciona|se busca|precisamos|necesitamos|busqueda de)\s+(?:un/a|una?|a un/a)?"
    r"|(?:recherch(?:ons|e)|recrut(?:ons|e)|cherch(?:ons|e))\s+(?:une?\(e\)|une?|son|sa|notre)?"
    r"|(?:suchen|sucht)\s+(?:wir\s+)?(?:(?:zum|ab|per|zur)\s[^,.;\n]{3,40}?\s)?(?:einen?|eine?/n|eine:n|eine\(n\))"
    r"|(?:procuramos|procura|contrata(?:mos)?|precisa-se de|buscamos)\s+(?:uma?|um\(a\))?)\s+([^.,;:\n]{3,60})"
)
TITLE_END = re.compile(
    r"\s+(?:to|who|with|for|at|in|on|and|para|con|en|que|pour|avec|qui|dans|fur|mit|der|die|als|zur|zum|com|em)\s+|\*"
)
"""Where the position ends in a sentence that says whom they look for."""
MARKS_OF_SEX = re.compile(
    r"\s*[(\[]?\s*\b(?:[mfwhdxi]\s?[/|]\s?[mfwhdx](?:\s?[/|]\s?(?:[mfwdxi]|divers))?|gn|all genders|a/o)\b\s*[)\]]?",
    re.IGNORECASE,
)
"""`(m/w/d)`, `H/F`: it belongs to no title. Not folded."""
