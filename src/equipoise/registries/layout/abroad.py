"""Labels as registers and hospitals of other languages print them: German, Swedish, French, Dutch, Spanish, Italian, Portuguese, Danish and Norwegian."""

ROWS = """
value identifiers: drks id | drks id der studie | registernummer | studien id | studiennummer | registrierungsnummer | eudract nummer | eu ct nummer | studie id | studienummer | registreringsnummer
value title: studientitel | titel | kurztitel | titel der studie | studiens titel | studiens namn | kort titel
value official_title: wissenschaftlicher titel | offizieller titel | vollständiger titel | vetenskaplig titel | officiell titel | fullständig titel
value acronym: studienakronym | akronym | kurzname
value sponsor: primärer sponsor | hauptsponsor | träger | huvudman | huvudsponsor | ansvarig organisation
value status: rekrutierungsstatus | studienstatus | stand der rekrutierung | rekryteringsstatus | studiestatus | studiens status
value start: studienbeginn | startdatum | beginn der studie | beginn | datum der rekrutierung des ersten teilnehmers | geplanter studienstart | studiestart | start av studien
value completion: studienende | enddatum | ende der studie | ende | slutdatum | avslutas | studieslut
value first_posted: registrierungsdatum | registrierungsdatum in drks | datum der registrierung | registreringsdatum
value last_update_posted: letzte aktualisierung | zuletzt aktualisiert | senast uppdaterad
text summary: zusammenfassung | kurzbeschreibung | ziel der studie | sammanfattning | syfte | studiens syfte
text description: beschreibung | studienbeschreibung | ausführliche beschreibung | beskrivning
text plain_summary: allgemeinverständliche kurzbeschreibung | laienverständliche zusammenfassung | om studien
list conditions: untersuchte krankheit | erkrankung | erkrankungen | krankheitsbild | indikation | diagnose | diagnos | diagnoser | sjukdom | sjukdomar | tillstånd
value study_type: studientyp | studienart | art der studie | studientypus | studietyp | typ av studie
list phases: studienphase | fas | studiefas
value allocation: zuteilung | randomisierung | randomisering | fördelning
value masking: verblindung | maskierung | blindning | blindning av studien
value purpose: studienzweck | zweck | huvudsyfte
value enrolment: anzahl geplanter studienteilnehmer | geplante studienteilnehmer | anzahl teilnehmer | teilnehmerzahl | fallzahl | geplante fallzahl | anzahl der teilnehmer | antal deltagare | antal patienter | planerat antal deltagare
value sex: geschlecht | kön
value minimum_age: mindestalter | minimales alter | lägsta ålder | minimiålder
value maximum_age: höchstalter | maximales alter | högsta ålder | maximiålder
value ages: alter | altersgruppe | ålder | åldersgrupp
value healthy_volunteers: gesunde probanden | gesunde freiwillige | friska frivilliga
heading eligibility include: einschlusskriterien | weitere einschlusskriterien | inklusionskriterien | inklusionskriterier | vem kan delta | wer kann teilnehmen
heading eligibility exclude: ausschlusskriterien | exklusionskriterien | exklusionskriterier | vem kan inte delta | wer kann nicht teilnehmen
text eligibility: ein und ausschlusskriterien | teilnahmekriterien | inklusions och exklusionskriterier
list countries: land | länder | rekrutierungsländer | teilnehmende länder | deltagande länder
list locations: studienort | studienorte | standorte | prüfzentren | studienzentren | plats | platser | ort | studieort | deltagande kliniker
section outcomes primary: primärer endpunkt | primäre endpunkte | hauptzielgröße | primärt utfallsmått | primära utfallsmått | primär effektvariabel
section outcomes secondary: sekundärer endpunkt | sekundäre endpunkte | sekundärt utfallsmått | sekundära utfallsmått
section interventions: behandeling | behandlung | intervention en | behandling | läkemedel | prüfpräparat
value identifiers: numéro de l essai | numéro d essai | numéro d enregistrement | numéro eudract | numéro d identification | référence de l essai | n eudract | numéro id rcb
value title: titre | titre de l essai | titre abrégé | titre court | titre public | titre de l étude
value official_title: titre scientifique | titre officiel | titre complet | titre long
value acronym: acronyme
value sponsor: promoteur | promoteur de l essai | promoteur de l étude | organisme promoteur
list collaborators: partenaire | partenaires | collaborateur | collaborateurs
list funders: financeur | financeurs | financement | source de financement
value status: statut | état | statut de l essai | état du recrutement | statut du recrutement | état de l essai
value start: date de début | date d ouverture | début de l étude | début des inclusions | ouverture de l essai
value completion: date de fin | fin de l étude | date de clôture | fin de l essai
value enrolment_end: fin des inclusions
value last_update_posted: dernière mise à jour | date de mise à jour
text summary: résumé | objectif de l étude | but de l étude
text description: description de l étude | description détaillée
text objectives: objectif principal | objectifs
list conditions: pathologie | pathologies | maladie | maladies | indication thérapeutique | affection
value study_type: type d étude | type d essai
list phases: phase de l essai | phase de l étude
value allocation: répartition | randomisation | attribution
value masking: insu | aveugle | mise en insu | masquage
value purpose: objectif | finalité
value enrolment: nombre de participants | nombre de patients | nombre de sujets | effectif | effectif prévu | nombre de patients prévus
value sex: sexe | genre
value minimum_age: âge minimum | âge minimal
value maximum_age: âge maximum | âge maximal
value ages: âge | tranche d âge | âges
value healthy_volunteers: volontaires sains
heading eligibility include: critères d inclusion | critère d inclusion | principaux critères d inclusion
heading eligibility exclude: critères de non inclusion | critères d exclusion | critères d exclusion et de non inclusion | principaux critères d exclusion | principaux critères de non inclusion
text eligibility: critères d éligibilité | qui peut participer
list countries: pays
list locations: lieu | lieux | centres | centres participants | lieu de l étude | établissements participants | centres investigateurs
section outcomes primary: critère de jugement principal | critères de jugement principaux | critère principal
section outcomes secondary: critère de jugement secondaire | critères de jugement secondaires | critères secondaires
section interventions: traitement | traitements | traitement étudié | traitements étudiés
nothing: contacts | personne à contacter | investigateur principal | investigateur coordonnateur | investigateur
value identifiers: studienummer | registratienummer | onderzoeksnummer | nummer van het onderzoek
value title: titel van het onderzoek | korte titel | naam van het onderzoek
value official_title: wetenschappelijke titel | volledige titel | officiële titel
value sponsor: opdrachtgever | verrichter | sponsor van het onderzoek
list funders: financier | financiering | subsidiegever
value status: status van het onderzoek | wervingsstatus
value start: startdatum | begindatum | start van het onderzoek
value completion: einddatum | einde van het onderzoek
text summary: samenvatting | doel van het onderzoek
list conditions: aandoening | aandoeningen | ziekte | ziektebeeld | ziekten
value study_type: soort onderzoek | type onderzoek | onderzoekstype
list phases: fase
value allocation: toewijzing | randomisatie | loting
value masking: blindering
value purpose: doel
value enrolment: aantal deelnemers | aantal patiënten | aantal proefpersonen
value sex: geslacht
value ages: leeftijd | leeftijden
value minimum_age: minimumleeftijd
value maximum_age: maximumleeftijd
value healthy_volunteers: gezonde vrijwilligers
heading eligibility include: inclusiecriteria | wie kan meedoen | wie mag meedoen
heading eligibility exclude: exclusiecriteria | wie kan niet meedoen | wie mag niet meedoen
list countries: land | landen
list locations: locatie | locaties | ziekenhuizen | deelnemende ziekenhuizen
section outcomes primary: primaire uitkomst | primaire uitkomstmaat | belangrijkste uitkomst | primaire uitkomstmaten
section outcomes secondary: secundaire uitkomst | secundaire uitkomstmaat | secundaire uitkomstmaten
section interventions: interventie | onderzoeksbehandeling
nothing: contactpersoon | hoofdonderzoeker | nieuwsbrief | contactgegevens
nothing: kontakt | ansprechpartner | kontaktperson | studienleiter | ansvarig prövare
value identifiers: código del estudio | número de registro | código de protocolo | numero di registrazione | codice studio | codice dello studio | codice protocollo | número de registo | código do estudo | registreringsnummer | forsøgsnummer | studienummer | prosjektnummer
value title: título | título del estudio | título corto | título público | titolo | titolo breve | titolo dello studio | título do estudo | título público do estudo | kort titel | tittel | studiets titel
value official_title: título científico | título completo | título oficial | titolo completo | titolo scientifico | titolo ufficiale | videnskabelig titel | vitenskapelig tittel | fuld titel
value acronym: acrónimo | acronimo | acrônimo
value sponsor: promotor | promotore | patrocinador | sponsor dello studio | promotor del estudio
list funders: financiador | fuente de financiación | finanziatore | fonte di finanziamento | financiamento | finansiering | støttet af
value status: estado | estado del estudio | estado del reclutamiento | stato | stato dello studio | stato dell arruolamento | situação | rekrutteringsstatus
value start: fecha de inicio | inicio del estudio | data di inizio | inizio dello studio | inizio arruolamento | data de início | startdato | oppstart
value completion: fecha de finalización | fecha de fin | fin del estudio | data di fine | fine dello studio | data de término | data de conclusão | slutdato | sluttdato
value last_update_posted: última actualización | ultimo aggiornamento | última atualização | sidst opdateret | sist oppdatert
text summary: resumen | riassunto | sintesi | resumo | obiettivo dello studio | objetivo del estudio | resumé | sammendrag | formål
list conditions: enfermedad | enfermedades | condición | patología | patologia | malattia | condizione | doença | condição | sygdom | sykdom | lidelse
value study_type: tipo de estudio | tipo di studio | tipo de estudo | undersøgelsestype | forsøgstype
list phases: fase | fase del estudio | fase dello studio
value allocation: asignación | asignación aleatoria | assegnazione | randomizzazione | alocação | randomisering
value masking: enmascaramiento | cegamiento | mascheramento | cecità | mascaramento | blinding
value purpose: propósito | finalidad | scopo | finalidade
value enrolment: tamaño de la muestra | número de participantes | tamaño muestral | numero di partecipanti | numero di pazienti | numerosità campionaria | tamanho da amostra | antal deltagere | antall deltakere
value sex: sexo | género | sesso | genere | køn | kjønn
value minimum_age: edad mínima | età minima | idade mínima | minimumsalder
value maximum_age: edad máxima | età massima | idade máxima | maksimumsalder
value ages: edad | edades | età | idade | alder
value healthy_volunteers: voluntarios sanos | volontari sani | voluntários saudáveis | raske frivillige | friske frivillige
heading eligibility include: criterios de inclusión | criteri di inclusione | principali criteri di inclusione | critérios de inclusão | inklusionskriterier | inklusjonskriterier | hvem kan deltage | hvem kan delta
heading eligibility exclude: criterios de exclusión | criteri di esclusione | principali criteri di esclusione | critérios de exclusão | eksklusionskriterier | eksklusjonskriterier | hvem kan ikke deltage | hvem kan ikke delta
text eligibility: criterios de selección | chi può partecipare | quién puede participar | quem pode participar
list countries: país | países | paese | paesi | lande
list locations: centros | centros participantes | centri | centri partecipanti | sede | sedi | lugar | local | sted | steder
section outcomes primary: variable principal | resultado principal | desenlace primario | esito primario | endpoint primario | obiettivo primario | desfecho primário | primært effektmål | primært endepunkt
section outcomes secondary: variable secundaria | variables secundarias | desenlace secundario | esito secondario | esiti secondari | endpoint secondari | desfecho secundário | sekundære effektmål | sekundært endepunkt
section interventions: tratamiento | intervención | trattamento | intervento | tratamento | intervenção | behandling
nothing: contacto | investigador principal | contatti | sperimentatore principale | investigador | contato | kontaktperson
"""
"""As `labels` writes them: shape and field, then the spellings."""
