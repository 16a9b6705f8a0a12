//! Ready lines for a partner's site, one for each way to show its list there; and the list as it is
//! now, for the operator's page.

use maud::{Markup, html};

use crate::config::Serve as Rates;
use crate::http::Refusal;
use crate::metrics::EmbedForm;
use crate::model::{Language, PartnerId};
use crate::partner::Partner;

use super::super::caller::Door;
use super::super::reading::Reading;
use super::super::{Serve, Tools, look, unavailable};
use super::query::Asked;
use super::words::Words;
use super::{element, fragment, list};

/// As high as a frame is that can not grow; the list has pages within it.
const HEIGHT: &str = "720";

/// What to do, in English and in Dutch.
type About = [&'static str; 2];

const PASTE: About = [
    "Paste it on a line of its own; WordPress makes the list of it.",
    "Plak dit op een eigen regel; WordPress maakt er de lijst van.",
];
const PLUGIN: About = [
    "The first line into wp-config.php, the second where the list is to be. Visitors never meet the \
     gateway.",
    "De eerste regel in wp-config.php, de tweede waar de lijst moet komen. Bezoekers komen zo nooit \
     bij Luik zelf.",
];
const BLOCK: About = [
    "Into a block that takes HTML (Drupal: Full HTML; TYPO3: Plain HTML).",
    "In een blok voor HTML (Drupal: Volledige HTML; TYPO3: Gewone HTML).",
];
const ADDRESS: About = [
    "Choose to embed a site, and give this address.",
    "Kies voor een website insluiten, en geef dit adres.",
];
const PINNED: About = [
    "A list in the colours of the page, by a script that is pinned to its very bytes.",
    "Een lijst in de kleuren van de pagina, met een script dat niet kan veranderen.",
];
const NEWEST: About = [
    "The same, with improvements as they come.",
    "Hetzelfde, met verbeteringen zodra die er zijn.",
];
const SERVER: About = [
    "HTML for a page that your own server makes; to be asked for again within five minutes.",
    "HTML voor een pagina die uw eigen server maakt; haal het binnen vijf minuten opnieuw op.",
];

/// One way to show the list, and the lines for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// For which sites.
    pub site: &'static str,
    about: About,
    /// The lines.
    pub text: String,
}

impl Snippet {
    /// What to do with it.
    #[must_use]
    pub fn about(&self, language: Language) -> &'static str {
        let [english, dutch] = self.about;
        if language == Language::English { english } else { dutch }
    }
}

/// The lines for a partner; none when its agreement has no embed. `base` is the public address
/// without a slash at its end.
#[must_use]
pub fn snippets(base: &str, partner: &Partner) -> Option<Vec<Snippet>> {
    partner.embed.as_ref()?;
    let list = format!("{base}/embed/{}", partner.id);
    let newest = html! { script src={ (base) "/embed/luik.js" } defer {} };
    let line = |site, about, text| Snippet { site, about, text };
    Some(vec![
        line("WordPress", PASTE, list.clone()),
        line("WordPress, plug-in", PLUGIN, format!("define('LUIK_EMBED', '{list}');\n[luik]")),
        line("Drupal, TYPO3, Joomla", BLOCK, frame(&list, partner)),
        line("Wix, Squarespace, Google Sites", ADDRESS, list.clone()),
        line("HTML", PINNED, element_of(&list, partner, &pinned(base))),
        line("HTML, newest script", NEWEST, element_of(&list, partner, &newest)),
        line("Server", SERVER, format!("{list}/fragment?heading=2")),
    ])
}

fn frame(list: &str, partner: &Partner) -> String {
    let title = format!("{} – {}", Words::of(Language::Dutch).title, partner.name);
    let framed = html! {
        iframe src=(list) title=(title) width="100%" height=(HEIGHT) loading="lazy"
            style="border: 0; color-scheme: normal" {}
    };
    framed.into_string()
}

fn pinned(base: &str) -> Markup {
    let (name, integrity) = element::pinned();
    html! {
        script src={ (base) "/embed/" (name) } integrity=(integrity) crossorigin="anonymous" defer {}
    }
}

fn element_of(list: &str, partner: &Partner, script: &Markup) -> String {
    let element = html! {
        luik-items partner=(partner.id) { a href=(list) { (Words::of(Language::Dutch).title) } }
    };
    format!("{}\n{}", script.0, element.0)
}

/// Shows the operator what a partner's visitors see. Counts nothing.
#[derive(Debug, Clone)]
pub struct Preview(Serve);

impl Preview {
    /// The style sheet of lists.
    pub const STYLE: &str = look::STYLE;

    /// With the same parts as the public listener; `base` is its address without a slash at its end.
    #[must_use]
    pub fn new(base: &str, tools: &Tools) -> Self {
        let nobody = Door::of(&Rates::default(), Vec::new());
        Self(Serve::new(base, nobody, 0, tools))
    }

    /// The lines, and the list as it is now, to be shown under [`Preview::STYLE`].
    ///
    /// # Errors
    /// There is no such partner, it has no embed in force, or the journal can not be read.
    pub async fn lines(
        &self,
        partner: &PartnerId,
        language: Language,
    ) -> Result<(Vec<Snippet>, Markup), Refusal> {
        let serve = &self.0;
        let partner = list::partner(serve, partner.as_str())?;
        let lines = snippets(&serve.base, &partner).ok_or(Refusal::UnknownPartner)?;
        let reading = Reading::of(&serve.tools, &partner).await.map_err(unavailable)?;
        let asked = Asked::parse(None, EmbedForm::Fragment)?;
        let withheld = reading.is_withheld();
        let list = list::gathered(serve, &partner, withheld, (asked, language)).await?;
        Ok((lines, fragment::of(&list)))
    }
}
#[cfg(test)]
mod tests {
    use super::super::super::tests::partner;
    use crate::partner::{Embed, Status};

    use super::*;

    fn with_embed() -> Partner {
        let embed = Some(Embed { origins: Vec::new() });
        let name = "Stichting \"Wijk\" <&>".to_owned();
        Partner { embed, name, ..partner(Status::Active) }
    }

    #[test]
    fn every_line_leads_to_the_list_and_is_safe_to_paste() {
        let lines = snippets("https://luik.example", &with_embed()).unwrap();
        for line in &lines {
            assert!(line.text.contains("https://luik.example/embed/"), "{}", line.site);
            assert!(!line.text.contains("\"Wijk\""), "{}", line.site);
        }
        let pinned = lines.iter().find(|line| line.site == "HTML").unwrap();
        assert!(pinned.text.contains(r#"integrity="sha384-"#));
        assert!(pinned.text.contains(r#"<luik-items partner="wijk">"#));
    }

    #[test]
    fn without_an_embed_there_are_none() {
        assert_eq!(snippets("https://luik.example", &partner(Status::Active)), None);
    }
}
