"""Labels as registers and hospitals of other languages print them: German and Swedish."""

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
section interventions: behandlung | intervention en | behandling | läkemedel | prüfpräparat
nothing: kontakt | ansprechpartner | kontaktperson | studienleiter | ansvarig prövare
"""
"""As `labels` writes them: shape and field, then the spellings."""
