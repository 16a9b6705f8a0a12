//! Holds the direction of the modules and the privacy rule, by plain text.
//!
//! It can, because of one habit: one `use crate::…` line per module, never `use crate::{…}`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Most lines of one file without its tests; the smoke alarm of the style guide.
const LINES_MAX: usize = 600;
/// The modules that may name a raw row: one reads it, the others fill, carry or feed it.
const MAY_NAME_A_ROW: [&str; 4] = ["minimise", "source", "ingest", "cli"];
/// The modules that may ask for a core id in clear: the one who asks the core, and the boundary.
const MAY_REVEAL_AN_ID: [&str; 3] = ["minimise", "source", "cli"];

/// Path below `src/` → text without its tests.
type Tree = BTreeMap<String, String>;

fn tree() -> Tree {
    let mut tree = Tree::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), "", &mut tree);
    tree
}

fn collect(folder: &Path, prefix: &str, tree: &mut Tree) {
    for entry in fs::read_dir(folder).expect("src").map(|entry| entry.expect("entry")) {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if name.ends_with("/tests") {
            continue;
        }
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), tree);
        } else if name.ends_with(".rs") && !name.ends_with("/tests.rs") {
            let text = fs::read_to_string(entry.path()).expect("text");
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            tree.insert(name, code.to_owned());
        }
    }
}

/// The modules in the order of `lib.rs`.
fn order(tree: &Tree) -> Vec<String> {
    let map = tree.get("lib.rs").expect("lib.rs");
    let names = map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

fn module_of(path: &str) -> &str {
    let top = path.split('/').next().unwrap_or(path);
    top.strip_suffix(".rs").unwrap_or(top)
}

/// Lines of code: comments may speak of anything.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

fn violations(tree: &Tree) -> Vec<String> {
    let order = order(tree);
    let mut found = Vec::new();
    for (path, text) in tree {
        let module = module_of(path);
        found.extend(upward(path, text, module, &order));
        found.extend(rows(path, text, module));
        if text.lines().count() > LINES_MAX {
            found.push(format!("{path}: more than {LINES_MAX} lines"));
        }
    }
    found.extend(seals(tree));
    found
}

/// A module may use only modules above it.
fn upward(path: &str, text: &str, module: &str, order: &[String]) -> Vec<String> {
    let place = order.iter().position(|name| name == module);
    let mut found = Vec::new();
    for line in code(text) {
        if line.contains("use crate::{") {
            found.push(format!("{path}: one `use crate::…` line per module, please"));
        }
        for used in line.split("crate::").skip(1) {
            let name: String =
                used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let used_place = order.iter().position(|known| *known == name);
            match (place, used_place) {
                (Some(own), Some(used)) if used > own => {
                    found.push(format!("{path}: {module} uses {name}, which stands below it"));
                }
                _ => {}
            }
        }
    }
    found
}

/// Only the boundary reads a row; few may name one, and fewer a core id in clear.
fn rows(path: &str, text: &str, module: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in code(text) {
        if line.contains("CoreRow") && !MAY_NAME_A_ROW.contains(&module) {
            found.push(format!("{path}: names a raw row"));
        }
        if line.contains(".reveal_core_id()") && !MAY_REVEAL_AN_ID.contains(&module) {
            found.push(format!("{path}: reveals a core id"));
        }
        if line.contains("fn read(&self, column: Column)") && !line.contains("pub(super) fn") {
            found.push(format!("{path}: a row can be read from outside minimise"));
        }
    }
    found
}

/// `Published` is built in exactly one place, inside the boundary.
fn seals(tree: &Tree) -> Vec<String> {
    let mut places = Vec::new();
    for (path, text) in tree {
        for line in code(text) {
            let built = line.contains("Published {") || line.contains("Published{");
            let declared = ["struct Published", "impl Published", "-> Published", "for Published"];
            if built && !declared.iter().any(|word| line.contains(word)) {
                places.push(path.as_str());
            }
        }
    }
    match places.as_slice() {
        [one] if one.starts_with("minimise/") => Vec::new(),
        _ => vec![format!("Published is built in {places:?}: once, in minimise, please")],
    }
}

#[test]
fn the_house_stands_as_lib_rs_draws_it() {
    let tree = tree();
    assert!(order(&tree).len() > 10, "lib.rs lists the modules");
    assert_eq!(violations(&tree), Vec::<String>::new());
}

#[test]
fn a_planted_violation_is_found() {
    let plant = |path: &str, line: &str, what: &str| {
        let mut tree = tree();
        tree.entry(path.into()).or_default().push_str(&format!("\n{line}\n"));
        let found = violations(&tree);
        assert!(found.iter().any(|text| text.contains(what)), "{line}: {found:?}");
    };
    plant("journal/mod.rs", "use crate::deliver::Deliver;", "stands below it");
    plant("model/mod.rs", "use crate::{clock, metrics};", "one `use crate::…` line");
    plant("deliver/worker.rs", "fn leak(row: &CoreRow) {}", "names a raw row");
    plant("journal/mod.rs", "let id = core_id.reveal_core_id();", "reveals a core id");
    plant("minimise/row.rs", "pub fn read(&self, column: Column) -> &Value {", "from outside");
    plant("deliver/worker.rs", "let forged = Published { id };", "is built in");
    plant("serve/mod.rs", &"// line\n".repeat(700), "more than");
}
