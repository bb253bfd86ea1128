"""What `words` holds, for Spanish, French, German and Portuguese: folded, lower case, without diacritics."""

from __future__ import annotations

from typing import Final


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in text.split(";") if phrase.strip())


TITLES: Final = (
    _set(
        "adjunto adjunta administrador administradora albanil aprendiz arquitecto arquitecta asesor asesora ayudante"
        " camionero cajero cajera capataz carnicero carnicera celador celadora chofer comprador compradora conductor"
        " conductora conserje contador contadora cuidador cuidadora delegado delegada economista educador educadora"
        " electricista empleado empleada especialista estilista farmaceutico farmaceutica fisioterapeuta fontanero"
        " fotografo gestor gestora instalador instaladora investigador investigadora jardinero jardinera lider"
        " limpiador limpiadora logopeda maquinista matron matrona mecanico monitora mozo nutricionista oficial"
        " oficiala operador operadora panadero panadera pastelero pastelera peluquero peluquera peon periodista pintor"
        " pintora practicante promotor promotora psicologo psicologa redactor redactora reponedor reponedora repostero"
        " repostera secretario secretaria soldador soldadora subdirector subdirectora teleoperador teleoperadora"
        " terapeuta trabajador trabajadora traductor traductora tutora veterinario veterinaria vigilante jefatura"
        " analistas ingenieros sobrestante residente"
    )
    | _set(
        "acheteur acheteuse adjoint adjointe agente animateur animatrice apprenti apprentie architecte assistante"
        " attache attachee auditeur auditrice avocat avocate barman boulanger boulangere boucher bouchere caissier"
        " caissiere chauffeur cheffe chercheur chercheuse coiffeur coiffeuse collaborateur collaboratrice commercial"
        " commerciale concepteur conceptrice conducteur conductrice coordinateur coordinatrice coordonnateur"
        " coordonnatrice couturier couturiere cuisiniere educateur educatrice electricien electricienne employe"
        " employee"
        " equipier equipiere experte formateur formatrice gerant gerante graphiste greffier greffiere hote hotesse"
        " infographiste inspecteur inspectrice instituteur institutrice jardinier jardiniere journaliste juriste"
        " kinesitherapeute livreur livreuse macon magasinier magasiniere manutentionnaire maitre mecanicien"
        " mecanicienne"
        " menuisier menuisiere monteur monteuse notaire operateur operatrice orthophoniste ouvrier ouvriere patissiere"
        " pharmacien pharmacienne peintre plombier preparateur preparatrice professeur professeure psychologue"
        " receptionniste redacteur redactrice sage-femme secretaire serveuse soudeur soudeuse superviseur superviseure"
        " surveillant surveillante technico-commercial teleconseiller teleconseillere tourneur traducteur traductrice"
        " veterinaire aide-soignant aide-soignante aide-comptable"
    )
    | _set(
        "arzt arztin assistentin aushilfe backer backerin berater beraterin betreuer betreuerin bereichsleitung"
        " dolmetscher dozent dozentin einkaufer einkauferin ergotherapeut erzieher erzieherin fachkraft"
        " fachangestellte fachangestellter facharbeiter fahrer fahrerin fachverkauferin forscher forscherin friseur"
        " friseurin gartner gartnerin geselle gesellin gestalter gestalterin hausmeister helfer helferin hilfskraft"
        " installateur jurist juristin kassierer kassiererin kauffrau kaufmann kellner kellnerin koch kochin konditor"
        " konditorin konstrukteur konstrukteurin koordinator koordinatorin lagerist lageristin laborant laborantin"
        " leitung logopade logopadin maler maurer mechaniker mechanikerin meister meisterin oberarzt oberarztin"
        " pfleger"
        " pflegerin physiotherapeut physiotherapeutin planer planerin polier prufer redakteur redakteurin rechtsanwalt"
        " rechtsanwaltin schlosser schneider schneiderin schreiner schreinerin schweisser sekretar sekretarin"
        " servicekraft sozialarbeiter sozialarbeiterin sozialpadagogin spezialist spezialistin steuerberater"
        " steuerberaterin steuerfachangestellte techniker technikerin tischler tischlerin ubersetzer ubersetzerin"
        " verwalter verwalterin volontar volontarin zimmerer zahnarzt stellvertretung teamleitung filialleitung"
        " elektronikerin elektroniker disponent disponentin bauleiter bauleiterin"
    )
    | _set(
        "advogado advogada agente ajudante aprendiz arquiteto arquiteta assessor assessora atendente balconista"
        " bibliotecario bibliotecaria cabeleireiro cabeleireira camareira carpinteiro chefe conferente confeiteiro"
        " confeiteira contabilista controlador controladora cozinheiro cozinheira eletricista empregado empregada"
        " encarregado encarregada enfermeiros estoquista fiscal formador formadora funcionario funcionaria garcom"
        " instrutor instrutora jornalista mestre motorista padeiro padeira pedreiro porteiro psicologo"
        " rececionista redator redatora socio tradutor tradutora zelador zeladora analista auxiliar tecnico tecnica"
    )
)
GERMAN_TITLE_ENDINGS: Final = (
    "leiter", "leiterin", "leitung", "berater", "beraterin", "entwickler", "entwicklerin", "techniker", "technikerin",
    "meister", "meisterin", "arbeiter", "arbeiterin", "pfleger", "pflegerin", "ingenieur", "ingenieurin", "manager",
    "managerin", "fachkraft", "fuhrer", "fuhrerin", "kaufmann", "kauffrau", "verkaufer", "verkauferin", "helfer",
    "helferin", "fahrer", "fahrerin", "assistent", "assistentin", "sekretar", "sekretarin", "buchhalter",
    "buchhalterin", "lehrer", "lehrerin", "erzieher", "erzieherin", "mechaniker", "mechanikerin", "mechatroniker",
    "mechatronikerin", "elektroniker", "elektronikerin", "angestellte", "angestellter", "beauftragte", "beauftragter",
    "spezialist", "spezialistin", "planer", "planerin", "konstrukteur", "redakteur", "redakteurin", "mitarbeiter",
    "mitarbeiterin", "praktikant", "praktikantin", "student", "studentin", "schwester", "therapeut", "therapeutin",
    "disponent", "disponentin", "einkaufer", "einkauferin", "kraft",
)  # fmt: skip
"""Ends of German compounds that name a position: "Filialleiterin", "Vertriebsassistent"."""

COMPANIES: Final = _set(
    "ltda eireli lda sasu eurl scop snc c.v. ohg ug e.v. ev ayuntamiento residencia farmacia panaderia pasteleria"
    " despacho gestoria asesoria consultoria editorial constructora bodegas talleres transportes logistica servicios"
    " distribuidora centro fundacion cooperativa molinos supermercados supermercado almacenes clinicas laboratorios"
    " restaurante hermanos mairie ville chu groupe cabinet maison boulangerie patisserie societe editions commune"
    " departement conseil ateliers garage lycee ecole college laboratoire cafe brasserie hopitaux transports"
    " pharmacie stadt stadtwerke kita praxis kanzlei verlag werke handel spedition backerei konditorei"
    " gruppe amt verband landkreis gemeinde kreis ministerium landesamt autohaus apotheke gasthof hotelbetriebe"
    " bau maschinenbau steuerkanzlei schule gymnasium camara prefeitura municipio escritorio construtora industria"
    " comercio laboratorio associacao fundacao transportadora confeitaria padaria clinicas mercado universidades"
)
EMPLOYMENT: Final = _phrases(
    "tiempo parcial; jornada parcial; indefinido; contrato indefinido; temporal; practicas; becas; temps plein; temps"
    " partiel; a temps plein; interim; contrat a duree indeterminee; saisonnier; unbefristet; befristet; minijob;"
    " praktikum; werkstudent; freiberuflich; ausbildung; tempo inteiro; tempo parcial; estagio; efetivo; clt; pj;"
    " presencial; remoto; hibrido; teletravail; teletrabajo; homeoffice; home office; autonomo; independant"
)
CITIES: Final = _phrases(
    "rosario; cordoba; mendoza; queretaro; puebla; tijuana; leon; toluca; merida; granada; murcia; alicante; cadiz;"
    " vigo; gijon; oviedo; salamanca; valladolid; burgos; santander; pamplona; palma; cali; barranquilla; valparaiso;"
    " nice; rennes; grenoble; montpellier; dijon; angers; tours; rouen; reims; nancy; metz; brest; limoges; quimper;"
    " clermont-ferrand; quebec; laval; gatineau; sherbrooke; lausanne; liege; namur; charleroi; nurnberg; bremen;"
    " essen;"
    " dortmund; bochum; augsburg; mannheim; karlsruhe; freiburg; kiel; lubeck; rostock; erfurt; jena; kassel; mainz;"
    " linz; salzburg; innsbruck; potsdam; magdeburg; munster; bielefeld; coimbra; braga; aveiro; faro; setubal; evora;"
    " curitiba; porto alegre; belo horizonte; salvador; recife; fortaleza; brasilia; campinas; florianopolis; goiania;"
    " manaus; belem; santos; niteroi; joinville; ribeirao preto; trujillo; arequipa"
)
SECTIONS: Final[dict[str, frozenset[str]]] = {
    "summary": _phrases(
        "presentacion; objetivo profesional; resumen profesional; perfil personal; mon profil; presentation; projet"
        " professionnel; resume professionnel; en bref; profil personnel; uber mich; kurzvorstellung; berufsziel; zu"
        " meiner person; mein profil; sobre; apresentacao; objetivo profissional; sintese; resumo de qualificacoes"
    ),
    "experience": _phrases(
        "antecedentes laborales; antecedentes profesionales; vida laboral; experiencia de trabajo; experiencia y"
        " trayectoria; experiencia docente; experiencia clinica; empleos; puestos; experiencia previa; historial"
        " profesional; experiences pro; experience pro; vie professionnelle; parcours pro; mon parcours; postes"
        " occupes; emplois occupes; berufliche stationen; beruflicher lebenslauf; beruflicher hintergrund; stationen;"
        " berufstatigkeit; berufliche tatigkeit; berufliche tatigkeiten; berufspraxis; arbeitserfahrung; berufsweg;"
        " beruflicher weg; berufliche erfahrung; berufliche praxis; percurso profissional; historico; trajetoria;"
        " trajetoria profissional; experiencia; experiencias; empregos; atividade profissional; vida profissional;"
        " carreira; experiencia de trabalho"
    ),
    "education": _phrases(
        "formacion y titulos; titulos; titulacion; estudios realizados; formacion reglada; datos academicos; historial"
        " academico; educacion formal; formacion universitaria; escolaridad; formation initiale; formation academique;"
        " parcours scolaire; cursus; diplomes obtenus; scolarite et diplomes; formation et diplomes; schule; schule"
        " und"
        " ausbildung; schule und studium; aus- und weiterbildung; abschlusse; ausbildung & studium; schulischer"
        " werdegang; schulausbildung; berufsausbildung; hochschulstudium; studium und ausbildung; habilitacoes;"
        " habilitacoes literarias; habilitacoes academicas; formacao escolar; percurso academico; estudos;"
        " escolaridade"
    ),
    "skills": _phrases(
        "informatica; informatica y herramientas; ofimatica; destrezas; competencias profesionales; competencias"
        " tecnicas; conocimientos informaticos; conocimientos tecnicos; programas; herramientas e idiomas; competences"
        " cles; competences professionnelles; mes competences; outils et logiciels; savoir-etre; atouts; bureautique;"
        " it-kenntnisse; edv; edv kenntnisse; pc-kenntnisse; it kenntnisse; fachliche kenntnisse; besondere"
        " kenntnisse;"
        " starken; schwerpunkte; it; werkzeuge; software und werkzeuge; competencias tecnicas; competencias"
        " digitais; competencias pessoais; conhecimentos tecnicos; conhecimentos de informatica; habilidades;"
        " qualificacoes"
    ),
    "certifications": _phrases(
        "matricula; colegiacion; carnets; permisos; cursos y certificaciones; certificaciones y cursos; formacion"
        " continua; otros cursos; cursos realizados; permis et habilitations; formations complementaires; formation"
        " continue; permis de conduire; fuhrerschein; fortbildung; scheine; zertifikate und weiterbildung; lehrgange;"
        " zusatzqualifikationen; zusatzausbildung; cursos complementares; formacao complementar; cursos e"
        " certificacoes; registro profissional; carta de conducao; cedula profissional"
    ),
    "languages": _phrases(
        "idiomas y nivel; connaissances linguistiques; fremdsprachen; idioma; competencias linguisticas"
    ),
    "contact": _phrases(
        "datos de contacto; datos; informations personnelles; etat civil; personliche angaben; angaben zur person;"
        " zur person; personalien; anschrift; dados; informacoes pessoais; contactos; contatos; identificacao"
    ),
    "volunteering": _phrases(
        "voluntariado y otros; vie associative; engagements associatifs; engagement associatif; ehrenamtliche"
        " tatigkeit;"
        " ehrenamtliche tatigkeiten; trabalho voluntario; atividades complementares"
    ),
    "interests": _phrases(
        "otros intereses; passions; centres d'interets; hobbies und interessen; hobbys und interessen; passatempos"
    ),
    "projects": _phrases(
        "proyectos destacados; projets personnels; projets realises; ausgewahlte projekte; projetos relevantes"
    ),
    "references": _phrases("referencias laborales; referencias personales; referenzgeber; references professionnelles"),
    "other": _phrases(
        "otros; otros meritos; varios; informations complementaires; weiteres; weitere angaben; outros; outras"
        " informacoes"
    ),
}
STOPWORDS: Final = _set(
    "el la los las un una unos unas de del al y o u en con para por sin sobre que su sus se es como entre e a lo nos"
    " le les des du au aux et ou dans avec pour par sans sur une est sont vous nous votre vos leur leurs notre nos ce"
    " cette ces qui dont l d der die das den dem des ein eine einen einem einer und oder mit fur im in von vom zu zum"
    " zur bei als auf ist sind sie wir ihr ihre ihren unser unsere nach aus an am um o os as da do das dos na no nas"
    " nos"
    " em com ao aos pela pelo sua seu suas seus voce vai ser um uma ou sera seras tu tus te was wie wer warum unser"
    " mehr quien quienes que somos nuestra nuestro notre qui quem nossa nosso"
)
CONNECTORS: Final = _set("de del des du la le les da do dos das d l a al en em con com von der des fur zu e y et")
"""Stop words that stand inside a name of several words: "estudio de tiempos"."""
