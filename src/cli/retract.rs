//! `luik retract`: takes an item, or everything of one person, away at once, and it stays blocked.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::admin::Admin;
use super::progress::{Progress, duration};
use super::{Failure, say, wait_for};

/// Open partners that are named.
const NAMED_MAX: usize = 5;

/// Arguments of `luik retract`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(super) struct Arguments {
    /// The item, by the core's id.
    #[arg(long, value_name = "CORE_ID", group = "what")]
    item: Option<String>,
    /// Everything of this person, by the core's id; also what is placed later.
    #[arg(long, value_name = "AUTHOR_ID", group = "what")]
    author: Option<String>,
    /// Why; it is kept.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who wants it; it is kept.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Wait no longer than this for the partners, such as 15m; the gateway goes on with it.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    wait: Option<Duration>,
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "luik.toml")]
    config: PathBuf,
}

/// Blocks, and shows how far the partners are until all are done.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let admin = Admin::of(&arguments.config)?;
    wait_for(async {
        let mut body = json!({ "reason": arguments.reason });
        let named =
            [("item", &arguments.item), ("author", &arguments.author), ("by", &arguments.by)];
        for (key, value) in named {
            if let (Some(value), Some(body)) = (value, body.as_object_mut()) {
                body.insert(key.to_owned(), json!(value));
            }
        }
        let done = admin.post("retractions", &body).await?;
        let number = |key: &str| done.get(key).and_then(Value::as_u64).unwrap_or_default();
        let (action, items) = (number("action"), number("items"));
        say(format_args!("Blocked; taken away here: {items} item(s). Action {action}."))?;
        follow(&admin, action, arguments.wait).await
    })
}

async fn follow(admin: &Admin, action: u64, wait: Option<Duration>) -> Result<(), Failure> {
    let mut progress = Progress::new(wait);
    loop {
        let now = admin.get(&format!("retractions/{action}")).await?;
        let partners = now.get("partners").and_then(Value::as_array).cloned().unwrap_or_default();
        let open: Vec<&Value> = partners.iter().filter(|one| is_open(one)).collect();
        progress.show(line(partners.len(), &open));
        if open.is_empty() {
            progress.end();
            let (all, says) =
                (partners.len(), "It is taken away from every partner that may hold it");
            return say(format_args!("{says} ({all})."));
        }
        progress.wait().await?;
    }
}

fn is_open(one: &Value) -> bool {
    one.get("open").and_then(Value::as_u64) != Some(0)
}

fn line(all: usize, open: &[&Value]) -> String {
    let name = |one: &&Value| {
        let text = |key: &str| one.get(key).and_then(Value::as_str).unwrap_or("?");
        format!("{} ({})", text("partner"), text("channel"))
    };
    let names: Vec<String> = open.iter().take(NAMED_MAX).map(name).collect();
    let more = open.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let done = all.saturating_sub(open.len());
    let waiting =
        if open.is_empty() { String::new() } else { format!("; open: {}{more}", names.join(", ")) };
    format!("{done} of {all} partners done{waiting}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_a_few_that_are_open() {
        let one = |name: String| json!({ "partner": name, "channel": "push", "open": 1 });
        let all: Vec<Value> = (0..7).map(|n| one(format!("p{n}"))).collect();
        let some: Vec<&Value> = all.iter().collect();
        assert_eq!(line(9, &[]), "9 of 9 partners done");
        assert_eq!(line(9, &some[..1]), "8 of 9 partners done; open: p0 (push)");
        let five = "p0 (push), p1 (push), p2 (push), p3 (push), p4 (push)";
        assert_eq!(line(9, &some), format!("2 of 9 partners done; open: {five} and 2 more"));
    }
}
