//! Pages as a visitor meets them: Chromium, judged by axe, with the keyboard, small and wide, light
//! and dark, with script and without.

mod element;
mod frame;
pub(crate) mod host;
mod plain;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::judged::script;

/// For one command; the browser gives up earlier and says why.
const TIME: Duration = Duration::from_secs(60);
/// Telephone, tablet, desk.
pub(crate) const WIDTHS: [u16; 3] = [320, 768, 1280];

/// A visitor with one open page; ends with its value.
pub(crate) struct Browser {
    child: Child,
    commands: Option<ChildStdin>,
    answers: Receiver<String>,
}

/// What has the focus.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Stop {
    pub(crate) role: String,
    /// Its accessible name.
    pub(crate) name: String,
    /// It shows that it has the focus.
    pub(crate) ring: bool,
}

/// What a page did since it was opened.
#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    /// On the console: errors, warnings, what a policy blocked.
    pub(crate) errors: Vec<String>,
    pub(crate) requests: Vec<Transfer>,
    /// Cumulative layout shift.
    pub(crate) shift: f64,
    /// What shifted: sizes and places.
    pub(crate) moved: Vec<String>,
    pub(crate) cookies: u32,
    pub(crate) stored: u32,
    /// It is wider than its window.
    pub(crate) wide: bool,
}

/// One request of a page.
#[derive(Debug, Deserialize)]
pub(crate) struct Transfer {
    pub(crate) url: String,
    pub(crate) status: u16,
    /// What came over the wire, the head included.
    pub(crate) bytes: u64,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let mut command = script("browse.mjs", &[]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (told, answers) = channel();
        thread::spawn(move || {
            out.lines().map_while(Result::ok).try_for_each(|line| told.send(line))
        });
        let commands = child.stdin.take();
        Self { child, commands, answers }
    }

    /// Gives a command of `tests/judges/browse.mjs`; what came of it, or why nothing did.
    fn attempt(&mut self, command: &Value) -> Result<Value, String> {
        writeln!(self.commands.as_mut().unwrap(), "{command}").unwrap();
        let answer = self.answers.recv_timeout(TIME).expect("an answer of the browser");
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        match answer.get("failed") {
            Some(why) => Err(why.as_str().unwrap().to_owned()),
            None => Ok(answer["done"].take()),
        }
    }

    pub(crate) fn ask(&mut self, command: &Value) -> Value {
        self.attempt(command).unwrap_or_else(|why| panic!("{command}: {why}"))
    }

    /// Opens a page; `how` are more keys of `open`, such as `width`. Its status.
    pub(crate) fn open(&mut self, url: &str, how: &Value) -> u64 {
        let mut command = json!({ "do": "open", "url": url });
        let more = how.as_object().unwrap().clone();
        command.as_object_mut().unwrap().extend(more);
        self.ask(&command)["status"].as_u64().unwrap()
    }

    /// Goes on to another page, with what it has in its memory. Its status.
    pub(crate) fn go(&mut self, url: &str) -> u64 {
        self.ask(&json!({ "do": "go", "url": url }))["status"].as_u64().unwrap()
    }

    /// Looks at the same page in another window.
    pub(crate) fn resize(&mut self, width: u16, scheme: &str) {
        self.ask(&json!({ "do": "resize", "width": width, "scheme": scheme }));
    }

    /// Where it is.
    pub(crate) fn address(&mut self) -> String {
        self.ask(&json!({ "do": "address" })).as_str().unwrap().to_owned()
    }

    /// Fills a field in.
    pub(crate) fn fill(&mut self, what: &str, value: &str) {
        self.ask(&json!({ "do": "fill", "what": what, "value": value }));
    }

    /// Clicks, and waits for the page that it leads to, if any.
    pub(crate) fn click(&mut self, what: &str) {
        self.ask(&json!({ "do": "click", "what": what }));
    }

    /// Waits until it is there.
    pub(crate) fn see(&mut self, what: &str) {
        self.ask(&json!({ "do": "see", "what": what }));
    }

    /// Waits until it is there no longer.
    pub(crate) fn miss(&mut self, what: &str) {
        self.ask(&json!({ "do": "see", "what": what, "gone": true }));
    }

    /// What stands in everything that fits.
    pub(crate) fn read(&mut self, what: &str) -> Vec<String> {
        serde_json::from_value(self.ask(&json!({ "do": "read", "what": what }))).unwrap()
    }

    /// An attribute of everything that fits.
    pub(crate) fn attribute(&mut self, what: &str, name: &str) -> Vec<Option<String>> {
        let found = self.ask(&json!({ "do": "attribute", "what": what, "name": name }));
        serde_json::from_value(found).unwrap()
    }

    /// A property of the first that fits, as the page's styles make it.
    pub(crate) fn style(&mut self, what: &str, property: &str) -> String {
        let found = self.ask(&json!({ "do": "style", "what": what, "property": property }));
        found.as_str().unwrap().to_owned()
    }

    /// Moves the clock of a page that was opened `wound`.
    pub(crate) fn wind(&mut self, seconds: u32) {
        self.ask(&json!({ "do": "wind", "seconds": seconds }));
    }

    /// Presses Tab so often.
    pub(crate) fn walk(&mut self, steps: u8) -> Vec<Stop> {
        serde_json::from_value(self.ask(&json!({ "do": "walk", "steps": steps }))).unwrap()
    }

    pub(crate) fn record(&mut self) -> Record {
        serde_json::from_value(self.ask(&json!({ "do": "look" }))).unwrap()
    }

    /// Takes a picture, and fails if axe has anything against the page.
    pub(crate) fn is_accessible(&mut self, name: &str) {
        let picture = self.ask(&json!({ "do": "picture", "name": name }));
        let found = self.ask(&json!({ "do": "judge" }));
        // Of some it is not sure, such as the background of letters that touch the next line.
        let sure = found.as_array().unwrap().iter().find(|one| one["sure"] == true);
        assert_eq!(sure, None, "{picture}");
    }

    /// Fails unless nothing went wrong that is not expected, nothing moved, nothing was kept and
    /// nothing sticks out.
    pub(crate) fn is_quiet_but_for(&mut self, expected: &[&str]) -> Record {
        let record = self.record();
        let odd = |text: &&String| !expected.iter().any(|part| text.contains(part));
        assert_eq!(record.errors.iter().find(odd), None, "{record:?}");
        assert_eq!((record.cookies, record.stored, record.wide), (0, 0, false), "{record:?}");
        assert!(record.shift == 0.0 && record.moved.is_empty(), "{record:?}");
        record
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It closes its browser when there is nothing more to read.
        drop(self.commands.take());
        drop(self.answers.recv_timeout(TIME));
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
