"""The words that give a résumé's or an advert's structure away, folded: lower case, without diacritics."""

from __future__ import annotations

from shortlist_providers.rules import foreign_words


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in text.split(";") if phrase.strip())


SECTION_NAMES: dict[str, frozenset[str]] = {
    "summary": _phrases(
        "summary; profile; about; about me; objective; overview; in short; in brief; at a glance; "
        "highlights; introduction; personal statement; bio; who i am; qualifications summary; summary of "
        "qualifications; career highlights; headline; perfil; perfil profesional; resumen; objetivo; sobre "
        "mi; extracto; profil; profil professionnel; a propos; objectif; kurzprofil; uber mich; "
        "zusammenfassung; resumo; resumo profissional; sobre mim; perfil profissional; accroche"
    ),
    "experience": _phrases(
        "experience; work; employment; career; career history; work history; employment history; job "
        "history; positions; positions held; appointments; background; work background; where i have "
        "worked; where i've worked; jobs; roles; what i have done; internships; internship experience; "
        "practicum; clinical rotations; military service; track record; work experience and internships; "
        "experience highlights; professional history; professional background; engagements; experiencia; "
        "experiencia laboral; experiencia profesional; trayectoria; trayectoria profesional; historial "
        "laboral; experience professionnelle; experiences professionnelles; experiences; parcours "
        "professionnel; parcours; emplois; berufserfahrung; beruflicher werdegang; werdegang; "
        "praxiserfahrung; berufspraxis; erfahrung; beruf; praktika; experiencia profissional; experiencias "
        "profissionais; historico profissional; esperienze; esperienza lavorativa"
    ),
    "education": _phrases(
        "education; academic background; academics; studies; schooling; academic qualifications; "
        "educational qualifications; educational background; education and training; training and "
        "education; degrees; academic history; school; schools; academic record; qualifications and "
        "education; formacion; formacion academica; educacion; estudios; formation; formations; etudes; "
        "diplomes; diplomes et formations; scolarite; ausbildung; bildung; studium; bildungsweg; "
        "schulbildung; akademische ausbildung; ausbildung und studium; formacao; formacao academica; "
        "educacao; escolaridade; istruzione; formazione; qualification; education and credentials"
    ),
    "skills": _phrases(
        "skills; competencies; competences; core competencies; expertise; areas of expertise; "
        "proficiencies; strengths; tech; technologies; tools; toolbox; toolkit; software; tech stack; "
        "stack; technical tools; tools and technologies; abilities; technical proficiencies; technical "
        "expertise; computer skills; it skills; capabilities; what i know; equipment; what i work with; "
        "what i use; specialties; specialities; specialisations; key words; keywords; methods; knowledge; "
        "skills and abilities; skills and tools; skill set; skillset; skills summary; summary of skills; "
        "systems; platforms; machines and tools; instruments; programs; software and tools; kitchen "
        "skills; hard skills; soft skills; habilidades; aptitudes; competencias; conocimientos; "
        "herramientas; competences techniques; outils; savoir-faire; logiciels; informatique; kenntnisse; "
        "fahigkeiten; kompetenzen; edv-kenntnisse; kenntnisse und fahigkeiten; fachkenntnisse; "
        "conhecimentos; ferramentas; competenze; qualifications and skills"
    ),
    "languages": _phrases(
        "languages; language skills; languages spoken; idiomas; lenguas; langues; sprachen; "
        "sprachkenntnisse; linguas; lingue"
    ),
    "certifications": _phrases(
        "certifications; certification; certificates; certificate; licenses; licences; licensure; license; "
        "credentials; tickets; licenses and certifications; certifications and licenses; professional "
        "development; courses; training; accreditations; registrations; licenses and memberships; licences "
        "and tickets; memberships and licences; continuing education; certificaciones; cursos; "
        "certificados; licencias; formacion complementaria; certificats; permis; habilitations; "
        "zertifikate; weiterbildung; weiterbildungen; fortbildungen; certificacoes; cards and tickets; "
        "qualifications; registration; professional qualifications; tickets and cards; permits; training "
        "and certifications; clearances"
    ),
    "projects": _phrases(
        "projects; selected projects; side projects; key projects; personal projects; portfolio; case "
        "studies; open source; representative matters; selected work; proyectos; projets; projekte; "
        "projetos; exhibitions; productions; code"
    ),
    "awards": _phrases(
        "awards; honors; honours; achievements; accomplishments; awards and honors; honors and awards; "
        "recognition; prizes; press and prizes; key achievements; selected achievements; grants; "
        "scholarships; premios; distinctions; auszeichnungen; premios e honras"
    ),
    "publications": _phrases(
        "publications; papers; talks; presentations; patents; press; writing; speaking; conferences; "
        "publicaciones; publikationen; publicacoes; publications and talks; bar admissions; admissions"
    ),
    "volunteering": _phrases(
        "volunteer; volunteering; volunteer work; community; community service; service; outreach; "
        "community involvement; leadership; activities; extracurricular activities; leadership and "
        "activities; civic; voluntariado; benevolat; ehrenamt; ehrenamtliches engagement; voluntariado e "
        "atividades; volunteer experience; volunteering experience; community and volunteering; "
        "engagement; service and memberships; leadership activities; community work"
    ),
    "memberships": _phrases(
        "memberships; membership; affiliations; professional affiliations; associations; professional "
        "memberships; professional associations; afiliaciones; adhesions; mitgliedschaften"
    ),
    "interests": _phrases(
        "interests; hobbies; hobbies and interests; personal interests; intereses; aficiones; loisirs; "
        "centres d'interet; interessen; hobbys; interesses; personal; outside work; off the clock; when "
        "not at work; away from work"
    ),
    "references": _phrases(
        "references; referees; references available; referencias; referenzen; referencias profissionais; "
        "references on request"
    ),
    "contact": _phrases(
        "contact; contact information; contact details; personal details; personal information; personal "
        "data; kontakt; personliche daten; datos personales; dados pessoais; coordonnees; contacto; "
        "contato; details"
    ),
    "other": _phrases(
        "additional information; other; miscellaneous; additional; other information; notes; availability; "
        "links; details; otros datos; informacion adicional; divers; sonstiges; informacoes adicionais; "
        "more; odds and ends; extras; also"
    ),
}
SECTION_NAMES |= {kind: SECTION_NAMES[kind] | names for kind, names in foreign_words.SECTIONS.items()}
INFORMAL_NAMES: dict[str, str] = {
    r"(?:what|where) i(?:'ve| have)? (?:done|did|do|worked|work|been)(?: so far)?": "experience",
    r"(?:what|where) i(?:'ve| have)? (?:studied|learned|learnt)|where i went to school": "education",
    r"(?:things|tools|what) i (?:use|know|can do|work with)|(?:what )?(?:i am |i'm )?good (?:at|with)": "skills",
    r"(?:things|what) i(?:'ve| have)? (?:built|made)(?: .{0,30})?": "projects",
    r"(?:onde|em que) (?:eu )?(?:ja )?trabalhei|donde (?:he )?trabaj\w+|(?:la )?ou j'ai travaille"
    r"|wo ich (?:bisher )?gearbeitet habe|mis trabajos|meus trabalhos": "experience",
    r"o que (?:eu )?(?:faco bem|sei(?: fazer)?)|lo que se(?: hacer)?|ce que je sais faire|was ich kann": "skills",
    r"(?:onde|o que) (?:eu )?estudei|(?:lo que|donde) estudie|mes etudes|mis estudios": "education",
}
"""Patterns of headings in the first person."""
HEADING_QUALIFIERS = _set(
    "professional relevant work career key core technical additional other selected my recent previous"
    " prior current past personal academic educational industry related employment general main major early"
    " earlier and of the a & y et und e laboral profesional profissional job special clinical legal"
    " teaching nursing research sales management military field creative design editorial engineering"
    " kitchen culinary administrative leadership business computer digital working"
)
HEADING_CORES: dict[str, str] = {
    "experience": "experience",
    "employment": "experience",
    "experiencia": "experience",
    "education": "education",
    "skills": "skills",
    "competencies": "skills",
    "expertise": "skills",
    "certifications": "certifications",
    "licenses": "certifications",
    "licences": "certifications",
    "projects": "projects",
    "languages": "languages",
    "awards": "awards",
    "memberships": "memberships",
    "publications": "publications",
    "volunteering": "volunteering",
    "volunteer": "volunteering",
    "interests": "interests",
    "references": "references",
    "summary": "summary",
    "profile": "summary",
    "objective": "summary",
    "history": "experience",
}
NOT_HEADINGS = _phrases(
    "user experience; customer experience; digital experience; special education; continuous education"
)
ROLE_LABELS = _phrases(
    "responsibilities; key responsibilities; duties; main duties; roles and responsibilities; "
    "achievements; key achievements; achievement highlights; highlights; accomplishments; selected "
    "achievements; tasks; main tasks; projects; selected projects; responsabilidades; logros; missions; "
    "realisations; aufgaben; tatigkeiten; responsabilites; description; job description; duties included; "
    "duties include; results; key results; selected results; main responsibilities; key accomplishments"
)
TOOL_LABELS = _phrases(
    "location; duration; period; client; team size; website; technologies; tools; environment; tech stack; "
    "stack; technologies used; tools used; tech; skills; "
    "skills used; software; technical environment; environnement technique; entorno; umfeld; keywords; "
    "tecnologias"
)

TITLE_WORDS = (
    _set(
        "accountant actor actuary administrator adviser agronomist hygienist optometrist underwriter merchandiser"
        " advisor agent aide ambassador analyst animator"
        " apprentice architect archivist artist assembler assistant associate attendant attorney auditor author"
        " baker banker barista barber bartender biologist bookkeeper broker builder buyer captain caregiver"
        " caretaker carer carpenter cashier caseworker ceo cfo chair chairman chef chemist chief cio clerk"
        " clinician cmo co-founder coach cofounder concierge conductor consultant contractor controller coo"
        " cook coordinator co-ordinator copywriter counsel counsellor counselor cto curator dba dean dentist"
        " deputy designer detective developer dietitian digger director dispatcher dj doctor driver economist"
        " editor educator electrician engineer estimator evangelist examiner executive extern fabricator"
        " facilitator farmer fellow firefighter fitter foreman forewoman founder freelancer gardener geologist"
        " guard guide hairdresser handler handyman head host hostess housekeeper hygienist illustrator"
        " inspector installer instructor intern interpreter interviewer investigator janitor joiner journalist"
        " journeyman judge keeper labourer laborer landscaper lawyer lead leader lecturer librarian lifeguard"
        " machinist maker manager marketer mason mathematician mechanic mediator member mentor merchandiser"
        " midwife millwright musician nanny nurse nurseryman officer operative operator optician optometrist"
        " orderly owner packer painter paralegal paramedic partner pastor pharmacist photographer physician"
        " physicist physiotherapist picker pilot planner plumber porter practitioner preceptor president"
        " principal processor producer professor programmer promoter proofreader provider psychologist"
        " psychiatrist purchaser radiographer ranger realtor receptionist recruiter registrar rep reporter"
        " representative resident researcher reviewer rn roofer sailor salesman salesperson saleswoman"
        " scientist scholar secretary sergeant server servicer shopper solicitor specialist sonographer"
        " statistician steward stocker strategist student superintendent supervisor surgeon surveyor sysadmin"
        " tailor teacher team-lead technician technologist teller tester therapist trader trainee trainer"
        " translator treasurer tutor underwriter vet veterinarian volunteer vp waiter waitress warehouseman"
        " welder worker writer sre cna lpn lvn medic bartending waitering housekeeping internship placement"
        " apprenticeship externship co-op coop ingeniero ingeniera analista asistente auxiliar camarero"
        " camarera cocinero cocinera consultor consultora contable coordinador coordinadora dependiente"
        " dependienta desarrollador desarrolladora directora diseñador disenador disenadora docente encargado"
        " encargada enfermero enfermera gerente jefe jefa maestro maestra profesor profesora programador"
        " programadora recepcionista responsable tecnico tecnica vendedor vendedora becario becaria"
        " administrativo administrativa abogado abogada medico repartidor operario operaria ingenieur"
        " ingenieure charge chargee developpeur developpeuse directeur directrice infirmier infirmiere"
        " stagiaire technicien technicienne vendeur vendeuse assistante conseiller conseillere comptable"
        " enseignant enseignante gestionnaire alternant alternante serveur serveuse cuisinier consultante"
        " entwickler entwicklerin leiter leiterin mitarbeiter mitarbeiterin praktikant praktikantin werkstudent"
        " werkstudentin lehrer lehrerin sachbearbeiter sachbearbeiterin buchhalter buchhalterin krankenpfleger"
        " krankenschwester pflegefachkraft verkaufer verkauferin geschaftsfuhrer projektleiter projektleiterin"
        " ingenieurin referent referentin auszubildender auszubildende azubi mechatroniker elektriker"
        " softwareentwickler softwareentwicklerin teamleiter teamleiterin engenheiro engenheira desenvolvedor"
        " desenvolvedora estagiario estagiaria enfermeiro enfermeira professora assistente coordenador"
        " coordenadora diretor diretora supervisora commis sommelier saucier patissier tournant line-cook sous"
        " hand crew crewmember"
    )
    | foreign_words.TITLES
)
TITLE_HEADS_LATE = _set("i ii iii iv")
"""Grades behind a title."""
SENIORITY = _set(
    "senior sr junior jr lead head chief principal staff assistant associate deputy interim acting"
    " executive vice general trainee graduate certified registered licensed managing regional"
)
COMPANY_WORDS = (
    _set(
        "inc llc ltd limited gmbh ag sa sl srl sarl sas bv b.v. nv plc corp corporation company co llp lp pty"
        " oy ab aps kg university college school academy institute hospital clinic clinics medical health"
        " healthcare center centre bank group partners holdings systems solutions technologies labs"
        " laboratories laboratory studio studios agency associates industries services consulting council"
        " ministry department government foundation trust society association union logistics foods restaurant"
        " cafe hotel hotels resort inn grill kitchen bakery bistro pharmacy pharmacies pharmaceuticals pharma"
        " energy electric motors automotive airlines construction constructors builders contractors engineers"
        " architects insurance financial capital ventures media press publishing networks software telecom"
        " communications retail stores store shop market supermarket markets outfitters library museum church"
        " charity nhs district schools elementary freight transport trucking shipping manufacturing packaging"
        " distribution farms brewery universidad universidade universite universitat hochschule instituto"
        " escuela hopital clinique krankenhaus klinik klinikum banco banque sparkasse fabrica empresa grupo"
        " stiftung stichting verein works sawmill diagnostics analytics dental veterinary theatre theater"
        " practice firm office offices p.c. pc s.a. s.l. s.p.a. spa pllc estudio colegio hostal taqueria"
    )
    | foreign_words.COMPANIES
)
PLACE_WORDS = _set("city county town state village borough commonwealth")
"""Say "employer" only as in "County of ...": elsewhere they end the names of places."""
EMPLOYMENT_TYPES = (
    _phrases(
        "full-time; full time; part-time; part time; contract; contractor; permanent; temporary; temp; "
        "seasonal; remote; hybrid; on-site; onsite; on site; fixed-term; fixed term; internship; freelance; "
        "self-employed; apprenticeship; volunteer; casual; per diem; prn; w2; zero hours; tiempo completo; "
        "media jornada; jornada completa; cdi; cdd; stage; alternance; vollzeit; teilzeit; tempo integral; "
        "meio periodo; fully remote; remote first; permanent contract; full-time contract"
    )
    | foreign_words.EMPLOYMENT
)
COUNTRIES = _phrases(
    "usa; u.s.a.; us; u.s.; united states; united states of america; uk; u.k.; united kingdom; england; "
    "scotland; wales; northern ireland; ireland; canada; australia; new zealand; india; pakistan; "
    "bangladesh; sri lanka; nepal; china; japan; south korea; korea; singapore; malaysia; indonesia; "
    "philippines; vietnam; thailand; hong kong; taiwan; germany; france; spain; portugal; italy; "
    "netherlands; the netherlands; belgium; luxembourg; switzerland; austria; poland; czech republic; "
    "czechia; slovakia; hungary; romania; bulgaria; greece; turkey; sweden; norway; denmark; finland; "
    "iceland; estonia; latvia; lithuania; ukraine; russia; croatia; serbia; slovenia; mexico; brazil; "
    "argentina; chile; colombia; peru; ecuador; uruguay; venezuela; costa rica; panama; guatemala; cuba; "
    "dominican republic; puerto rico; nigeria; ghana; kenya; uganda; tanzania; ethiopia; south africa; "
    "egypt; morocco; tunisia; algeria; israel; jordan; lebanon; uae; united arab emirates; qatar; saudi "
    "arabia; kuwait; iran; iraq; remote; worldwide; espana; deutschland; osterreich; schweiz; frankreich; "
    "brasil; suisse; belgique; allemagne; espagne; alemania; francia; reino unido; royaume-uni; estados "
    "unidos; europe; on site; hybrid"
)
US_STATES = _phrases(
    "alabama; alaska; arizona; arkansas; california; colorado; connecticut; delaware; florida; georgia; "
    "hawaii; idaho; illinois; indiana; iowa; kansas; kentucky; louisiana; maine; maryland; massachusetts; "
    "michigan; minnesota; mississippi; missouri; montana; nebraska; nevada; new hampshire; new jersey; new "
    "mexico; new york; north carolina; north dakota; ohio; oklahoma; oregon; pennsylvania; rhode island; "
    "south carolina; south dakota; tennessee; texas; utah; vermont; virginia; washington; west virginia; "
    "wisconsin; wyoming; district of columbia; ontario; quebec; british columbia; alberta; manitoba; "
    "saskatchewan; nova scotia; new south wales; victoria; queensland; washington dc; washington, d.c.; "
    "d.c."
)
STATE_CODES = _set(
    "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd"
    " oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc on qc bc ab mb sk ns nb nl pe nsw vic qld"
)
CITIES = (
    _phrases(
        "london; manchester; birmingham; leeds; glasgow; edinburgh; bristol; liverpool; sheffield; cardiff; "
        "belfast; newcastle; nottingham; leicester; brighton; oxford; cambridge; reading; dublin; cork; new "
        "york city; nyc; los angeles; chicago; houston; phoenix; philadelphia; san antonio; san diego; dallas; "
        "san jose; austin; boston; seattle; denver; portland; atlanta; miami; detroit; minneapolis; san "
        "francisco; bay area; toronto; montreal; vancouver; calgary; ottawa; sydney; melbourne; brisbane; "
        "perth; auckland; wellington; paris; lyon; marseille; lille; toulouse; bordeaux; nantes; strasbourg; "
        "berlin; munich; munchen; hamburg; frankfurt; cologne; koln; stuttgart; dusseldorf; leipzig; dresden; "
        "hannover; vienna; wien; graz; zurich; geneva; geneve; basel; bern; madrid; barcelona; valencia; "
        "sevilla; seville; bilbao; malaga; zaragoza; lisbon; lisboa; porto; rome; roma; milan; milano; turin; "
        "naples; amsterdam; rotterdam; utrecht; the hague; brussels; bruxelles; antwerp; ghent; copenhagen; "
        "stockholm; gothenburg; oslo; helsinki; warsaw; krakow; prague; budapest; bucharest; sofia; athens; "
        "istanbul; ankara; kyiv; moscow; bangalore; bengaluru; mumbai; delhi; new delhi; hyderabad; chennai; "
        "pune; kolkata; gurgaon; noida; karachi; lahore; dhaka; tokyo; osaka; seoul; beijing; shanghai; "
        "shenzhen; manila; jakarta; bangkok; kuala lumpur; lagos; nairobi; accra; johannesburg; cape town; "
        "cairo; tel aviv; dubai; doha; riyadh; mexico city; ciudad de mexico; guadalajara; monterrey; sao "
        "paulo; rio de janeiro; buenos aires; santiago; bogota; medellin; lima; quito"
    )
    | foreign_words.CITIES
)
STOPWORDS = _set(
    "a about above after again all also am an and any are as at be because been before being below between"
    " both but by can could did do does doing done down during each etc either few for from further had has"
    " have having he her here hers him his how i if in into is it its itself just like may me might more"
    " most much must my no nor not now of off on once one only or other our ours out over own per same she"
    " should so some such than that the their theirs them then there these they this those through to too"
    " under until up upon us very via was we were what when where which while who whom whose why will with"
    " within without would you your yours yourself eg ie e.g i.e several many every another well able"
    " across among around"
)
PHRASE_EDGES = _set(
    "experience knowledge skills skill ability strong excellent good great solid proven advanced basic deep"
    " working hands-on relevant related similar other various multiple new modern years year plus least"
    " minimum proficiency proficient understanding familiarity familiar demonstrated some any all high highly"
    " best clear full current more most first own ideally preferred required desirable level degree field"
    " equivalent discipline background practical professional previous prior significant extensive real day"
    " week month team teams people work environment role job position candidate company employer business one"
    " two three four five six seven eight nine ten someone person anything everything thing things way ways"
    " use using well large small complex different key daily weekly monthly quarterly yearly annual active"
    " sound hands site part time full-time day-to-day lot kind exam range variety number areas area tools tool"
    " systems system technologies technology methods principles practices concepts techniques better always"
    " early late ready next last another mid senior junior it them us our your his her comfort"
)
"""Words that no keyword begins or ends with."""
TOO_GENERAL = _set(
    "management communication support development design planning analysis research training service services"
    " quality data customer client clients customers reports report reporting projects project process"
    " processes documentation leadership operations patients students staff products product strategy"
    " standards policies meetings plans issues solutions requirements performance stakeholders results content"
    " programs program users user public government code questions information community growth success impact"
    " opportunity degree certification license licence writing speaking english travel salary bonus teams"
    " group groups office plants plant units budget department members hospital school county city state union"
    " law value values culture goals risk risks"
)
"""Words that are no keyword by themselves."""
NOT_ACRONYMS = _set(
    "US USA UK EU OK AM PM HR IT EEO EOE PTO CEO CFO COO CTO VP NYC LA DC FAQ ASAP N/A USD CAD GBP EUR MON"
    " TUE WED THU FRI SAT SUN AND THE FOR YOU OUR NOT WITH ALL ARE WE GSA TTS GS LLC INC LTD II III IV ID CV"
)
"""Capitals that name no skill. Not folded."""
UNINFLECTED = _set(
    "accounting marketing engineering spring string networking banking learning publishing catering building"
    " king ring sing nothing something everything during evening morning red bed fed led med ted shed need"
    " seed feed speed embedded unified aws css sas ios https dns jenkins kubernetes kibana sales news business"
    " express class access process windows series species pass less across address discuss always this his its"
    " us analysis basis chassis bus plus status focus campus radius census bias gas canvas texas illinois"
    " physics mathematics economics statistics ethics logistics analytics robotics graphics electronics"
    " hydraulics operations communications united branding sourcing plating framing charting pricing"
)
"""Words that end like an inflection and have none, or whose stem would mean something else."""
NOT_A_COMPANY = _set(
    "we you this it the our your there what who as that these those they he she i in role job position team"
    " candidate applicants candidates experience ideal strong pay salary travel location work a an if it's all"
    " must nice"
)
"""Words that begin no employer's name."""
SMALL_WORDS = _set("of the and for in at de la le les du des del der die das und et y e & a an to d' da do")
"""Words that titles and names write without a capital."""
PRONOUNS = _set("you we i our your they he she it this that you'll we're you're")
"""Words that begin a sentence with a verb, which is no list of what is asked."""
