"""Signs of a job post, of other texts, and of posts that one should not apply by. All look at folded text."""

from __future__ import annotations

import re
from typing import Final


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


OFFERS: Final = _any(
    r"\b(?:we(?:'re| are)?|is|are|now|currently) (?:looking for|hiring|seeking|recruiting|searching for)\b"
    r"|\bjoin (?:our|us|the team)\b",
    r"\b(?:seeks|seeking) an?\b|\b(?:help wanted|now hiring|job (?:title|description|opening|posting|summary)"
    r"|vacancy|vacancies)\b",
    r"\b(?:we|agency|family|office|shop|team) needs? (?:an?|someone)\b|\bposition (?:summary|overview|available)\b"
    r"|\bthe successful candidate\b",
    r"\b(?:buscamos|seleccionamos|se busca|se necesita|se precisa|precisamos|incorporamos|oferta de empleo|vacante"
    r"|puesto)\b",
    r"\b(?:nous recrutons|recrutons|recrute|nous recherchons|recherche (?:un|une)|offre d'emploi|poste a pourvoir"
    r"|le poste)\b",
    r"\b(?:wir suchen|suchen wir|sucht|gesucht|stellenangebot|stellenanzeige|verstarkung|zum nachstmoglichen)\b"
    r"|\b[mwfd]/[mwfd]/[mwdx]\b",
    r"\b(?:procuramos|contrata-se|contratamos|precisa-se|admite-se|vaga|estamos (?:contratando|recrutando"
    r"|a recrutar))\b|\bh/f\b|\bf/h\b",
)
APPLIES: Final = _any(
    r"\bapply\b|\bapplications?\b|\bsend (?:us )?(?:your|a) (?:cv|resume)|\byour (?:cv|resume)\b|\bcover letter\b"
    r"|\bto apply\b|\bcall (?:us )?",
    r"\b(?:envi\w+|mand\w+) (?:tu |su |o |el |seu )?(?:cv|curriculum|curriculo)|\bpostul\w+|\binscrib\w+"
    r"|\binteresad[oa]s\b|\binscricoes\b",
    r"\bcandidat(?:ure|ura|er|ar|uras|ez|e-se)\b|\bpostulez\b|\bcv (?:et|a|par)\b|\badressez?\b|\bbewerb\w+"
    r"|\binteressad[oa]s\b",
)
TERMS: Final = _any(
    r"\b(?:full|part)[- ]time\b|\bpermanent\b|\bper (?:hour|annum|year)\b|\ban hour\b|\ba year\b|\bbenefits\b"
    r"|\bsalary\b|\bshifts?\b",
    r"\b(?:jornada|contrato|sueldo|salario|retribucion|horario|indefinido|tiempo completo)\b",
    r"\b(?:cdi|cdd|temps (?:plein|partiel)|salaire|remuneration|horaires)\b",
    r"\b(?:vollzeit|teilzeit|unbefristet|befristet|gehalt|vergutung|urlaub\w*|stundenlohn)\b",
    r"\b(?:remuneracao|carga horaria|clt|vale[- ]\w+|efetivo|part-time|full-time)\b",
)
SPEAKS_TO: Final = _any(
    r"\byou(?:'ll| will| have| are| bring| must| need)\b|\byour (?:role|responsibilities|profile|tasks|mission)\b",
    r"\b(?:tus|sus) (?:funciones|responsabilidades|tareas)\b|\b(?:ofrecemos|te encargaras|seras)\b",
    r"\b(?:vos missions|votre profil|vous (?:serez|avez|etes|aurez|assurez))\b|\bnous offrons\b",
    r"\b(?:ihre aufgaben|deine aufgaben|ihr profil|dein profil|wir bieten|sie bringen|du bringst)\b",
    r"\b(?:voce|oferecemos|suas? (?:atividades|responsabilidades))\b",
)
ASKS: Final = _any(
    r"\b(?:requirements?|qualifications?|must[- ]haves?|responsibilities|duties|nice to have|preferred"
    r"|essential criteria)\b",
    r"\b(?:requisitos|funciones|responsabilidades|se requiere|imprescindible|deseable|se valora\w*)\b",
    r"\b(?:missions|profil recherche|competences requises|exigences|atouts?|experience exigee|souhaitee?)\b",
    r"\b(?:aufgaben|anforderungen|profil|voraussetzung\w*|von vorteil|kenntnisse)\b",
    r"\b(?:requisitos|atribuicoes|atividades|desejavel|diferencia\w+|exigido)\b",
)
RESUME: Final = _any(
    r"\b(?:curriculum vitae|resume of|work experience|employment history|professional experience|career history"
    r"|references available)\b",
    r"\b(?:experiencia (?:laboral|profesional)|datos personales|formacion academica)\b",
    r"\b(?:experiences? professionnelles?|parcours professionnel|centres d'interet)\b",
    r"\b(?:lebenslauf|berufserfahrung|beruflicher werdegang|personliche daten)\b",
    r"\b(?:experiencia profissional|dados pessoais|formacao academica)\b",
)
LETTER: Final = _any(
    r"\bdear (?:hiring|sir|madam|mr|ms|mrs|dr|recruit)|\bi am (?:writing|applying)\b|\bmy (?:resume|cv) is\b"
    r"|\byours (?:sincerely|faithfully)\b",
    r"\bi (?:would|'d) welcome\b|\bi have (?:worked|been working)\b|\bestimad[oa]s? (?:senor|equipo)|\bme dirijo a\b"
    r"|\bmadame, monsieur\b",
    r"\bje (?:vous adresse|me permets|souhaite)\b|\bsehr geehrte\b|\bhiermit bewerbe\b|\bprezad[oa]s?\b"
    r"|\bvenho por (?:este|meio)\b",
)
OTHER: Final = _any(
    r"\b(?:ingredients|preheat|tablespoons?|teaspoons?|tbsp|tsp|serves \d|bake for|simmer|ingredientes|zutaten"
    r"|ingredients|cucharad\w+)\b",
    r"\b(?:add to (?:cart|basket)|free shipping|in stock|buy now|customer reviews|warranty|anadir al carrito"
    r"|in den warenkorb)\b",
    r"\b(?:min(?:ute)? read|published on|subscribe|newsletter|all rights reserved|cookie(?:s| policy)|privacy policy"
    r"|posted by)\b",
    r"\b(?:abstract|keywords:|et al|doi:|isbn|chapter \d+|once upon a time)\b",
    r"\b(?:invoice|receipt|order number|total due|rechnung|factura|facture|subtotal|amount due)\b",
    r"\b(?:terms and conditions|lease|tenant|landlord|bedrooms?|square f(?:ee|oo)t|for sale|for rent)\b",
    r"\b(?:agenda|minutes of|attendees|dear all|unsubscribe|meeting (?:on|at|notes))\b",
    r"\b(?:according to|researchers?|analysts say|reported (?:on|that)|told reporters|study (?:found|finds|shows)"
    r"|economists)\b",
)
CLOSED: Final = _any(
    r"(?<!until the )(?<!until )\b(?:position|job|role|vacancy|post|posting|opening|listing|requisition"
    r"|ad) (?:has (?:now )?been |is (?:now )?"
    r"|was )(?:already )?"
    r"(?:filled|closed|withdrawn|expired|no longer|cancelled|canceled)",
    r"\b(?:no longer (?:accepting|available|open|taking)|applications? (?:are|is|have|has) (?:now )?(?:been )?closed"
    r"|now closed"
    r"|(?:job|listing|posting|vacancy) expired|expired on|this job has expired|position filled)\b",
    r"\b(?:vacante (?:ya )?(?:cubierta|cerrada)|puesto (?:ya )?(?:cubierto|ha sido cubierto)|proceso (?:cerrado"
    r"|finalizado)|oferta (?:cerrada"
    r"|caducada|finalizada|expirada)|ya no (?:esta disponible|se aceptan|recibimos))\b",
    r"\b(?:poste (?:deja )?(?:pourvu|a ete pourvu)|offre (?:expiree|cloturee|n'est plus)|n'est plus (?:disponible"
    r"|en ligne)|candidatures? (?:closes?"
    r"|cloturees?))\b",
    r"\b(?:stelle (?:ist |wurde )?(?:bereits |inzwischen )?besetzt|nicht mehr (?:verfugbar|online|ausgeschrieben"
    r"|aktiv)|bewerbungsfrist (?:ist )?(?:abgelaufen"
    r"|beendet)|anzeige (?:ist )?(?:abgelaufen|deaktiviert))\b",
    r"\b(?:vaga (?:ja )?(?:foi )?(?:encerrada|preenchida|fechada)|inscricoes encerradas|nao (?:estamos"
    r"|esta) mais (?:aceitando|disponivel)|ja nao (?:esta|aceitamos))\b",
)
SEVERAL: Final = _any(
    r"\b(?:following|several|multiple|various|many|all of these|these) (?:open )?(?:positions|roles|vacancies"
    r"|openings|jobs)\b|\bopen (?:positions|roles)\b"
    r"|\bcurrent (?:openings|vacancies)\b",
    r"\b(?:siguientes|varios|diversos|distintos) (?:puestos|perfiles|cargos)\b|\b(?:las siguientes"
    r"|varias) vacantes\b|\bvacantes disponibles\b",
    r"\b(?:plusieurs|differents|les) postes\b|\bpostes a pourvoir\b|\bnos offres\b",
    r"\b(?:mehrere|folgende|verschiedene|offene) (?:stellen|positionen)\b|\bstellenangebote\b",
    r"\b(?:seguintes|varias|diversas) (?:vagas|funcoes|oportunidades)\b|\bvagas (?:abertas|disponiveis)\b",
)
SUSPICIOUS: Final = _any(
    r"\b(?:processing|registration|training|starter|application|equipment|administration|background[- ]check"
    r"|activation|onboarding) (?:fee|deposit|kit fee)\b",
    r"\b(?:small|refundable|one[- ]time|upfront) (?:fee|payment|deposit|investment)\b|\bpay \$?\d+ (?:for|to)\b"
    r"|\bbuy (?:your|the) (?:own )?(?:starter )?kit\b",
    r"\b(?:bank (?:account|details|login)|account number|routing number|social security|ssn|copy of your (?:passport"
    r"|id|driver)|photo of your (?:id|passport|card))\b",
    r"\b(?:western union|moneygram|wire transfer|gift cards?|bitcoin|crypto(?:currency)?|usdt|cash app"
    r"|cashier'?s check|deposit (?:the )?checks?)\b",
    r"\b(?:re-?ship\w*|forward(?:ing)? (?:the )?(?:packages|parcels|payments?|money)|(?:receive"
    r"|repackage) (?:packages|parcels)|payment processor|money transfer)\b",
    r"\b(?:telegram|whatsapp) (?:only|us|me|at|to|number|channel)\b|\bcontact .{0,30}\b(?:on|via) (?:telegram"
    r"|whatsapp)\b|\b(?:por|por el) telegram\b",
    r"\bguaranteed (?:income|earnings|pay)\b|\bunlimited earning|\bearn (?:up to )?[$£€]? ?\d[\d.,]* ?(?:k )?(?:per"
    r"|a|each|every)? ?(?:day|daily|week|weekly)\b",
    r"\bno (?:interview (?:needed|required|necessary)|experience,? no)\b|\bget rich\b|\bbe your own boss\b"
    r"|\bfinancial freedom\b"
    r"|\bstart (?:earning )?(?:today|immediately),? no\b",
    r"\b(?:pago|deposito|inversion|cuota) (?:inicial|previo|de inscripcion|reembolsable)\b|\bdatos bancarios\b"
    r"|\bcuenta bancaria\b|\bganancias? (?:garantizad|ilimitad)\w+",
    r"\b(?:frais (?:de dossier|d'inscription|de formation)|coordonnees bancaires|rib\b|virement|colis a reexpedier"
    r"|gains? (?:garantis|illimites))\b",
    r"\b(?:vorkasse|anmeldegebuhr|bearbeitungsgebuhr|kaution|bankdaten|kontodaten|iban|pakete (?:weiterleiten"
    r"|annehmen|versenden)|schnelles geld)\b",
    r"\b(?:taxa de (?:inscricao|cadastro|adesao)|dados bancarios|conta bancaria|pix\b|renda extra (?:garantida"
    r"|ilimitada)|ganhos? (?:garantid|ilimitad)\w+)\b",
)
CUT_OFF: Final = re.compile(
    r"(?:\.{3}|…|\[(?:\.\.\.|…|truncated|cut)\])\s*$|\b(?:read|see|show|view) (?:more|full (?:description|post"
    r"|job))\s*$"
    r"|\b(?:ver|leer|ler|leia) mais?\s*$|\b(?:ver mas|lire la suite|voir plus|mehr (?:lesen|anzeigen)|weiterlesen)\s*$"
)
