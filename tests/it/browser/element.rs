//! `<luik-items>` on pages of others: what it shows, on which pages it may, and what it forgets.

mod look;
mod news;
mod safety;

use rusqlite::types::Value as Cell;
use serde_json::json;

use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::http::{Answer, try_get};
use crate::embedded::stage::{Stage, partner_file};

use super::Browser;
use super::host::Host;

/// The title of the one whose text is long.
const LONG: &str = "Rijden naar het ziekenhuis";
/// Stands inside the element.
const FALLBACK: &str = "Bekijk wie er hulp zoekt of biedt";
/// Light or dark, as the visitor wishes.
const STYLE: &str = "<style>body{margin:0 auto;padding:1em;max-width:75em;\
    font:1em/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}</style>";
/// What people write: kind, first name, code and name of the region, title, text, language, day.
const ITEMS: [[&str; 8]; 8] = [
    [
        "request",
        "Anna",
        "GM0119",
        "Meppel",
        "Hulp in de tuin",
        "Mijn heg is me boven het hoofd gegroeid. Wie komt er een middag helpen met snoeien? Koffie en appeltaart staan klaar.",
        "nl",
        "2025-11-24",
    ],
    [
        "offer",
        "Bram",
        "GM0106",
        "Assen",
        "Samen wandelen met de hond",
        "Ik loop elke ochtend een rondje door het bos en neem graag iemand mee. Ook als praten even genoeg is, of juist stil zijn.",
        "nl",
        "2025-11-23",
    ],
    [
        "request",
        "",
        "GM0193",
        "Zwolle",
        "Rijden naar het ziekenhuis",
        "Dinsdag om 14:00 moet ik naar de oogarts en mag dan zelf niet rijden. Wie kan mij brengen en weer halen? Het duurt ongeveer anderhalf uur. Benzine vergoed ik natuurlijk. Ik loop met een rollator, die past in de meeste auto's. Alvast heel hartelijk dank!",
        "nl",
        "2025-11-20",
    ],
    [
        "offer",
        "Fatima",
        "GM0114",
        "Emmen",
        "Nederlands oefenen",
        "Eén keer per week samen koffiedrinken en praten, in de bibliotheek of bij jou thuis.",
        "nl",
        "2025-11-18",
    ],
    [
        "request",
        "Jan-Willem",
        "GM0119",
        "Meppel",
        "Lamp ophangen",
        "Het plafond is 3 meter hoog en mijn ladder is te kort.",
        "nl",
        "2025-10-02",
    ],
    [
        "offer",
        "Zoë",
        "GM0106",
        "Assen",
        "Help with forms and letters",
        "I can read letters with you and explain what they want. No question is a silly question.",
        "en",
        "2024-12-30",
    ],
    [
        "request",
        "Douwe",
        "GM0080",
        "Leeuwarden",
        "In kuier nei de merke",
        "Sneontemoarn graach mei syn twaen. Ik rin net sa hurd mear, mar wol fier.",
        "fy",
        "2025-11-21",
    ],
    [
        "offer",
        "Anna",
        "GM0119",
        "Meppel",
        "Soep op vrijdag",
        "Ik kook altijd te veel. Kom je eten, of zal ik een pannetje langsbrengen?",
        "nl",
        "2025-11-19",
    ],
];

/// A gateway with one partner, `wijk`, and the page on which that embeds.
pub(super) struct Street {
    stage: Stage,
    gateway: Gateway,
    pub(super) host: Host,
    pub(super) browser: Browser,
}

impl Street {
    /// With these items in the core.
    fn with(place: impl FnOnce(&Stage)) -> Self {
        let (stage, host) = (Stage::new(), Host::start());
        stage.partner("wijk", &embed(&host));
        place(&stage);
        let gateway = stage.start();
        Self { stage, gateway, host, browser: Browser::start() }
    }

    /// The partner's file says this status from now on.
    fn is(&self, status: &str) {
        let text = partner_file(&embed(&self.host)).replace("\"active\"", &format!("\"{status}\""));
        std::fs::write(self.stage.path().join("partners/wijk.toml"), text).unwrap();
        self.gateway.program.signal("-HUP");
        eventually("the file is read", || self.gateway.is_in_state("wijk", status));
    }

    /// With the items above, all of them in the journal.
    pub(super) fn full() -> Self {
        let street = Self::with(|stage| {
            stage.core.at_once(|| ITEMS.iter().enumerate().for_each(|(n, one)| put(stage, n, one)));
        });
        street.holds(8);
        street
    }

    /// Waits until so many items are live.
    fn holds(&self, live: u32) {
        let series = "luik_journal_items{state=\"live\"}";
        eventually("they are in the journal", || self.gateway.metric(series) == f64::from(live));
    }

    /// Takes the item with this title away, and waits until it is nowhere.
    pub(super) fn removes(&self, title: &str) {
        let number = ITEMS.iter().position(|item| item[4] == title).unwrap();
        self.stage.core.remove(&format!("item-{number}"));
        eventually("it is gone", || !self.told("", &[]).body.contains(title));
    }

    /// The address of the operator's page with lines for the partner's site.
    pub(super) fn lines(&self) -> String {
        format!("http://{}/console/partners/wijk/snippets", self.gateway.admin)
    }

    /// The address of the partner's list.
    pub(super) fn list(&self) -> String {
        format!("http://{}/embed/wijk", self.gateway.public)
    }

    fn script(&self) -> String {
        format!("http://{}/embed/luik.js", self.gateway.public)
    }

    /// A page of the host with the element, which has these attributes; its address.
    fn page(&self, attributes: &str, headers: &[(&str, &str)]) -> String {
        let script = format!("<script src=\"{}\"></script>", self.script());
        // What a strict policy forbids is not there.
        let style = if headers.is_empty() { STYLE } else { "" };
        self.host.page("/", headers, &page(&format!("{style}{script}"), attributes))
    }

    /// Opens such a page and sees items.
    fn visit(&mut self, attributes: &str) {
        let url = self.page(attributes, &[]);
        assert_eq!(self.browser.open(&url, &json!({})), 200);
        self.browser.see("luik-items .items .card");
    }

    /// What the element is told.
    fn told(&self, query: &str, headers: &[(&str, &str)]) -> Answer {
        try_get(self.gateway.public, &format!("/embed/wijk/items.json{query}"), headers).unwrap()
    }
}

fn embed(host: &Host) -> String {
    format!("[embed]\norigins = [\"{}\"]", host.origin())
}

fn put(stage: &Stage, number: usize, item: &[&str; 8]) {
    let columns = [
        "kind",
        "first_name",
        "region_code",
        "region_name",
        "title",
        "body",
        "language",
        "published_at",
    ];
    let cell = |(column, text): (&'static str, &&str)| {
        let cell = match column {
            "published_at" => Cell::Text(format!("{text}T10:00:00Z")),
            _ if text.is_empty() => Cell::Null,
            _ => Cell::Text((*text).to_owned()),
        };
        (column, cell)
    };
    let odd: Vec<_> = columns.into_iter().zip(item).map(cell).collect();
    stage.core.put_odd(&format!("item-{number}"), &odd);
}

/// A page as a webmaster makes it.
fn page(head: &str, attributes: &str) -> String {
    format!(
        r#"<!doctype html><html lang="nl"><meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <title>Samen in de wijk</title>
        <meta name="color-scheme" content="light dark">{head}
        <main><h1>Samen in de wijk</h1><h2>Vraag en aanbod</h2>
        <luik-items partner="wijk" {attributes}><a href="/lijst">{FALLBACK}</a></luik-items>
        </main><footer>Stichting Voorbeeldwijk</footer></html>"#
    )
}
