//! Accounts on social sites: an @ with a name, or what is said to be one.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::minimise::detect::words::{COMMON, PARTICLES, Words};
use crate::minimise::detect::{Scene, pattern};

static AT: LazyLock<Regex> = LazyLock::new(|| pattern(r"@ ?([a-z0-9_][a-z0-9_.-]*[a-z0-9_])"));
static CUE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?-u:\b)(insta|instagram|ig|facebook|fb|tiktok|snapchat|snap|twitter|discord|telegram|linkedin|youtube|skype|messenger|signal|wechat|pinterest|gebruikersnaam|inlognaam|accountnaam|username|nickname|reddit|psn|xbox|gamertag|roblox|strava|twitch|steam|bereal|threads|mastodon|bluesky|bsky|volg m(?:e|ij) op|volg ons op|follow me (?:on|at)|follow us (?:on|at)|te vinden als|find me as|dm m(?:e|ij) op|x)(?-u:\b)((?: (?:account|naam|is|onder|als|name|as|user|handle|op|via))* ?[:=@]? ?@? ?)([a-z0-9_.-]{1,64}(?:#[0-9]{3,5})?)",
    )
});
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?-u:\b)(?:heet|ben|naam is|sta|name is|am|called)(?: ik)?(?: (?:op|on|bij))? (?:fb|facebook|insta|instagram|linkedin|tiktok|twitter)(?: bekend)?(?: als| as)?:? ",
    )
});

/// Endings of files.
static FILES: LazyLock<Words> = LazyLock::new(|| {
    Words::of("pdf doc docx xls xlsx ppt pptx jpg jpeg png gif txt csv zip odt mp3 mp4 mov html")
});
/// Nothing but an account is written like this.
static JOINED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?-u:\b)[a-z0-9.]{2,32}_[a-z0-9._]{1,32}[a-z0-9](?-u:\b)"));

/// "pietje.haakt op insta": an account before its site.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"([a-z0-9][a-z0-9._-]{2,63}) (?:op|on|via|bij) (?:insta|instagram|ig|fb|facebook|tiktok|twitter|telegram|discord|snapchat|youtube|linkedin|marktplaats)(?-u:\b)",
    )
});

/// "volg mij: pietstuin op insta".
static FOLLOW: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?-u:\b)(?:volg m(?:e|ij)|volg ons|follow (?:me|us)) ?:? ?@?([a-z0-9][a-z0-9._-]{3,63}) (?:op|on|via) (?:insta|instagram|ig|fb|facebook|tiktok|twitter|youtube)(?-u:\b)",
    )
});

static SHOWN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?-u:\b)(?:fb|facebook|insta|instagram|linkedin|tiktok|twitter|messenger)(?: (?:naam|account|profiel|profile|als|is|onder|as))* ?[:(] ?",
    )
});

/// Names of the sites themselves.
static SITES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "insta instagram ig facebook fb tiktok snapchat snap twitter discord telegram linkedin youtube \
    skype threads mastodon bluesky whatsapp social socials messenger signal wechat pinterest reddit \
    gebruikersnaam inlognaam accountnaam username nickname psn xbox gamertag roblox strava twitch steam bereal bsky volg follow vinden find dm x",
    )
});

/// Finds accounts.
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    if scene.text.has(b'_') {
        found.extend(underscored(scene));
    }
    if scene.text.has(b'@') || scene.mentions(&SITES) {
        signed(scene, found);
        behind_site(scene, found);
        before_site(scene, found);
        let lower = scene.text.lower();
        found.extend(NAMED.find_iter(lower).filter_map(|cue| capitals(scene, cue.end(), 1)));
        found.extend(SHOWN.find_iter(lower).filter_map(|cue| capitals(scene, cue.end(), 2)));
    }
}

/// "piet_tuin", wherever it stands, unless it is the name of a file.
fn underscored(scene: &Scene<'_>) -> impl Iterator<Item = Range<usize>> {
    let account = |name: &regex::Match<'_>| {
        let ending = name.as_str().rsplit('.').next().unwrap_or_default();
        is_lettered(name.as_str()) && !FILES.contains(ending)
    };
    JOINED.find_iter(scene.text.lower()).filter(account).map(|name| name.range())
}

/// "@piet", but neither a time behind the sign nor an address of mail.
fn signed(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    for captures in AT.captures_iter(scene.text.lower()) {
        let (Some(whole), Some(name)) = (captures.get(0), captures.get(1)) else {
            continue;
        };
        let (text, glued) = (name.as_str(), name.start() == whole.start() + 1);
        let marked = glued || text.contains(['_', '.']);
        let clock = text.starts_with(|c: char| c.is_ascii_digit()) && !glued;
        let address = text.contains('.')
            && scene.sign_before(whole.start()).is_some_and(char::is_alphanumeric);
        if is_lettered(text) && marked && !clock && !address {
            found.push(trimmed(scene, whole.range()));
        }
    }
}

/// "insta: piet.x"
fn behind_site(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(captures) = CUE.captures_at(scene.text.lower(), at) {
        let parts = (captures.get(1), captures.get(2), captures.get(3));
        let (Some(cue), Some(joint), Some(name)) = parts else {
            break;
        };
        at = cue.end();
        let range = trimmed(scene, name.range());
        if is_account(scene, cue.as_str(), joint.as_str(), &range) {
            found.push(range);
        }
    }
}

/// "piet.x op insta", "volg mij: pietstuin op insta"
fn before_site(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    let marked = |name: &str| {
        name.trim_matches('.').contains(['.', '_'])
            || (name.contains(|c: char| c.is_ascii_digit()) && is_lettered(name))
    };
    for (shape, followed) in [(&FOLLOW, true), (&BEFORE, false)] {
        let names = shape.captures_iter(scene.text.lower()).filter_map(|captures| captures.get(1));
        let accounts = names
            .filter(|name| marked(name.as_str()) || (followed && !COMMON.contains(name.as_str())));
        found.extend(accounts.map(|name| name.range()));
    }
}

fn is_lettered(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_alphabetic())
}

fn trimmed(scene: &Scene<'_>, range: Range<usize>) -> Range<usize> {
    let text = scene.text.part(range.clone());
    let text = text.trim_end_matches(['.', '-']);
    range.start..range.start + text.len()
}

/// Is what stands after the site's name an account, rather than the next word?
fn is_account(scene: &Scene<'_>, cue: &str, joint: &str, range: &Range<usize>) -> bool {
    let name = scene.text.part(range.clone());
    if joint.is_empty() || name.len() < 3 || COMMON.contains(name) || SITES.contains(name) {
        return false;
    }
    let letters = name.contains(|c: char| c.is_ascii_alphabetic());
    let marked = name.contains(|c: char| c.is_ascii_digit() || c == '_' || c == '#')
        || name.trim_matches('.').contains('.');
    let pointed = joint.contains([':', '=', '@']);
    let personal = scene.person.is_in(name);
    let asked = cue.contains(' ') || matches!(cue, "ig" | "insta");
    match cue {
        "x" => letters && pointed && joint.contains('@'),
        _ => letters && (marked || pointed || personal || (asked && name.len() >= 6)),
    }
}

/// The capitalised words from here on, so many at least: the name that an account has.
fn capitals(scene: &Scene<'_>, at: usize, least: usize) -> Option<Range<usize>> {
    let mut end = None;
    let mut from = at;
    let mut count = 0;
    for token in scene.text.after(at).take(5) {
        let word = scene.text.word(token);
        let close = scene.text.part(from..token.start).len() <= 1;
        let named = scene.text.is_capital(token.start) || PARTICLES.contains(word);
        if !close || !token.is_word() || !named {
            break;
        }
        from = token.end;
        count += usize::from(scene.text.is_capital(token.start));
        end = Some(token.end).filter(|_| scene.text.is_capital(token.start)).or(end);
    }
    end.filter(|_| count >= least && !scene.text.is_flat()).map(|end| at..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimise::detect::check;

    #[test]
    fn accounts_are_found() {
        check(
            find,
            &[
                ("insta: @a_b.c.", &["@a_b.c"]),
                ("ig tuinvriend", &["tuinvriend"]),
                ("Discord: piet#1234", &["piet#1234"]),
                ("instagram @ piet.x_, feest @ 20.00 uur", &["@ piet.x_"]),
                ("Ik heet op fb Piet Van X. Ja", &["Piet Van X"]),
                ("volg me op tuin_man", &["tuin_man"]),
                ("een dm naar piet.haakt op insta, nu piet_haakt2", &["piet.haakt", "piet_haakt2"]),
            ],
        );
    }

    #[test]
    fn talk_about_sites_survives() {
        check(
            find,
            &[
                ("ik wil facebook en instagram leren", &[]),
                ("hulp met Facebook. En daarna", &[]),
                ("volg mij op de voet, volg me op Instagram", &[]),
                ("feest @ 20.00 uur, 3 x 4 meter", &[]),
                ("piet@post.nl.Ik", &[]),
                ("ik zit op insta, kijk op facebook", &[]),
            ],
        );
    }
}
