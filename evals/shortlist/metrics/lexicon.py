"""Words that mean the same, and words that carry a rank: what grounding knows of degrees, titles and certificates.

Each line of `SAME_DEGREES` and `SAME_WORDS` is one group of spellings, parted by `;`. The first stands for all. A group
that begins with `degree:` names a level as well, so that "Bachelor's degree" is borne out by "B.Sc.". Accents, case,
dots and hyphens do not matter; a spelling of one word with a capital counts with its capitals only ("AS" is not "as").
"""

from __future__ import annotations

from typing import Final


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


SAME_DEGREES: Final = """
bachelor: bachelor; bachelors; undergraduate degree; licenciatura; licenciado; licenciada; bacharelado; bacharel
bachelor: bachelor of science; b.s.; b.sc.; bsc; BS; s.b.
bachelor: bachelor of arts; b.a.; BA; a.b.; AB
bachelor: bachelor of science in nursing; b.s.n.; bsn; bs in nursing; b.s. in nursing; bs nursing
bachelor: bachelor of engineering; b.eng.; beng; b.e.; BE; bachelor of technology; b.tech.; btech
bachelor: bachelor of commerce; b.com.; bcom; bcomm; b.comm.
bachelor: bachelor of business administration; b.b.a.; bba
bachelor: bachelor of education; b.ed.; BEd
bachelor: bachelor of fine arts; b.f.a.; bfa
bachelor: bachelor of laws; ll.b.; llb
bachelor: bachelor of social work; b.s.w.; bsw
master: master; masters; magister; maestria; maestrado; mestrado; mestre; postgraduate degree; graduate degree
master: master of science; m.s.; m.sc.; msc; MS; s.m.
master: master of arts; m.a.; MA; a.m.
master: master of business administration; m.b.a.; mba
master: master of education; m.ed.; MEd
master: master of engineering; m.eng.; meng
master: master of public health; m.p.h.; mph
master: master of social work; m.s.w.; msw
master: master of science in nursing; m.s.n.; msn
master: master of fine arts; m.f.a.; mfa
master: master of laws; ll.m.; llm
master: master of public administration; m.p.a.; MPA
doctorate: doctorate; doctoral degree; doctor of philosophy; ph.d.; phd; dphil; doctorado; doctorat; doutorado
doctorate: doctor of education; ed.d.; EdD
doctorate: juris doctor; j.d.; JD
doctorate: doctor of medicine; m.d.; MD
doctorate: doctor of pharmacy; pharm.d.; pharmd
doctorate: doctor of nursing practice; d.n.p.; dnp
associate: associate degree; associates degree; associate's degree
associate: associate of science; a.s.; AS
associate: associate of arts; a.a.; AA
associate: associate of applied science; a.a.s.; AAS
associate: associate degree in nursing; a.d.n.; adn
diploma: diploma; diplome; diplom; dipl.; high school diploma
diploma: diplom-ingenieur; dipl.-ing.; dipl. ing.
diploma: diplom-kaufmann; dipl.-kfm.; diplom-kauffrau; dipl.-kffr.
school: g.e.d.; ged; high school equivalency
school: abitur; hochschulreife
school: baccalaureat; bac
"""

SAME_WORDS: Final = """
senior; sr; snr
junior; jr; jnr
manager; mgr
assistant; asst
associate; assoc
director; dir
engineer; engr
supervisor; supv; spvr
coordinator; coord; co-ordinator
administrator; admin
executive; exec
representative; rep
technician; tech
department; dept
vice president; vp; v.p.
senior vice president; svp
executive vice president; evp
chief executive officer; ceo
chief financial officer; cfo
chief operating officer; coo
chief technology officer; cto
human resources; hr
quality assurance; qa
information technology; IT
research and development; r&d
registered nurse; rn; r.n.
licensed practical nurse; lpn; l.p.n.
licensed vocational nurse; lvn
certified nursing assistant; cna; certified nurse assistant
nurse practitioner; np
directeur; directrice
saint; st
university; univ
international; intl; int'l
center; centre; ctr
manufacturing; mfg
javascript; js
typescript; ts
kubernetes; k8s
postgresql; postgres
microsoft; ms
amazon web services; aws
google cloud platform; gcp; google cloud
machine learning; ml
natural language processing; nlp
electronic health record; ehr; electronic health records
electronic medical record; emr; electronic medical records
customer relationship management; crm
enterprise resource planning; erp
search engine optimization; seo; search engine optimisation
key performance indicator; kpi; kpis; key performance indicators
certified public accountant; cpa
certified management accountant; cma
chartered financial analyst; cfa
certified internal auditor; cia
association of chartered certified accountants; acca
project management professional; pmp
certified associate in project management; capm
certified scrum master; csm; certified scrummaster
professional engineer; PE; p.e.
engineer in training; EIT; e.i.t.
fundamentals of engineering; FE
certified floodplain manager; cfm
certified information systems security professional; cissp
certified information systems auditor; cisa
certified ethical hacker; ceh
cisco certified network associate; ccna
cisco certified network professional; ccnp
basic life support; bls
advanced cardiovascular life support; acls; advanced cardiac life support
pediatric advanced life support; pals
critical care registered nurse; ccrn
emergency medical technician; emt
commercial driver's license; cdl; commercial drivers license; commercial driving licence
professional in human resources; phr
senior professional in human resources; sphr
certified dietary manager; cdm
hazard analysis and critical control points; haccp; hazard analysis critical control point
personal trainer certification; cpt
license; licence; licensed; licenced; licensure; licenses; licences
certificate; certificates; certification; certifications; certified; cert; certificado; certificada; certificacion; \
certificacao; certificat; certifie; certifiee; zertifikat; zertifiziert; zertifizierung; zertifizierter; zertifizierte
"""

CERTIFICATES: Final = """
certified public accountant; certified management accountant; chartered financial analyst; acca; association of
chartered certified accountants; certified internal auditor; chartered accountant; enrolled agent; project
management professional; capm; prince2; certified scrum master; psm i; itil; six sigma; lean six sigma; professional
engineer; engineer in training; certified floodplain manager; leed ap; leed green associate; cissp; cisa; cism; ceh;
certified ethical hacker; security+; network+; comptia a+; ccna; ccnp; ccie; rhce; rhcsa; cka; ckad; oscp;
registered nurse; licensed practical nurse; certified nursing assistant; basic life support; advanced cardiovascular
life support; pediatric advanced life support; ccrn; phn; nrp; tncc; emergency medical technician; commercial
driver's license; osha 10; osha 30; osha-10; osha-30; nfpa 70e; hazwoper; twic; nccer; epa 608; aws d1.1; asnt;
nate; forklift certification; forklift license; phr; sphr; shrm-cp; shrm-scp; cipd; gphr; servsafe; haccp; certified
dietary manager; sommelier; bar admission; notary public; series 7; series 63; series 65; series 66; tesol; tefl;
celta; delta; toefl; ielts; delf; dalf; dele; testdaf; goethe-zertifikat; tuv; ada schein; ada-schein; aevo;
meisterbrief; fuhrerschein klasse b; fuhrerschein klasse ce; staplerschein; schweissschein; caces; permis b;
habilitation electrique; carnet de conducir; carne de carretillero; cnh; crc; crea; oab; nr-10; nr-35; cpa-10;
cpa-20; iso 9001 lead auditor; iso 27001 lead auditor; togaf; cbap; cpim; cscp; cltd; gdpr practitioner; cipp/e;
cdmp
"""
"""Certificates and licences by name. What is listed among `SAME_WORDS` is found in each of its spellings."""

CERTIFYING_WORDS: Final = _set(
    """
    accreditation accredited carne carnet certificat certificate fuhrerschein habilitacao habilitation licenca
    licencia license permis schein zertifikat
    """
)
"""Words, in their group's first spelling, that make a name beside them a certificate."""

CALLED_CERTIFIED: Final = _set(
    """
    certificada certificado certified certifie certifiee chartered licenced licensed zertifiziert zertifizierte
    zertifizierter
    """
)
"""Words that call a person certified."""

VAGUE_WORDS: Final = _set(
    """
    active additional all any current driver drivers driving each industry many my necessary new other our own
    professional relevant required several state such that this valid your
    """
)
"""Words that, beside one of those above, name no certificate."""

HOLDING_VERBS: Final = _set(
    """
    achieved ask asks bring brings complete completed completes earn earned earning earns gained had has have having
    hold holding holds is keep keeps kept maintain maintained maintaining maintains need needs obtained obtaining
    passed possess possesses renewed require requires requiring show showing shown shows was
    """
)
"""What is said of a certificate, in front of it and in small letters, and is no part of its name."""

STOP_WORDS: Final = _set(
    """
    a am an and as at au aux by com con d da das de degree del dem den der des die do dos du e each el em en et
    every for from fur im in into l la las le les los mit na no o of on or os para por the through to um uma un und
    une via von with y zu zur
    """
)
"""Words that may stand between a name's own, and that no claim rests on."""

LEGAL_FORMS: Final = _set(
    """
    ab ag aps as bv co companies company corp corporation cv eg eireli epp eurl ev gbr gmbh inc incorporated kg kgaa
    limited llc llp lp ltd ltda mbh me nv ohg oy oyj pc plc pllc rl sa sarl sas sau sc scrl sl slu spa sprl srl ug
    """
)

DOTTED_LEGAL_FORMS: Final = tuple(
    tuple(form) for form in ("llc", "llp", "pc", "pllc", "sa", "sas", "sarl", "srl", "sl", "slu", "spa", "bv", "nv")
)
"""The same with dots, as the letters that are then its words."""

LESSER_BEFORE: Final = _set(
    """
    acting adjoint adjointe adjunct adjunta adjunto aide ajudante alternant alternante angehende
    angehender apprenti apprentice apprentie aprendiz asistente aspiring assistant assistent assistente assistentin
    associate auszubildende auszubildender auxiliaire auxiliar ayudante azubi becaria becario deputy estagiaria
    estagiario interim intern junior practicante praktikant praktikantin report reported reporting reports sous
    stagiaire stellv stellvertretende stellvertretender student sub subdirector trainee under vice vicediretor
    vicedirector volontar volontarin vp werkstudent werkstudentin
    """
)
"""Standing before a title, these make it a lesser one: an "Assistant Director" is no "Director", and neither
is who reports to one."""

LESSER_AFTER: Final = _set(
    """
    aide apprentice aprendiz assistant assistent assistentin becaria becario candidate designate extern helper
    intern praktikant praktikantin stagiaire student trainee
    """
)
"""The same, standing behind the title."""

RANKS: Final = _set(
    """
    chief executive head junior lead master principal senior staff
    """
)
"""Words that raise or lower a title, and are no title alone."""

NEGATIONS: Final = _set(
    """
    cannot dont havent isnt jamais kein keine keinen keiner lack lacking lacks nao never nicht nie no nor not nunca
    ohne pas sans sem sin tampoco without
    """
)
"""Shortly before a certificate's name, these say that it is not claimed."""
