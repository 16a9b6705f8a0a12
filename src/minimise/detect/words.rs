//! Word lists that several detectors share.

use std::collections::HashSet;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

/// A set of words in lower case without marks. Nearly every question is answered by the first
/// letter and the length alone.
#[derive(Debug)]
pub(super) struct Words {
    words: HashSet<&'static str, FixedState>,
    lengths: [u32; 32],
}

impl Words {
    /// The words of a text, lines that begin with `#` left out.
    pub(super) fn of(text: &'static str) -> Self {
        let mut lengths = [0; 32];
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let words: HashSet<_, _> = lines.flat_map(str::split_whitespace).collect();
        for word in &words {
            if let Some(known) = lengths.get_mut(initial(word)) {
                *known |= length(word);
            }
        }
        Self { words, lengths }
    }

    /// Is this word one of them?
    pub(super) fn contains(&self, word: &str) -> bool {
        let known = self.lengths.get(initial(word)).copied().unwrap_or_default();
        known & length(word) != 0 && self.words.contains(word)
    }
}

fn initial(word: &str) -> usize {
    usize::from(word.bytes().next().unwrap_or_default() & 31)
}

fn length(word: &str) -> u32 {
    1 << word.len().min(31)
}

/// Particles of a Dutch (or other) family name.
pub(super) static PARTICLES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "van der den de ten ter te het t in op aan d s la le von zu el al ben bin dos da di uit bij onder \
    over voor v du del zum zur vom af vd vande vanden vander dela",
    )
});

/// Words that announce a person.
pub(super) static HONORIFICS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "mevrouw mevr mw mvr mevrouws meneer menheer meneertje mijnheer dhr heer heren fam familie dokter \
    dr mr mrs ms miss mister frau herr herrn doctor dominee ds pastoor tnv tav echtpaar weduwe \
    weduwnaar notaris family famille gezin mefrou mefr frou hear monsieur madame mme prof professor \
    drs ir ing wethouder burgemeester zr br rector rabbijn mev senora senor pan pani",
    )
});

/// What follows particles or a relation and is a place or a thing, not a name.
pub(super) static PLACES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "overkant buurt straat hoek kerk gemeente thuiszorg school bus winkel trein dokter zaak orde hand \
    weg nederland belgie duitsland turkije marokko polen syrie oekraine suriname iran irak eritrea \
    somalie afghanistan engeland frankrijk spanje italie amerika europa holland friesland limburg \
    twente brabant gelderland achterhoek veluwe randstad maandag dinsdag woensdag donderdag vrijdag \
    zaterdag zondag monday tuesday wednesday thursday friday saturday sunday january february march \
    april may june july august september october november december nederlands engels duits frans \
    turks arabisch pools spaans italiaans dutch english german french kerst pasen pinksteren \
    sinterklaas ramadan suikerfeest koningsdag whatsapp facebook instagram",
    )
});

/// Words that end a message, before a name.
pub(super) static GREETINGS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "groet groeten groetjes gr grt grtjs hoogachtend liefs mvg dank bedankt dankjewel thanks regards \
    cheers greetings sincerely gruss grusse vg afzender getekend",
    )
});

/// Words of the language that are family names as well.
pub(super) static NAMELIKE: LazyLock<Words> =
    LazyLock::new(|| Words::of(include_str!("namelike.txt")));

/// Words that introduce a name.
pub(super) static INTRODUCTIONS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "naam achternaam familienaam heet heette genaamd name surname called named heisse heiss roepnaam \
    contactpersoon tav tnv getrouwd gehuwd meisjesnaam nachname geslachtsnaam hjit hiet",
    )
});

/// Words that introduce a number that is nobody's: orders, parcels, articles, meters.
pub(super) static REFERENCES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "order ordernr ordernummer bestelling bestelnr bestelnummer artikel artikelnr artikelnummer \
    klantnr klantnummer lidnr lidnummer pakket pakketcode pakketnummer zending zendingnummer track \
    trackcode tracking ean isbn barcode meterstand meterstanden kenmerk referentie reference ref \
    ticket ticketnummer dossier dossiernr dossiernummer zaaknummer zaaknr factuur factuurnr \
    factuurnummer polis polisnummer serienummer serienr serial typenummer modelnummer model type \
    invoice item kvk kvknummer kaartnr kaartnummer pasnr pasnummer code pin pincode foutcode \
    bonnr bonnummer reservering boeking reparatienummer meldingsnummer chassisnummer imei",
    )
});

/// Units and the like that make the number before them a measure, a time or a count.
pub(super) static UNITS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "jaar jr jaren jarige years year yrs uur uurtje uurtjes uren u h hrs hours hour min mins minuut \
    minuten minutes minute sec seconden dag dagen days day dagdeel dagdelen week weken weeks maand \
    maanden months keer maal times km m cm mm m2 meter meters kilometer kilometers kilo kg gram gr g \
    liter liters l euro eur euros cent procent percent personen mensen people man kinderen kids \
    children stuks x hoog etage verdieping graden am pm huizen woningen ochtenden middagen avonden \
    januari februari maart april mei juni juli augustus september oktober november december lopen \
    fietsen rijden ww w",
    )
});

/// Common words that may stand where a name or an account could.
pub(super) static COMMON: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "ik je jij u hij zij ze we wij wie wat waar is was en of een het de dit dat die met voor van naar \
    om op in aan bij te er ook nog niet geen wel heel graag wilt komt woont vraagt zegt houdt vindt \
    loopt blijft krijgt doet ziet werd alleen uit hiernaast boven beneden thuis zelf samen elke \
    iedere oud nodig stichting vereniging team bestuur werkgroep organisatie buurthuis wijkteam \
    gemeente club redactie bewoners hier daar mijn zijn haar ons onze uw jouw hun wil kan kunt kun \
    zoek zoekt heeft heb hebben gaat ga moet mag zal zou als dan maar want dus omdat toen nu al zo \
    weer wordt the a an and or but for with to from at on my your his her our their i you he she it \
    they this that who can has have will would please needs wants via account pagina groep page \
    group app leren gebruiken uitleg hulp help tot na tussen sinds dank thanks groet",
    )
});

/// Everyday words that are no family name where a sentence or a line may begin, or where nothing is
/// written with a capital. After "mevrouw" with a capital they may be one: "mevrouw De Goede".
pub(super) static EVERYDAY: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "hallo hoi dag beste lieve geachte goedemorgen goedemiddag goedenavond goedendag hey hello hi dear moi hoj \
    bedankt dankjewel dankuwel alvast groeten groetjes grtz xx xxx mvg liefs vriendelijke hartelijke warme \
    gezocht gevraagd aangeboden gratis wanneer waarom waarvoor hoe hoeveel welke iemand niemand iedereen \
    alles niets iets veel weinig meer minder meest beetje paar elk ieder alle sommige enkele beide andere \
    ander zelfde eigen eerste tweede derde laatste volgende vorige nieuwe oude grote kleine goede mooie lieve \
    leuke fijne gezellige rustige handige ervaren betrouwbare vaste losse vrije hele halve dichte \
    komen gaan doen zien horen weten denken vinden geven nemen krijgen maken zetten leggen staan liggen \
    zitten lopen fietsen rijden brengen halen bellen mailen appen sturen schrijven lezen praten spreken \
    koken eten drinken wandelen werken wonen leven spelen helpen zoeken vragen kopen verkopen lenen \
    doe geef neem maak zet loop fiets rijd rij breng haal bel mail stuur schrijf lees praat spreek kook \
    eet drink wandel werk woon leef speel kom kon kunnen konden mogen mocht moeten moest willen wilde \
    zullen zouden hoeft hoeven durft durf weet wist denkt denk dacht vond gaf nam kwam ging deed zag hoorde \
    stond lag zat liep fietste reed bracht haalde belde helpt kookt eet drinkt wandelt werkt speelt leest \
    praat spreekt kent ken kende regelt brengt haalt belt rijdt zorgt zorg past oppast leert geeft neemt maakt \
    staat ligt zit gelooft hoopt wacht wachten begint beginnen stopt eindigt duurt kost betaalt woonde \
    vandaag morgen gisteren straks later eerder soms vaak altijd nooit meestal misschien ongeveer bijna \
    erg best echt toch gewoon even eens nou hoor trouwens ook verder daarom daarna daarbij hierbij \
    samen apart buiten binnen links rechts voorbij dichtbij ver naast achter onder over langs rond \
    mevrouw meneer heer dame jongen meisje kind vrouw man mens mensen buurvrouw buurman vriend vriendin \
    here there now then when where why how what which some any every all both each other another new old \
    good great nice kind please thank also very just only still yet again never always often maybe about \
    am are were been being do does did done go goes going went come comes came get gets got make makes made \
    take takes took give gives gave know knows knew think thinks see sees saw say says said tell told ask \
    asks looking searching wanted offered free help helps helping live lives work works speak speaks",
    )
});
