//! Word lists of the language that several detectors share. No names, no places.

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
    /// The words of a text.
    pub(super) fn of(text: &'static str) -> Self {
        let mut lengths = [0; 32];
        for word in text.split_whitespace() {
            if let Some(known) = lengths.get_mut(initial(word)) {
                *known |= length(word);
            }
        }
        Self { words: text.split_whitespace().collect(), lengths }
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
    over voor v du del zum zur vom af",
    )
});

/// Words that announce a person.
pub(super) static HONORIFICS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "mevrouw mevr mw mvr meneer mijnheer dhr heer fam familie dokter dr mr mrs ms miss mister frau \
    herr doctor zuster dominee pastoor tnv tav echtpaar weduwe notaris herrn family",
    )
});

/// Words that end a message, before a name.
pub(super) static GREETINGS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "groet groeten groetjes gr grt grtjs hoogachtend liefs mvg dank bedankt dankjewel thanks regards \
    cheers greetings sincerely gruss grusse vg afzender getekend",
    )
});

/// Words that introduce a name.
pub(super) static INTRODUCTIONS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "naam achternaam heet heette genaamd name surname called named heisse heiss roepnaam \
    contactpersoon tav",
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
    invoice item kvk kvknummer",
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
