//! Lists for visitors, as a browser in a partner's page sees them.

use crate::journal::Flag;
use crate::partner::Embed;

use super::*;

const PAGE: &str = "/embed/wijk";
const FRAGMENT: &str = "/embed/wijk/fragment";
const ORIGINS: [&str; 2] = ["https://www.voorbeeldwijk.example", "https://wijk.example"];

/// The partner with a list alone.
pub(super) fn showing(status: Status) -> Partner {
    let origins = ORIGINS.map(str::to_owned).to_vec();
    Partner { pull: None, embed: Some(Embed { origins }), ..partner(status) }
}

impl World {
    async fn shown() -> Self {
        let world = Self::new().await;
        world.shows(showing(Status::Active)).await;
        world
    }

    pub(super) async fn shows(&self, partner: Partner) {
        self.agree(partner.status).await;
        self.tools.registry.replace(vec![partner]);
    }

    async fn see(&self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }

    /// Which of these are in it, by their referrals?
    fn linked<const N: usize>(&self, answer: &Answer, core_ids: [&str; N]) -> [bool; N] {
        core_ids.map(|core_id| {
            answer.body.contains(&format!("href=\"{BASE}/r/wijk/{}\"", self.id(core_id)))
        })
    }
}

fn numbered(count: u32) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("item-{number}"))
}

#[tokio::test]
async fn what_is_published_is_shown_and_what_is_removed_is_gone_on_the_next_load() {
    let world = World::shown().await;
    world.publish(["a", "b"].map(str::to_owned)).await;
    for path in [PAGE, FRAGMENT] {
        let answer = world.see(path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(world.linked(&answer, ["a", "b"]), [true, true]);
        for part in ["Hulp in de tuin", "Wie helpt mij met het gras?", ">Anna<", " uit Meppel"] {
            assert!(answer.body.contains(part), "{part}");
        }
        // The one script is for WordPress alone.
        let script = format!("<script src=\"{BASE}/embed/wordpress.js\" defer></script>");
        let bare =
            if path == PAGE { answer.body.replacen(&script, "", 1) } else { answer.body.clone() };
        assert!(!bare.contains("<script") && !bare.contains("style="));
    }
    world.remove("a").await;
    for path in [PAGE, FRAGMENT] {
        assert_eq!(world.linked(&world.see(path).await, ["a", "b"]), [false, true]);
    }
    let page = world.metrics_page();
    for form in ["page", "fragment"] {
        let series = format!("luik_embed_requests_total{{form=\"{form}\",partner=\"wijk\"}} 2");
        assert!(page.contains(&series), "{page}");
    }
}
