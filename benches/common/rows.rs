//! Fabricated rows: texts from a small grammar, some 230 characters in the mean, of which about one in
//! four holds something that must not leave. Fixed seed.

use fastrand::Rng;
use jiff::Timestamp;
use luik::journal::{Batch, Change};
use luik::minimise::{CoreId, CoreRow, Policy, Verdict, minimise};

use super::files;

const OPENINGS: [&str; 6] = [
    "Goedemiddag, wij wonen hier zeven jaar en zoeken iemand die af en toe helpt.",
    "Hallo allemaal! Na een operatie aan mijn knie lukt het mij zeker 6 weken niet om dit alleen te doen.",
    "Ik ben een actieve vrouw van 68 jaar en heb op dinsdag en donderdag tijd over voor een ander.",
    "Voor mijn vader van 84 zoek ik gezelschap, liefst iemand die van schaken en wandelen houdt.",
    "Beste buren, onze speeltuinvereniging bestaat dit jaar 40 jaar en dat willen we graag vieren.",
    "Wie o wie kan ons gezin met drie kinderen een beetje op weg helpen in de nieuwe wijk?",
];
const MIDDLES: [&str; 7] = [
    "Het gaat om ongeveer 2 uur per week, bij voorkeur tussen 10.00 en 12.00 uur.",
    "De tuin is 60 m2 en er staan vooral struiken; gereedschap is in de schuur aanwezig.",
    "Boodschappen doen bij de supermarkt op 800 meter, en soms even mee naar de apotheek.",
    "Een kop koffie staat klaar en reiskosten tot 15 euro vergoeden we natuurlijk.",
    "Bus 4 stopt voor de deur, en er is plek voor een scootmobiel in de hal.",
    "Ervaring is niet nodig, geduld en een goed humeur wel. Een VOG is prettig.",
    "Op zaterdag 14 juni om 13.30 uur beginnen we met de grote opruimdag in zaal 12.",
];
const ENDINGS: [&str; 4] = [
    "Alvast heel veel dank!",
    "Reageer gerust, ook als je twijfelt.",
    "Wij horen graag van je.",
    "Tot gauw en een hartelijke groet.",
];
const FINDINGS: [&str; 9] = [
    "Bel mij op 06-12345678.",
    "Mailen kan naar anna.devries@voorbeeld.example.",
    "Ons adres is Dorpsstraat 12, 7941 AB in Meppel.",
    "Meer op www.voorbeeldbuurt.example/hulp.",
    "Volg ons via @voorbeeldbuurt.",
    "Vraag naar mevrouw De Vries.",
    "Mijn telefoonnummer is 0522 123 456.",
    "Ik ben geboren op 3 mei 1957.",
    "App me: nul zes 12 34 56 78.",
];
const TITLES: [&str; 5] = [
    "Hulp in de tuin",
    "Maatje om mee te wandelen",
    "Wie helpt met de boodschappen?",
    "Handige buur voor kleine klussen",
    "Samen koffie drinken op dinsdag",
];
const NAMES: [&str; 5] = ["Anna", "Bram", "Chantal", "Daan", "Fatima"];
const REGIONS: [(&str, &str); 3] =
    [("GM0119", "Meppel"), ("GM0193", "Zwolle"), ("PV22", "Drenthe")];

/// The public id that the gateway gives to this item of the core.
pub(crate) fn public_id(number: usize) -> String {
    Policy::new(files::ID_KEY).public_id(&CoreId::new(number.to_string())).to_string()
}

/// Makes texts and rows.
pub(crate) struct Texts(Rng);

impl Texts {
    pub(crate) fn new() -> Self {
        Self(Rng::with_seed(17))
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        self.0.choice(from).copied().unwrap()
    }

    /// A title and a body.
    pub(crate) fn next(&mut self) -> (&'static str, String) {
        let mut parts = vec![self.pick(&OPENINGS)];
        for _ in 0..self.0.usize(0..=2) {
            parts.push(self.pick(&MIDDLES));
        }
        if self.0.u8(..4) == 0 {
            parts.push(self.pick(&FINDINGS));
        }
        parts.push(self.pick(&ENDINGS));
        (self.pick(&TITLES), parts.join(" "))
    }

    /// A row of the contract view.
    pub(crate) fn row(&mut self, number: usize) -> CoreRow {
        luik::source::row(&self.line(number)).unwrap()
    }

    /// The same as a line for `luik minimise`, with as many literals as a platform has to withhold.
    pub(crate) fn line(&mut self, number: usize) -> String {
        let ((title, body), (code, region)) = (self.next(), self.pick(&REGIONS));
        serde_json::json!({
            "id": number.to_string(), "author_id": (number / 3).to_string(), "kind": "request",
            "first_name": self.pick(&NAMES), "region_code": code, "region_name": region,
            "title": title, "body": body, "language": "nl",
            "url": format!("https://platform.example/hulp/{number}"),
            "published_at": "2026-05-01T09:00:00Z", "expires_at": null, "share": true,
            "approved": null, "visibility": "public", "of_age": true,
            "withhold": ["de Vries", "anna.devries@voorbeeld.example", "0612345678",
                "Dorpsstraat 12", "7941 AB", "1957-05-03"],
        })
        .to_string()
    }

    /// What the boundary lets through of as many rows, ready to be stored.
    pub(crate) fn batch(&mut self, numbers: std::ops::Range<usize>, now: Timestamp) -> Batch {
        let policy = Policy::new(files::ID_KEY);
        let publish = |number| match minimise(&self.row(number), &policy, now) {
            Verdict::Publish(published, _) => Change::Publish(published),
            Verdict::Withhold(reason) => panic!("{reason:?}"),
        };
        Batch { changes: numbers.map(publish).collect(), ..Batch::default() }
    }
}
