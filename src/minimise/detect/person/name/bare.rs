//! Names that need no announcement: after a common first name, after particles that nothing else
//! has, and after initials.

use std::ops::Range;
use std::sync::LazyLock;

use crate::minimise::detect::Scene;
use crate::minimise::detect::place::ends_like_street;
use crate::minimise::detect::words::{GREETINGS, HONORIFICS, Words};

use super::announced::is_cue;
use super::is_determined;
use super::known::GIVEN;
use super::read::{Due, given_end, is_firm_from, is_initial, name, skip_initials};

/// Those that are also words with which a sentence begins.
static AMBIGUOUS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "wil will elke ben mark may june april rose hope joy grace guy pip bas floor storm linde roos mees \
    bill sue pat frank faith dick rob jet bo merel sien puck job ties sterre mart art dirk hans mats don",
    )
});

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
    van-der-valk linda-magazine libelle-zomerweek joe-speedboot bob-bouwer mario-kart mario-bros super-mario johnny-jordaan willy-alberti willem-van-oranje hugo-de-groot michiel-de-ruyter \
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

/// A name that its own form gives away.
pub(super) fn unannounced(scene: &Scene<'_>, place: usize, word: &str) -> Option<Range<usize>> {
    after_given(scene, place, word)
        .or_else(|| firm(scene, place, word))
        .or_else(|| initialled(scene, place))
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
        HOUSES.contains(word) || ends_like_street(word)
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

/// Initials and a name ("J.W. Kwartel"), where a name may stand.
fn initialled(scene: &Scene<'_>, place: usize) -> Option<Range<usize>> {
    let token = *scene.text.tokens().get(place)?;
    if !is_initial(scene, token) || scene.text.is_flat() {
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
            || is_cue(word)
            || GREETINGS.contains(word)
    });
    // "code 4-4-1-C. Daarna"
    let code = gap == "-" || (before.is_some() && gap.is_empty());
    if start == token.start || code || !(apart || led) {
        return None;
    }
    let range = name(scene, start, true, Due::Likely)?;
    (range.len() > 2).then_some(range)
}

fn is_famous(scene: &Scene<'_>, start: usize, end: usize) -> bool {
    let text = scene.text.part(start..end);
    FAMOUS.contains(&text.replace(' ', "-"))
}
