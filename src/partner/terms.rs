//! The agreement's hash: what was agreed, whatever the file looks like.

use std::collections::{BTreeMap, HashMap};

use ::config::{Value, ValueKind};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// What changes without the agreement: secrets, which are rotated, and whether test items come.
const ASIDE: [(&str, &str); 4] =
    [("push", "secrets"), ("pull", "tokens"), ("feed", "secrets"), ("", "canary")];

/// `sha256:` and the digest over the terms as JSON with sorted keys.
pub(super) fn hash(values: &HashMap<String, Value>) -> String {
    let mut json = String::new();
    table("", values, &mut json);
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(json)))
}

fn table(section: &str, values: &HashMap<String, Value>, out: &mut String) {
    let sorted: BTreeMap<&String, &Value> =
        values.iter().filter(|(key, _)| !ASIDE.contains(&(section, key.as_str()))).collect();
    out.push('{');
    for (place, (key, value)) in sorted.into_iter().enumerate() {
        out.push_str(if place > 0 { "," } else { "" });
        string(key, out);
        out.push(':');
        json(key, value, out);
    }
    out.push('}');
}

fn json(key: &str, value: &Value, out: &mut String) {
    if let ValueKind::Table(values) = &value.kind {
        table(key, values, out);
    } else if let ValueKind::Array(values) = &value.kind {
        out.push('[');
        for (place, value) in values.iter().enumerate() {
            out.push_str(if place > 0 { "," } else { "" });
            json("", value, out);
        }
        out.push(']');
    } else if let ValueKind::String(text) = &value.kind {
        string(text, out);
    } else {
        out.push_str(&value.kind.to_string());
    }
}

fn string(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
