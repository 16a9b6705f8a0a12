//! Family names of others, where the words around them say so. First names stay.
//!
//! A family name is what stands where one is due: after a form of address ("mevrouw …"), after
//! somebody's relation to the writer ("mijn buurman …"), after a first name or initials, after
//! "achternaam is", or after particles that nothing else has ("van der …").

use std::ops::Range;
use std::sync::LazyLock;

use crate::minimise::detect::words::{
    COMMON, EVERYDAY, GREETINGS, HONORIFICS, INTRODUCTIONS, PARTICLES, PLACES, Words,
};
use crate::minimise::detect::{Scene, Span, Token};
use crate::model::FindingType;

/// Given names; the file says how it is meant.
static GIVEN: LazyLock<Words> = LazyLock::new(|| Words::of(include_str!("given_names.txt")));
/// Those that are also words with which a sentence begins.
static AMBIGUOUS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "wil will elke ben mark may june april rose hope joy grace guy pip bas floor storm linde roos mees \
    bill sue pat frank faith dick rob jet bo merel sien puck job ties sterre mart art dirk hans mats don",
    )
});
/// Words after which the family name itself is told.
static FAMILY: LazyLock<Words> =
    LazyLock::new(|| Words::of("achternaam familienaam surname tnv nachname geslachtsnaam"));

/// Is it a common given name?
pub(super) fn is_given_name(word: &str) -> bool {
    GIVEN.contains(word)
}

/// How sure it is that a family name stands here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    /// "mevrouw …": whatever is no common word.
    Sure,
    /// "Toos …": not a town, and not an organisation.
    Likely,
}

/// People that a name is told of.
static RELATIONS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "buurvrouw buurman overbuurvrouw overbuurman benedenbuurman benedenbuurvrouw bovenbuurman \
    bovenbuurvrouw vrijwilliger vrijwilligster namens contact contactpersoon buren buur vriendin vriend \
    zus zuster zusje broer broertje broeder zoon dochter man vrouw moeder vader oma opa tante oom nicht neef \
    schoonzus zwager kennis huisgenoot huisbaas \
    collega huisarts tandarts fysio fysiotherapeut therapeut psycholoog specialist chirurg cardioloog \
    internist verzorger verzorgster wijkverpleegkundige verpleegkundige thuiszorgmedewerker \
    mantelzorger begeleider begeleidster woonbegeleider coordinator coordinatrice voorzitter \
    voorzitster penningmeester secretaris boer boerin slager bakker kruidenier groenteboer schilder loodgieter beheerder consulent consulente maatschappelijk \
    ouderenadviseur bewindvoerder curator mentor advocaat makelaar trainer coach dirigent organist \
    koster pastor predikant dokter pater kapelaan imam juf juffrouw meester leraar lerares docent docente \
    concierge conducteur directeur directrice teamleider klantmanager casemanager jobcoach taalcoach \
    oppas gastouder kapper kapster schoonmaakster hulp thuishulp poetshulp tuinman chauffeur monteur \
    neighbour neighbor friend son daughter husband wife mother father brother sister uncle aunt \
    colleague landlord landlady teacher pastor doctor gp dentist nurse carer caretaker volunteer \
    supervisor coordinator grandson granddaughter mum mom dad kleinzoon kleindochter partner \
    schoonzoon schoondochter schoonmoeder schoonvader buorman buorfrou buurfrou frou mem heit pake \
    beppe nachbar nachbarin freund freundin sohn tochter arzt ami amie voisin voisine",
    )
});
/// Those among them that go with a first name rather than with a family name.
static FAMILIAR: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "vriendin vriend zus zusje broer broertje zoon dochter man vrouw moeder vader oma opa tante oom \
    nicht neef juf juffrouw meester zuster zwager schoonzus hulp oppas collega friend son daughter \
    husband wife mother father brother sister uncle aunt mum mom dad kleinzoon kleindochter partner \
    schoonzoon schoondochter kapper kapster frou mem heit pake beppe freund freundin sohn tochter ami \
    amie grandson granddaughter contact maatschappelijk teacher buren meester trainer coach",
    )
});
/// Those of them that go with a family name as well.
static FORMAL: LazyLock<Words> =
    LazyLock::new(|| Words::of("zuster juf juffrouw meester teacher hulp oppas collega contact"));
/// Words that say whom to turn to, before "bij", "naar" and the like.
static CONTACTS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "vraag vragen vraagt aanmelden aanmelding meld melden opgeven opgave inlichtingen informatie info \
    bellen bel belt mail mailen app appen terecht contact contacten afspreken overleggen gesproken \
    spreken praten praat ask asking call calling contact speak talk reach freegje",
    )
});
/// What stands between such a word and a name.
static TOWARDS: LazyLock<Words> = LazyLock::new(|| {
    Words::of("bij naar met aan op via kan kunt maar even dan gewoon for to with at nei by mei")
});
/// Words between a relation and the name: "mijn buurman heet …".
static LINKS: LazyLock<Words> =
    LazyLock::new(|| Words::of("is heet named called namens from genaamd werker werkster"));
/// What is called by a name and is no person.
static PETS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "hond hondje kat poes kater poesje konijn paard pony cavia papegaai parkiet dog cat rabbit horse \
    puppy kitten pup groep koor club app spel boek site film band straat boot schip school team winkel",
    )
});
/// Particles that only a family name has several of in a row.
static FIRM: LazyLock<Words> = LazyLock::new(|| Words::of("der den ter ten t el von vd"));
/// Words that begin the name of a street, a house or a firm; what follows is no person.
static HOUSES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "laan straat plein weg dreef park kade singel hof huize huis villa flat cafe restaurant hotel \
    theater museum stichting school basisschool college lyceum zalencentrum gebouw zorgcentrum \
    woonzorgcentrum winkel bakkerij slagerij praktijk st sint santa san saint verzorgingshuis \
    dorpshuis kerk merk firma fa boek film serie kringloop bibliotheek",
    )
});
/// Well-known names of firms, sites and works that look like a person's, as first and second word.
static FAMOUS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "albert-heijn jan-linders douwe-egberts peter-pan harry-potter anne-frank anna-paulowna \
    johan-cruijff johan-cruyff johan-cruijf philips-stadion willem-alexander willem-ii will-you bob-ross bob-marley \
    dr-oetker leo-stichting maria-hoeve rosa-spier jan-plezier jan-klaassen piet-hein zwarte-piet \
    jan-wolkers anton-pieck tom-tom karl-marx prins-hendrik sophia-revalidatie max-havelaar \
    theo-thijssen titus-brandsma don-bosco dick-bruna ronald-mcdonald van-gogh van-dale van-nelle \
    van-der-valk linda-magazine libelle-zomerweek joe-speedboot bob-bouwer johnny-jordaan willy-alberti willem-van-oranje hugo-de-groot michiel-de-ruyter \
    vincent-van-gogh piet-mondriaan johann-sebastian-bach johannes-vermeer frans-hals jan-steen \
    andre-hazes andre-rieu frans-bauer marco-borsato guus-meeuwis ramses-shaffy boudewijn-de-groot \
    rob-de-nijs willeke-alberti freddy-mercury elvis-presley john-lennon bob-dylan leonard-cohen \
    nick-simon toon-hermans wim-sonneveld youp-van annie-m annie-schmidt jip-janneke roald-dahl \
    agatha-christie jane-austen james-bond mickey-mouse donald-duck donald-ducks willie-wortel sonja-bakker \
    sonja-barend albert-schweitzer florence-nightingale martin-luther nelson-mandela moeder-teresa \
    maria-montessori rudolf-steiner johan-de-witt jan-van-galen jan-pieterszoon max-verstappen sven-kramer \
    marco-van-basten ruud-gullit rembrandt-van-rijn bram-ladage jan-luyken joe-cocker tom-jones \
    ella-fitzgerald louis-armstrong miles-davis frank-sinatra nina-simone amy-winehouse rick-stein \
    jamie-oliver yotam-ottolenghi marie-kondo titus-brandsma maria-boodschap maria-hemelvaart lewy-body lewi-body maria-magdalena",
    )
});
/// Signs that may stand between a word and the name that it announces.
const POINTERS: [char; 4] = [' ', ':', '\'', '('];

/// Names after a form of address: "mevrouw …", "fam. …".
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    for token in scene.text.tokens() {
        let word = scene.text.word(*token);
        if HONORIFICS.contains(word) {
            let skipped = skip_initials(scene, token.end);
            let dotted = word.len() < 6 || skipped > token.end;
            // "mevrouw Toos Kwartel": the first name stays.
            let given =
                scene.text.after(skipped).next().filter(|first| is_given(scene, skipped, *first));
            let full = given.and_then(|given| name(scene, given.end, false, Due::Sure));
            found.extend(full.or_else(|| name(scene, skipped, dotted, Due::Sure)));
        }
    }
}

/// Names after a first name, a relation, initials, or where the sentence introduces somebody.
pub(in super::super) fn introduced(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    for (place, token) in scene.text.tokens().iter().enumerate() {
        let word = scene.text.word(*token);
        let told = if RELATIONS.contains(word) {
            related(scene, place, word)
        } else if is_label(scene, *token, word)
            || INTRODUCTIONS.contains(word)
            || GREETINGS.contains(word)
            || is_self(scene, *token, word)
        {
            told(scene, place, word)
        } else {
            None
        };
        if let Some(range) = told {
            found.extend(companion(scene, range.end));
            found.extend(Some(range).filter(|range| !range.is_empty()));
        } else if CONTACTS.contains(word) {
            found.extend(asked_for(scene, place));
        } else if let Some(range) = unannounced(scene, place, word) {
            found.extend(companion(scene, range.end));
            found.push(range);
        }
    }
}

/// A name that its own form gives away.
fn unannounced(scene: &Scene<'_>, place: usize, word: &str) -> Option<Range<usize>> {
    after_given(scene, place, word)
        .or_else(|| firm(scene, place, word))
        .or_else(|| initialled(scene, place))
}

/// Most different names of others that are looked for again.
const AGAIN_MAX: usize = 16;

/// Makes names whole that are joined by a hyphen, and finds them again elsewhere in the text.
pub(in super::super) fn complete(scene: &Scene<'_>, spans: &mut Vec<Span>) {
    let named = |kind| matches!(kind, FindingType::Name | FindingType::Withhold);
    for span in spans.iter_mut().filter(|span| named(span.kind)) {
        span.range = joined(scene, &span.range);
    }
    let names = spans.iter().filter(|span| span.kind == FindingType::Name);
    let words: Vec<&str> = names
        .flat_map(|span| {
            let inside = scene.text.after(span.range.start);
            inside.take_while(|token| token.end <= span.range.end)
        })
        .filter(|token| token.end - token.start > 3)
        .map(|token| scene.text.word(token))
        .filter(|word| !PARTICLES.contains(word) && !COMMON.contains(word))
        .take(AGAIN_MAX)
        .collect();
    if words.is_empty() || scene.text.is_flat() {
        return;
    }
    let again = scene.text.tokens().iter().filter(|token| {
        scene.text.is_capital(token.start) && !is_determined(scene, **token) && {
            let word = scene.text.word(**token);
            words.contains(&word.strip_suffix('s').unwrap_or(word)) || words.contains(&word)
        }
    });
    let again = again.map(|token| Span { range: token.start..token.end, kind: FindingType::Name });
    let again: Vec<Span> = again.collect();
    spans.extend(again);
}

/// Does an article stand before it, as before the name of a river or a house?
fn is_determined(scene: &Scene<'_>, token: Token) -> bool {
    let before = scene.touching_before(token.start, "");
    before.is_some_and(|before| {
        matches!(scene.text.word(before), "de" | "het" | "een" | "the" | "t")
            && !scene.text.is_capital(before.start)
    })
}

/// A name with what a hyphen joins to it: "Kwartel-Snip".
fn joined(scene: &Scene<'_>, range: &Range<usize>) -> Range<usize> {
    let letter = |at: usize| scene.sign_at(at).is_some_and(char::is_alphabetic);
    let named = |token: &Token| {
        token.is_word()
            && scene.text.is_capital(token.start)
            && !is_given_name(scene.text.word(*token))
    };
    let (mut start, mut end) = (range.start, range.end);
    if !letter(start) || scene.text.is_flat() {
        return range.clone();
    }
    if scene.sign_at(end) == Some('-') && letter(end + 1) {
        let next = scene.text.after(end).next().filter(named);
        end = next.map_or(end, |token| token.end);
    }
    if scene.sign_before(start) == Some('-') {
        let before = scene.text.before(start).next().filter(|token| token.end + 1 == start);
        start = before.filter(named).map_or(start, |token| token.start);
    }
    start..end
}

/// "Van:", "Aan:" of a mail that was pasted.
fn is_label(scene: &Scene<'_>, token: Token, word: &str) -> bool {
    matches!(word, "van" | "aan" | "from" | "to" | "cc")
        && scene.sign_at(token.end) == Some(':')
        && scene.begins_sentence(token.start)
}

/// "Ik ben …", "I am …", "I'm …".
fn is_self(scene: &Scene<'_>, token: Token, word: &str) -> bool {
    let before = scene.touching_before(token.start, "'");
    let own = before.is_some_and(|before| matches!(scene.text.word(before), "ik" | "i" | "ich"));
    own && matches!(word, "ben" | "am" | "m" | "bin" | "heet" | "heisse")
}

/// A name right after somebody's relation to the writer; empty when only a first name is there.
fn related(scene: &Scene<'_>, place: usize, relation: &str) -> Option<Range<usize>> {
    let mut rest = scene.text.tokens().iter().skip(place).copied().peekable();
    let mut at = rest.next()?.end;
    for _ in 0..2 {
        let link = rest.next_if(|link| LINKS.contains(scene.text.word(*link)));
        at = link.map_or(at, |link| link.end);
    }
    let first = rest.next().filter(|first| is_pointed_at(scene, at, *first))?;
    let word = scene.text.word(first);
    if let Some(range) = closing(scene, first) {
        return Some(range);
    }
    if PARTICLES.contains(word) || scene.text.is_flat() {
        let sure = scene.text.is_capital(first.start) || is_firm_from(scene, first);
        return sure.then(|| name(scene, at, false, Due::Sure)).flatten();
    }
    if !scene.text.is_capital(first.start) || is_other(scene, first) {
        return None;
    }
    let familiar =
        FAMILIAR.contains(relation) && !(is_unknown(scene, first) && FORMAL.contains(relation));
    let end = given_end(scene, first);
    if GIVEN.contains(word) || scene.person.is_first(word) || familiar {
        return Some(name(scene, end, false, Due::Likely).unwrap_or(end..end));
    }
    name(scene, at, false, Due::Likely)
}

/// A name after "naam is", a greeting or "ik ben"; empty when only a first name is there.
fn told(scene: &Scene<'_>, place: usize, cue: &str) -> Option<Range<usize>> {
    let mut rest = scene.text.tokens().iter().skip(place).copied().peekable();
    let mut at = rest.next()?.end;
    let family = FAMILY.contains(cue);
    if family {
        return family_name(scene, at);
    }
    for _ in 0..2 {
        let link = rest.next_if(|link| {
            matches!(
                scene.text.word(*link),
                "is" | "heet" | "named" | "called" | "van" | "namens" | "from"
            )
        });
        at = link.map_or(at, |link| link.end);
    }
    let first = rest.next()?;
    if let Some(range) = listed(scene, at, first).or_else(|| closing(scene, first)) {
        return Some(range);
    }
    let near = scene.text.part(at..first.start);
    let capital = scene.text.is_capital(first.start) && !scene.text.is_flat();
    if near.len() > 8 || near.contains(['.', '!', '?']) && !GREETINGS.contains(cue) {
        return None;
    }
    let particle = PARTICLES.contains(scene.text.word(first));
    if particle && capital {
        return name(scene, first.start, false, Due::Sure);
    }
    if !capital || particle || COMMON.contains(scene.text.word(first)) {
        return None;
    }
    let given = given_end(scene, first);
    let start = skip_initials(scene, given);
    let initial = start > given || first.end - first.start == 1;
    if is_person_told(scene, place, cue) && start == first.end && is_unknown(scene, first) {
        return Some(name(scene, start, false, Due::Likely).unwrap_or(first.start..first.end));
    }
    Some(name(scene, start, initial, Due::Likely).unwrap_or(start..start))
}

/// "Vraag naar Toos Kwartel", "aanmelden bij …": two names in a row, or one that is asked for.
fn asked_for(scene: &Scene<'_>, place: usize) -> Option<Range<usize>> {
    let mut rest = scene.text.tokens().iter().skip(place).copied().peekable();
    let mut at = rest.next()?.end;
    let mut asked = false;
    for _ in 0..3 {
        let link = rest.next_if(|link| TOWARDS.contains(scene.text.word(*link)));
        asked |= link.is_some_and(|link| matches!(scene.text.word(link), "naar" | "for" | "nei"));
        at = link.map_or(at, |link| link.end);
    }
    let first = rest.next().filter(|first| is_pointed_at(scene, at, *first))?;
    if scene.text.is_flat() || !scene.text.is_capital(first.start) || !is_unknown(scene, first) {
        return None;
    }
    let second = name(scene, given_end(scene, first), false, Due::Likely);
    second.or_else(|| asked.then(|| name(scene, at, false, Due::Likely)).flatten())
}

/// "groetjes toos kwartel" without capitals: a common first name and a word that ends the line.
fn closing(scene: &Scene<'_>, first: Token) -> Option<Range<usize>> {
    let second = scene.touching_after(first.end, "")?;
    let word = scene.text.word(second);
    let named = scene.text.is_flat()
        && GIVEN.contains(scene.text.word(first))
        && second.is_word()
        && word.len() > 3
        && !is_other(scene, second)
        && !GIVEN.contains(word);
    let rest = scene.text.lower().get(second.end..)?.trim_start_matches([' ', '.', ',', '!']);
    let ends = rest.chars().next().is_none_or(|sign| !sign.is_alphabetic());
    (named && ends).then_some(second.start..second.end)
}

/// "Van: Kwartel, Toos": the family name first.
fn listed(scene: &Scene<'_>, at: usize, first: Token) -> Option<Range<usize>> {
    let labelled = scene.text.part(at..first.start).starts_with(':');
    let comma = scene.text.lower().get(first.end..)?.starts_with(", ");
    let given = scene.text.after(first.end).next()?;
    let named = scene.text.is_capital(first.start) && GIVEN.contains(scene.text.word(given));
    (labelled && comma && named).then_some(first.start..first.end)
}

/// "Achternaam van mijn man is …": what stands behind the colon, behind "is", or right here.
fn family_name(scene: &Scene<'_>, at: usize) -> Option<Range<usize>> {
    let told = scene.text.after(at).take(8).find(|token| scene.text.word(*token) == "is");
    let start = told.map_or(at, |is| is.end);
    let between = scene.text.part(at..start);
    let start = if between.contains(['.', ',', '\n', ':']) { at } else { start };
    name(scene, start, false, Due::Sure)
}

/// "ze heet …", "op naam van …": is a person told of, and not a thing or a pet?
fn is_person_told(scene: &Scene<'_>, place: usize, cue: &str) -> bool {
    let Some(token) = scene.text.tokens().get(place) else {
        return false;
    };
    let mut before = scene.text.before(token.start).take(8).map(|token| scene.text.word(token));
    match cue {
        "naam" | "name" => !before.any(|word| PETS.contains(word)),
        "heet" => before.next().is_some_and(|word| matches!(word, "hij" | "zij" | "ze")),
        _ => false,
    }
}

/// Is it neither the author's first name nor a common one?
fn is_unknown(scene: &Scene<'_>, token: Token) -> bool {
    let word = scene.text.word(token);
    let known = GIVEN.contains(word) || scene.person.is_first(word);
    !known && !is_other(scene, token) && !HONORIFICS.contains(word)
}

/// A family name after a common first name.
fn after_given(scene: &Scene<'_>, place: usize, word: &str) -> Option<Range<usize>> {
    let token = *scene.text.tokens().get(place)?;
    if scene.text.is_flat() || !scene.text.is_capital(token.start) || !GIVEN.contains(word) {
        return None;
    }
    // "de Jan Snip", "Huize Anna Snip" is a firm, a house or a work.
    let before = scene.touching_before(token.start, "'");
    if before.is_some_and(|before| HOUSES.contains(scene.text.word(before)))
        || is_determined(scene, token)
        || (AMBIGUOUS.contains(word) && scene.begins_sentence(token.start))
    {
        return None;
    }
    let given = given_end(scene, token);
    // "Tony's Snoepgoed"
    if scene.text.lower().get(given..).is_some_and(|rest| rest.starts_with("'s ")) {
        return None;
    }
    let start = skip_initials(scene, given);
    let range = name(scene, start, start > given, Due::Likely)?;
    (!is_famous(scene, token.start, range.end)).then_some(range)
}

/// "van der …", "v.d. …", and "Van …" inside a sentence: nothing but a family name begins so.
fn firm(scene: &Scene<'_>, place: usize, word: &str) -> Option<Range<usize>> {
    if !matches!(word, "van" | "v" | "vd" | "vander" | "el" | "ait") {
        return None;
    }
    let token = *scene.text.tokens().get(place)?;
    let before = scene.touching_before(token.start, "'");
    if before.is_some_and(|before| {
        let word = scene.text.word(before);
        HOUSES.contains(word) || super::super::place::ends_like_street(word)
    }) {
        return None;
    }
    let inside = scene.text.is_capital(token.start)
        && !scene.text.is_flat()
        && !scene.begins_sentence(token.start)
        && word.len() > 1;
    let sure = inside || is_firm_from(scene, token);
    let range = sure.then(|| name(scene, token.start, true, Due::Sure)).flatten()?;
    (!is_famous(scene, token.start, range.end)).then_some(range)
}

/// Do particles of a name, and not of ordinary speech, begin here?
fn is_firm_from(scene: &Scene<'_>, first: Token) -> bool {
    let word = scene.text.word(first);
    let next = scene.text.after(first.end).next();
    let close = next.filter(|next| {
        matches!(scene.text.part(first.end..next.start), " " | "." | ". " | "/" | "'" | " '")
    });
    let second = close.map_or("", |next| scene.text.word(next));
    let capital = close.is_some_and(|next| scene.text.is_capital(next.start));
    match word {
        "vd" | "vander" => true,
        "van" | "v" => {
            (FIRM.contains(second) || (word == "v" && second == "d"))
                && (!capital || second != "den")
        }
        _ => false,
    }
}

/// Initials and a name ("J.W. Kwartel"), where a name may stand.
fn initialled(scene: &Scene<'_>, place: usize) -> Option<Range<usize>> {
    let token = *scene.text.tokens().get(place)?;
    let short = token.end - token.start <= 2 && token.is_word();
    if !short || !scene.text.is_capital(token.start) || scene.text.is_flat() {
        return None;
    }
    let start = skip_initials(scene, token.start);
    let before = scene.text.before(token.start).next();
    let gap = before.map_or("", |before| scene.text.part(before.end..token.start));
    let apart =
        before.is_none() || gap.contains(['.', ',', ':', ';', '(', '\n', '-', '!', '?', '&', '/']);
    let led = before.is_some_and(|before| {
        let word = scene.text.word(before);
        matches!(
            word,
            "en" | "door"
                | "aan"
                | "naar"
                | "met"
                | "and"
                | "by"
                | "to"
                | "with"
                | "ir"
                | "ing"
                | "drs"
        ) || HONORIFICS.contains(word)
            || RELATIONS.contains(word)
            || GREETINGS.contains(word)
    });
    if start == token.start || gap.ends_with(|c: char| c.is_ascii_digit()) || !(apart || led) {
        return None;
    }
    let range = name(scene, start, true, Due::Likely)?;
    (range.len() > 2).then_some(range)
}

/// Is this token right behind `at`, with nothing but space or a pointer between?
fn is_pointed_at(scene: &Scene<'_>, at: usize, token: Token) -> bool {
    let gap = scene.text.part(at..token.start);
    !gap.is_empty()
        && gap.len() <= 3
        && gap.chars().all(|c| POINTERS.contains(&c) || c == '.')
        && (!gap.contains('.') || gap == ". ")
}

/// Is this capitalised word no name of a person: a common word, a place, an organisation?
fn is_other(scene: &Scene<'_>, token: Token) -> bool {
    let word = scene.text.word(token);
    is_common(word) || PLACES.contains(word) || is_organisation(word) || is_town(word)
}

fn is_common(word: &str) -> bool {
    COMMON.contains(word) || EVERYDAY.contains(word)
}

fn is_organisation(word: &str) -> bool {
    static KNOWN: LazyLock<Words> = LazyLock::new(|| {
        Words::of(
            "humanitas zonnebloem jumbo lidl aldi hema action ikea kruidvat gamma praxis karwei hornbach \
    present amnesty postnl ziggo kpn rabobank ing abn anwb ggd uwv svb cak cbr rdw kvk roteiro ajax psv \
    feyenoord philips samsung google microsoft apple windows whatsapp facebook instagram youtube etos \
    blokker marktplaats efteling artis schiphol valys regiotaxi leergeld voedselbank tafeltje unicef \
    greenpeace scouting plus coop spar dirk vomar hoogvliet deen boni picnic",
        )
    });
    if KNOWN.contains(word) {
        return true;
    }
    [
        "vereniging",
        "stichting",
        "centrum",
        "school",
        "club",
        "zorg",
        "kerk",
        "groep",
        "fonds",
        "bureau",
        "team",
        "plein",
        "straat",
        "museum",
    ]
    .iter()
    .any(|ending| word.ends_with(ending))
}

/// Is it the name of a municipality or a province?
pub(super) fn is_town(word: &str) -> bool {
    static TOWNS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut towns: Vec<String> = crate::model::Region::all()
            .map(|region| crate::minimise::text::Folded::of(region.name()).lower().to_owned())
            .collect();
        towns.sort();
        towns
    });
    TOWNS.binary_search_by(|town| town.as_str().cmp(word)).is_ok()
}

fn is_famous(scene: &Scene<'_>, start: usize, end: usize) -> bool {
    let text = scene.text.part(start..end);
    FAMOUS.contains(&text.replace(' ', "-"))
}

/// A capitalised word close after `at`: a first name or an initial.
fn is_given(scene: &Scene<'_>, at: usize, token: Token) -> bool {
    let gap = scene.text.part(at..token.start);
    let word = scene.text.word(token);
    gap.len() <= 8
        && !gap.contains(['.', '!', '?'])
        && scene.text.is_capital(token.start)
        && !is_common(word)
        && !PARTICLES.contains(word)
}

/// The name after "… en Piet": somebody named together with another.
fn companion(scene: &Scene<'_>, at: usize) -> Option<Range<usize>> {
    let and = scene.touching_after(at, "&")?;
    let first = scene.text.after(and.end).next()?;
    let given = is_given(scene, and.end, first);
    let joined = matches!(scene.text.word(and), "en" | "and" | "und");
    let start = given_end(scene, first);
    (joined && given).then(|| name(scene, start, false, Due::Likely)).flatten()
}

/// The end of a first name, also a double one.
fn given_end(scene: &Scene<'_>, first: Token) -> usize {
    let mut end = first.end;
    for token in scene.text.after(end).take(2) {
        let gap = scene.text.part(end..token.start);
        let word = scene.text.word(token);
        let also = gap == " "
            && (scene.person.is_first(word)
                || (GIVEN.contains(word)
                    && scene.text.is_capital(token.start)
                    && is_followed_by_name(scene, token)));
        if gap != "-" && !also {
            break;
        }
        end = token.end;
    }
    end
}

/// Does another capitalised word or a particle follow, so that this one is not the family name?
fn is_followed_by_name(scene: &Scene<'_>, token: Token) -> bool {
    scene.text.after(token.end).next().is_some_and(|next| {
        scene.text.part(token.end..next.start) == " "
            && next.is_word()
            && (scene.text.is_capital(next.start) || is_firm_from(scene, next))
            && !COMMON.contains(scene.text.word(next))
    })
}

/// The place after ". " or initials.
fn skip_initials(scene: &Scene<'_>, at: usize) -> usize {
    let mut end = at;
    for token in scene.text.after(at).take(4) {
        let gap = scene.text.part(end..token.start);
        let initial = token.end - token.start <= 2
            && token.is_word()
            && scene.text.is_capital(token.start)
            && scene.text.lower().get(token.end..).is_some_and(|rest| rest.starts_with('.'));
        if !initial || gap.len() > 2 {
            break;
        }
        end = token.end;
    }
    end
}

/// Particles and capitalised words from here on; after a full stop only where it is `dotted`.
fn name(scene: &Scene<'_>, at: usize, dotted: bool, due: Due) -> Option<Range<usize>> {
    if due == Due::Likely && leads_elsewhere(scene, at) {
        return None;
    }
    let mut name: Option<Range<usize>> = None;
    let (mut end, mut firm, mut count) = (at, false, 0);
    for token in scene.text.after(at).take(7) {
        let word = scene.text.word(token);
        let gap = scene.text.part(end..token.start);
        let glued = !gap.contains(' ') && gap.contains('-');
        let capital = scene.text.is_capital(token.start) && !scene.text.is_flat();
        if !token.is_word()
            || !is_close(gap, count == 0, dotted)
            || (count > 0 && !capital && !glued)
        {
            break;
        }
        if super::super::place::ends_like_street(word) {
            return None;
        }
        let particle = is_particle(scene, token) && !(glued && count > 0);
        if !(particle && count == 0) {
            let ordinary = is_ordinary(scene, token, (due, name.is_some()))
                || (scene.person.is_first(word) && count == 0);
            let written = capital || firm || (scene.text.is_flat() && !ordinary);
            if particle || word.len() < 2 || !written || (ordinary && !firm) {
                break;
            }
            count += 1;
        }
        firm |= FIRM.contains(word);
        name = Some(name.map_or(token.start, |name| name.start)..token.end);
        end = token.end;
        if count == 3 {
            break;
        }
    }
    name.filter(|_| count > 0)
}

/// May this stand between two words of a name?
fn is_close(gap: &str, first: bool, dotted: bool) -> bool {
    gap.len() <= 3
        && gap
            .chars()
            .all(|c| " -'".contains(c) || (first && (c == ':' || c == '/' || (dotted && c == '.'))))
}

/// A particle, or the O of "O'Kwartel".
fn is_particle(scene: &Scene<'_>, token: Token) -> bool {
    let word = scene.text.word(token);
    PARTICLES.contains(word) || (word.len() == 1 && scene.sign_at(token.end) == Some('\''))
}

/// Is this word no part of a name here? After a particle a town may be one: "van Hoorn".
fn is_ordinary(scene: &Scene<'_>, token: Token, (due, led): (Due, bool)) -> bool {
    let word = scene.text.word(token);
    match (due, led) {
        (Due::Sure, _) => {
            COMMON.contains(word) || (!scene.text.is_capital(token.start) && PLACES.contains(word))
        }
        (Due::Likely, true) => COMMON.contains(word) || is_organisation(word),
        (Due::Likely, false) => is_other(scene, token),
    }
}

/// "Henk uit Assen", "Toos op de Markt": a word of place in small letters, and no name's own.
fn leads_elsewhere(scene: &Scene<'_>, at: usize) -> bool {
    let mut after = scene.text.after(at);
    let (Some(first), Some(second)) = (after.next(), after.next()) else {
        return false;
    };
    let place = matches!(
        scene.text.word(first),
        "uit" | "in" | "op" | "bij" | "aan" | "onder" | "over" | "voor" | "af"
    );
    place && !scene.text.is_capital(first.start) && !FIRM.contains(scene.text.word(second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimise::detect::check;

    #[test]
    fn names_after_a_form_of_address_are_found() {
        check(
            find,
            &[
                ("Vraag mevrouw Kwartel hiernaast", &["Kwartel"]),
                ("De heer Van der Kwartel van het bestuur", &["Van der Kwartel"]),
                ("mw. P.Q. In 't Kwartel-Snip komt", &["In 't Kwartel-Snip"]),
                ("vraag mevrouw van der kwartel van het huis", &["van der kwartel"]),
                ("Mevrouw wil graag hulp. Mevrouw Ik", &[]),
                ("meneer van de overkant", &[]),
            ],
        );
    }

    #[test]
    fn names_after_a_first_name_are_found() {
        check(
            introduced,
            &[
                ("Mijn buurvrouw Toos Kwartel doet mee", &["Kwartel"]),
                ("zij heet Toos van Kwartel.", &["van Kwartel"]),
                ("Groet, P. Kwartel", &["Kwartel"]),
                ("Onze vaste, Toos Kwartel-Snip, is ziek", &["Kwartel-Snip"]),
                ("Vraag naar Toos en Piet van der Kwartel", &["van der Kwartel"]),
                ("Mijn zoon Piet is 12. Hij heet Piet", &[]),
                ("Mijn man Piet en ik", &[]),
            ],
        );
    }

    #[test]
    fn names_after_a_relation_or_particles_are_found() {
        check(
            introduced,
            &[
                ("mijn buurman Kwartel en huisarts De Kwartel", &["Kwartel", "De Kwartel"]),
                ("praat met v.d. Kwartel of Van Kwartel", &["v.d. Kwartel", "Van Kwartel"]),
                ("zijn achternaam voor de balie is Kwartel", &["Kwartel"]),
                ("bellen met J.W. Kwartel", &["Kwartel"]),
                ("de man van Nederland, buurman Henk, tante Sjaan", &[]),
                ("de coordinator van Buurtzorg, in hal B. Parkeren kan", &[]),
                ("Anna Paulownastraat, Albert Heijn, Laan van der Helst", &[]),
            ],
        );
    }
}
