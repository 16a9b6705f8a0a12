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
const PIECES: [&str; 96] = [
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
    let seed = Rng::new().u64(..);
    println!("seed {seed}");
    let mut random = Rng::with_seed(seed);
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

#[test]
fn no_text_takes_its_time() {
    let seed = Rng::new().u64(..);
    println!("seed {seed}");
    let mut random = Rng::with_seed(seed);
    let repeated = PIECES.iter().map(|piece| piece.repeat(16_000 / piece.len()));
    let spaced = PIECES.iter().map(|piece| format!("{piece} ").repeat(16_000 / (piece.len() + 1)));
    let mixed = repeat_with(|| {
        let pieces: String = repeat_with(|| text(&mut random, GLUED)).take(3).collect();
        pieces.repeat(16_000 / pieces.len().max(1))
    });
    let withhold = withhold();
    drop(look("warm"));
    for body in repeated.chain(spaced).chain(mixed.take(100).collect::<Vec<_>>()) {
        let row = Text { id: "1", first_name: "Piet", body: &body, withhold: &withhold }.row();
        let spent = processor(|| drop(redacted(&row))).as_secs_f64() * 1e3;
        let kilobytes = f64::from(u32::try_from(body.len()).unwrap()) / 1e3;
        let limit = BUDGET_MS * UNOPTIMISED * kilobytes.max(1.0);
        assert!(
            spent < limit,
            "{spent:.0} ms for {kilobytes:.1} kB that begins with {:?}",
            body.chars().take(40).collect::<String>()
        );
    }
}
