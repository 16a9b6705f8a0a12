//! Our own set. A file of `tests/privacy/` holds items: a head line
//! `== language | kind | first name | last name | birth date | e-mail | phone | street | number |
//! postcode | town`, then the text, in which `{type:text}` must go, `{keep:text}` must stay and
//! `{?:text}` is free. What follows `=>` in a mark is for readers. `\n` is a line end and `\u{…}`
//! a character.

use std::fs;
use std::ops::Range;
use std::path::Path;

use luik::minimise::Finding;

use super::{Text, redacted};

const GOES: [&str; 12] = [
    "last_name",
    "other_last_name",
    "email",
    "phone",
    "address",
    "postcode",
    "birth_date",
    "bsn",
    "iban",
    "licence_plate",
    "url",
    "handle",
];
/// Words before a family name that say nothing by themselves.
const PREFIXES: [&str; 24] = [
    "van", "der", "den", "de", "ten", "ter", "te", "het", "t", "in", "op", "aan", "la", "le",
    "von", "zu", "el", "al", "ben", "bin", "da", "di", "'t", "'s",
];

/// Words of an address that are neither the street nor its number.
const LABELS: [&str; 6] = ["nr", "nummer", "no", "huisnummer", "hoog", "flat"];
/// What joins the parts of an address of the net that is spoken, and the largest providers.
const JOINTS: [&str; 8] = ["op", "bij", "at", "punt", "dot", "gmail", "hotmail", "ziggo"];

struct Item {
    id: String,
    first_name: String,
    withhold: Vec<String>,
    body: String,
    goes: Vec<(String, Range<usize>)>,
    stays: Vec<Range<usize>>,
}

fn items() -> Vec<Item> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/privacy");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| read(file)).collect()
}

fn read(file: &Path) -> Vec<Item> {
    let text = fs::read_to_string(file).unwrap();
    let name = file.file_stem().unwrap().to_string_lossy();
    let (_, items) = text.split_once("\n== ").unwrap();
    items
        .split("\n== ")
        .enumerate()
        .map(|(place, item)| {
            let (head, text) = item.split_once('\n').unwrap();
            item_of(format!("{name} {}", place + 1), head, text.trim_end_matches('\n'))
        })
        .collect()
}

fn item_of(id: String, head: &str, text: &str) -> Item {
    let head: Vec<&str> = head.split('|').map(str::trim).collect();
    let [_, _, first, last, birth, mail, phone, street, number, postcode, _] = head[..] else {
        panic!("{id}: eleven fields, please");
    };
    let withhold = [last, mail, phone, &format!("{street} {number}"), postcode, birth];
    let mut item = Item {
        id,
        first_name: first.to_owned(),
        withhold: withhold.map(str::to_owned).to_vec(),
        body: String::new(),
        goes: Vec::new(),
        stays: Vec::new(),
    };
    let text = characters(text);
    let mut rest = text.as_str();
    while let Some((plain, mark)) = rest.split_once('{') {
        item.body.push_str(plain);
        let (mark, after) = mark.split_once('}').unwrap();
        let (kind, inside) = mark.split_once(':').unwrap();
        let inside = inside.split("=>").next().unwrap();
        let start = item.body.chars().count();
        item.body.push_str(inside);
        let range = start..item.body.chars().count();
        match kind {
            "?" => {}
            _ if GOES.contains(&kind) => item.goes.push((kind.to_owned(), range)),
            _ => item.stays.push(range),
        }
        rest = after;
    }
    item.body.push_str(rest);
    item
}

/// The text with its escapes undone.
fn characters(text: &str) -> String {
    let text = text.replace("\\n", "\n");
    let mut parts = text.split("\\u{");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap();
        out.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        out.push_str(rest);
    }
    out
}

fn is_hit(findings: &[Finding], at: usize) -> bool {
    findings.iter().any(|finding| (finding.start..finding.start + finding.length).contains(&at))
}

/// Which characters stand in a tag: they say nothing to a reader, and vanish as markup.
fn tagged(body: &[char]) -> Vec<bool> {
    let mut inside = false;
    let opens =
        |at: usize| body.get(at + 1).is_some_and(|c| c.is_alphabetic() || "/!".contains(*c));
    let signs = body.iter().enumerate();
    signs
        .map(|(at, sign)| {
            inside |= *sign == '<' && opens(at);
            let here = inside;
            inside &= *sign != '>';
            here
        })
        .collect()
}

/// Does a part of it that says something stay?
fn is_leaked(body: &[char], kind: &str, range: &Range<usize>, findings: &[Finding]) -> bool {
    let tagged = tagged(body);
    let words = body[range.clone()].split(|c| !c.is_alphanumeric());
    let mut at = range.start;
    words.into_iter().any(|word| {
        let (start, text) = (at, word.iter().collect::<String>().to_lowercase());
        at += word.len() + 1;
        let prefix = kind.ends_with("last_name") && PREFIXES.contains(&text.as_str());
        let labelled = kind == "address" && LABELS.contains(&text.as_str());
        let joint = ["email", "url", "handle"].contains(&kind) && JOINTS.contains(&text.as_str());
        !prefix
            && !labelled
            && !joint
            && (start..start + word.len()).any(|at| !tagged[at] && !is_hit(findings, at))
    })
}

#[test]
fn our_own_set_comes_out_clean_and_otherwise_whole() {
    let items = items();
    let mut again = 0;
    let (mut goes, mut leaked, mut stays, mut lost, mut perfect) = (0, 0, 0, 0, 0);
    for item in &items {
        let text = Text {
            id: &item.id,
            first_name: &item.first_name,
            body: &item.body,
            withhold: &item.withhold,
        };
        let (out, findings) = redacted(&text.row());
        again += usize::from(redacted(&Text { body: &out, ..text }.row()).0 != out);
        let body: Vec<char> = item.body.chars().collect();
        let leaks =
            item.goes.iter().filter(|(kind, range)| is_leaked(&body, kind, range, &findings));
        let losses = item
            .stays
            .iter()
            .filter(|range| (range.start..range.end).any(|at| is_hit(&findings, at)));
        let (leaks, losses) = (leaks.count(), losses.count());
        if leaks + losses > 0 {
            println!("{}: {leaks} leaked, {losses} lost", item.id);
        }
        goes += item.goes.len();
        stays += item.stays.len();
        leaked += leaks;
        lost += losses;
        perfect += usize::from(leaks + losses == 0);
    }
    println!(
        "{} items: {leaked} of {goes} leaked, {lost} of {stays} lost, {perfect} perfect",
        items.len()
    );
    assert_eq!(again, 0, "what was redacted once is not redacted again");
    assert!(items.len() > 900, "the set only grows");
    assert!(leaked * 50 <= goes, "at most 1 in 50 leaks: the set holds what nobody finds yet");
    assert!(lost * 200 <= stays, "at most 1 in 200 look-alikes is lost");
    assert!(perfect * 100 >= items.len() * 95, "95 in 100 items are perfect");
}
