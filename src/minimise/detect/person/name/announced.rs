//! Names that the words before them announce: a relation, "achternaam is", a greeting, a request
//! to ask for somebody.

use std::ops::Range;
use std::sync::LazyLock;

use crate::minimise::detect::words::{COMMON, GREETINGS, INTRODUCTIONS, PARTICLES, Words};
use crate::minimise::detect::{Scene, Token};

use super::known::{GIVEN, is_other, is_unknown};
use super::read::{Due, given_end, is_firm_from, name, skip_initials};

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

/// Words after which the family name itself is told.
static FAMILY: LazyLock<Words> =
    LazyLock::new(|| Words::of("achternaam familienaam surname tnv nachname geslachtsnaam"));

/// Words that go on after somebody's name.
static GOES_ON: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "is was heeft had wil kan gaat komt woont helpt zit ligt staat doet en van op uit tel bij werkt kent \
    weet regelt has will can lives helps knows and from",
    )
});
/// Signs that may stand between a word and the name that it announces.
const POINTERS: [char; 4] = [' ', ':', '\'', '('];

/// The name that this word announces; empty when only a first name is there.
pub(super) fn announced(scene: &Scene<'_>, place: usize, word: &str) -> Option<Range<usize>> {
    let token = *scene.text.tokens().get(place)?;
    if RELATIONS.contains(word) {
        related(scene, place, word)
    } else if is_label(scene, token, word)
        || INTRODUCTIONS.contains(word)
        || GREETINGS.contains(word)
        || is_self(scene, token, word)
    {
        told(scene, place, word)
    } else if CONTACTS.contains(word) {
        asked_for(scene, place)
    } else if matches!(word, "ene" | "zekere") {
        // "post voor ene Kwartel"
        name(scene, token.end, false, Due::Likely)
    } else {
        None
    }
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
        let capital = scene.text.is_capital(first.start) && !scene.text.is_flat();
        let sure = capital || is_firm_from(scene, first);
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

/// "groetjes toos kwartel" without capitals: a common first name, and a word after which the line
/// ends or goes on as after a person.
fn closing(scene: &Scene<'_>, first: Token) -> Option<Range<usize>> {
    if !scene.text.is_flat() || !GIVEN.contains(scene.text.word(first)) {
        return None;
    }
    let start = scene.touching_after(first.end, "")?;
    let particle = matches!(scene.text.word(start), "de" | "van" | "ter" | "ten" | "el" | "al");
    let last = if particle { scene.touching_after(start.end, "")? } else { start };
    let word = scene.text.word(last);
    let named = last.is_word()
        && word.len() > 3
        && !is_other(scene, last)
        && !GIVEN.contains(word)
        && !PARTICLES.contains(word);
    let rest = scene.text.lower().get(last.end..)?.trim_start_matches([' ', '.', ',', '!']);
    let ends = rest.chars().next().is_none_or(|sign| !sign.is_alphabetic());
    let next = scene.touching_after(last.end, "").map_or("", |next| scene.text.word(next));
    (named && (ends || GOES_ON.contains(next))).then_some(start.start..last.end)
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

/// Is this token right behind `at`, with nothing but space or a pointer between?
fn is_pointed_at(scene: &Scene<'_>, at: usize, token: Token) -> bool {
    let gap = scene.text.part(at..token.start);
    !gap.is_empty()
        && gap.len() <= 3
        && gap.chars().all(|c| POINTERS.contains(&c) || c == '.')
        && (!gap.contains('.') || gap == ". ")
}

/// Is it somebody's relation to the writer, or a word that says whom to turn to?
pub(super) fn is_cue(word: &str) -> bool {
    RELATIONS.contains(word) || CONTACTS.contains(word)
}
