//! A bounded random driver over HTML to text, normalisation and every detector: no input makes the
//! boundary panic, point outside the text, let a literal through, or take its time.

use std::iter::repeat_with;

use fastrand::Rng;
use luik::minimise::Finding;
use luik::model::FindingType;

use super::{Text, processor, redacted};

/// Texts that are tried.
const ROUNDS: usize = 3_000;
/// Longest text, in pieces.
const PIECES_MAX: usize = 60;
/// What the boundary may take at most for a thousand bytes, in milliseconds of one processor.
const BUDGET_MS: f64 = 5.0;
/// How much slower this unoptimised build is; `luik minimise` of a release keeps the budget itself.
const UNOPTIMISED: f64 = 20.0;

/// Pieces of text on which something hinges for one of the detectors.
const PIECES: [&str; 97] = [
    "Kwartel",
    "kwartel",
    "KWARTEL",
    "K w a r t e l",
    "van der",
    "Van",
    "v.d.",
    "mevrouw",
    "dhr.",
    "Groet,",
    "naam is",
    "Piet",
    "Toos",
    "buurman",
    "J.W.",
    "06",
    "0610203040",
    "06-",
    "+31",
    "(0)",
    "nul",
    "zes",
    "een en",
    "zestig",
    "dubbel",
    "0512",
    "10 20 30",
    "@",
    " at ",
    "[at]",
    "(a)",
    "punt",
    " dot ",
    "nl",
    "com",
    "gmail",
    "post.nl",
    "http://",
    "https://x.nl/",
    "www.",
    "wa.me/",
    "insta",
    "fb:",
    "@piet_x",
    "NL91",
    "ABNA",
    "0417164300",
    "111222333",
    "bsn",
    "1112.22.333",
    "12-AB-cd",
    "kenteken",
    "1234",
    "AB",
    "1234 ab",
    "postcode",
    "Kiekendreef",
    "12",
    "nr.",
    "straat",
    "Laan van",
    "ik woon",
    "geboren",
    "3-5-1950",
    "3 mei",
    "1950",
    "2026",
    "'50",
    "<b>",
    "</b>",
    "<a href=\"",
    "\">",
    "<!--",
    "-->",
    "<script>",
    "</script",
    "&amp;",
    "&#48;",
    "&#x36;",
    "&lt;",
    "&eacute",
    ";",
    "\u{200b}",
    "\u{ad}",
    "\u{3164}",
    "\u{202e}",
    "\u{ff10}\u{ff16}",
    "\u{663}",
    "\u{1d7ce}",
    "\u{301}",
    "é",
    "ĳ",
    "\u{430}",
    "\n",
    ".",
    ",",
    "\u{fdfa}",
];

/// What stands between two pieces.
const GLUED: [&str; 4] = ["", " ", "", "\u{a0}"];
const APART: [&str; 4] = [" ", "\u{a0}", ", ", "\n"];

fn text(random: &mut Rng, gaps: [&str; 4]) -> String {
    let count = random.usize(0..PIECES_MAX);
    let sameness = random.usize(1..=PIECES.len());
    let first = random.usize(0..PIECES.len());
    let mut out = String::from("x ");
    for _ in 0..count {
        let piece = PIECES[(first + random.usize(0..sameness)) % PIECES.len()];
        out.push_str(piece);
        out.push_str(gaps[random.usize(0..4)]);
        if random.u8(0..24) == 0 {
            out.push(random.char(..));
        }
    }
    out
}

fn withhold() -> [String; 5] {
    ["van der Kwartel", "p.kwartel@post.nl", "0610203040", "Kiekendreef 12", "1950-05-03"]
        .map(str::to_owned)
}

fn look(body: &str) -> (String, Vec<Finding>) {
    let withhold = withhold();
    let row = Text { id: "1", first_name: "Piet", body, withhold: &withhold }.row();
    let (text, findings) = redacted(&row);
    let length = body.chars().count();
    let mut last = 0;
    for finding in &findings {
        assert!(
            finding.start >= last && finding.length > 0,
            "places are in order and hold something"
        );
        last = finding.start + finding.length;
    }
    assert!(last <= length, "places lie in the text");
    (text, findings)
}

#[test]
fn no_text_makes_the_boundary_stumble() {
    let mut random = seeded();
    for round in 0..ROUNDS {
        let body = text(&mut random, if round % 2 == 0 { GLUED } else { APART });
        let (text, _) = look(&body);
        let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        assert!(
            !plain.contains("0610203040"),
            "the phone of the row is in what leaves: {body:?} {text:?}"
        );
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        let named = words.windows(3).any(|words| words == ["van", "der", "Kwartel"]);
        assert!(!named, "the name of the row is in what leaves: {body:?} {text:?}");
        // Markup that only comes out of what is left is another text, and so are words that only
        // came apart.
        if round % 2 == 1 && !text.contains(['<', '&']) {
            let (again, findings) = look(&text);
            let own = findings.iter().filter(|finding| finding.kind == FindingType::Withhold);
            assert_eq!(own.count(), 0, "{body:?} {text:?} {again:?}");
        }
    }
}

/// Chance, with a seed that is printed; `LUIK_SEED` sets it.
fn seeded() -> Rng {
    let given = std::env::var_os("LUIK_SEED").and_then(|seed| seed.to_str()?.parse().ok());
    let seed = given.unwrap_or_else(|| Rng::new().u64(..));
    println!("LUIK_SEED={seed}");
    Rng::with_seed(seed)
}

/// The milliseconds that one text takes.
fn spent(body: &str, withhold: &[String]) -> f64 {
    let row = Text { id: "1", first_name: "Piet", body, withhold }.row();
    processor(|| drop(redacted(&row))).as_secs_f64() * 1e3
}

/// Texts that were slow once.
const SLOW: [&str; 6] =
    ["1 ", "06 10203040 ", "huis-1-", "<script>", "woon a b c ", "mevrouw Van den "];

#[test]
fn no_text_takes_its_time() {
    let mut random = seeded();
    let pieces = PIECES.iter().chain(&SLOW).map(|piece| (*piece).to_owned());
    let spaced = PIECES.iter().map(|piece| format!("{piece} "));
    let mixed: Vec<String> = repeat_with(|| text(&mut random, GLUED)).take(60).collect();
    let withhold = withhold();
    drop(look("warm"));
    for piece in pieces.chain(spaced).chain(mixed) {
        let repeated = |bytes: usize| piece.repeat((bytes / piece.len()).max(1));
        let (short, long) = (repeated(8_000), repeated(32_000));
        let took = spent(&long, &withhold);
        let limit = BUDGET_MS * UNOPTIMISED * 32.0;
        assert!(took < limit, "{took:.0} ms for 32 kB of {piece:?}");
        // Four times the text takes some four times as long; sixteen times would be quadratic.
        let few = spent(&short, &withhold).max(10.0);
        assert!(took < few * 9.0, "{few:.0} ms for 8 kB and {took:.0} ms for 32 kB of {piece:?}");
    }
}

#[test]
fn many_literals_take_their_time_once() {
    let parts = |n: usize| (0..8).map(|m| format!("Kwartel{}", n * 8 + m)).collect::<Vec<_>>();
    let names: Vec<String> =
        (0..64).map(|n| parts(n).join(" ").replace(char::is_numeric, "x")).collect();
    let phones: Vec<String> = (0..64).map(|n| format!("06102030{n:02}")).collect();
    let same = vec!["0610203040".to_owned(); 64];
    let digits: Vec<String> =
        (0..64).map(|n| format!("{:015}", 123_456_789_012_345_u64 + n)).collect();
    let alike: Vec<String> = (0..64).map(|n| "a".repeat(256 - n)).collect();
    for (withhold, piece) in [
        (&names, "kwartelx "),
        (&phones, "06 10203040 "),
        (&phones, "06102030"),
        (&same, "06 10203040 "),
        (&digits, "123456789012"),
        (&alike, "a"),
        (&alike, "aa "),
    ] {
        let took = spent(&piece.repeat(64_000 / piece.len()), withhold);
        assert!(took < BUDGET_MS * UNOPTIMISED * 64.0, "{took:.0} ms for {piece:?}");
    }
}
