//! An address on a line of its own, without a plugin: WordPress asks the gateway what it is, keeps a
//! frame, and each visitor's browser asks for the list anew.

use std::net::SocketAddr;

use serde_json::json;

use super::site::{Post, WordPress, free};
use crate::browser::Browser;
use crate::browser::host::Host;
use crate::embedded::gateway::Gateway;
use crate::embedded::stage::Stage;
use crate::embedded::{SOON, eventually, found};

/// How high the frame is as WordPress keeps it, in pixels.
const PLANNED: u32 = 600;
const FRAME: &str = "iframe.wp-embedded-content";

/// A gateway with a list that this site may frame.
struct Scene {
    stage: Stage,
    gateway: Gateway,
    at: SocketAddr,
    site: WordPress,
    /// The platform, where a visitor responds.
    _platform: Host,
}

impl Scene {
    fn new(items: u32) -> Self {
        let at = free();
        let site = WordPress::install(at, &[]);
        let mut stage = Stage::new();
        stage.set("LUIK__PUBLIC_URL", &format!("http://{at}"));
        stage.set("LUIK__LISTEN__PUBLIC", &at.to_string());
        stage.partner("wijk", &format!("[embed]\norigins = [\"http://{}\"]\n", site.address));
        let platform = Host::start();
        let url =
            platform.page("/reageer", &[], "<!DOCTYPE html><title>R</title><h1>Reageer hier</h1>");
        stage.core.at_once(|| {
            for number in 0..items {
                stage.core.put_odd(&format!("item-{number}"), &[("url", url.clone().into())]);
            }
        });
        let gateway = stage.start();
        let scene = Self { stage, gateway, at, site, _platform: platform };
        eventually("all are there", || scene.live() == f64::from(items));
        scene
    }

    fn live(&self) -> f64 {
        self.gateway.metric("luik_journal_items{state=\"live\"}")
    }

    fn paste(&self, query: &str) -> Post {
        self.site.post(&format!(
            "Hulp in de buurt:\n\nhttp://{}/embed/wijk{query}\n\nTot ziens!",
            self.at
        ))
    }

    fn url(&self, post: &Post) -> String {
        format!("http://{}{}", self.site.address, post.path)
    }
}

#[test]
fn a_pasted_address_becomes_a_frame_and_wordpress_keeps_nothing_of_what_is_in_it() {
    let scene = Scene::new(1);
    for query in ["", "?lang=fy&region=GM0119"] {
        let post = scene.paste(query);
        let page = scene.site.page(&post);
        let (_, frame) = page.split_once("<iframe").expect(&page);
        let (frame, _) = frame.split_once("</iframe>").expect(&page);
        let wanted = query.replace("lang=fy&region=GM0119", "region=GM0119&amp;lang=fy");
        let src = format!("src=\"http://{}/embed/wijk{wanted}#?secret=", scene.at);
        assert!(frame.replace("&#038;", "&amp;").contains(&src), "{frame}");
        assert!(frame.contains("sandbox=\"allow-scripts\" security=\"restricted\""), "{frame}");
        assert!(
            frame.contains(" title=\"") && frame.contains(" – Stichting Voorbeeldwijk\""),
            "{frame}"
        );
        assert!(page.contains("wp-embed"), "the script that shows the frame: {page}");
        assert!(!page.contains("Anna") && !page.contains("Wie helpt"), "{page}");
    }
    let kept = scene.site.kept();
    assert!(kept.contains("_oembed_") && kept.contains("embed/wijk"), "{kept}");
    for word in ["Anna", "Hulp in de tuin", "Wie helpt", "Meppel"] {
        assert!(!kept.contains(word), "{word}: {kept}");
    }
    assert_eq!(scene.site.complaints(), "");
}

/// A visitor of the site.
struct Visitor(Browser);

impl Visitor {
    fn opens(&mut self, url: &str) {
        assert_eq!(self.0.open(url, &json!({})), 200);
        self.sees("h1.luik-title");
    }

    /// Waits until it is in the frame.
    fn sees(&mut self, what: &str) {
        self.0.ask(&json!({ "do": "see", "what": what, "frame": FRAME }));
    }

    fn clicks(&mut self, what: &str) {
        self.0.ask(&json!({ "do": "click", "what": what, "frame": FRAME }));
    }

    fn cards(&mut self) -> usize {
        let cards = self.0.ask(&json!({ "do": "read", "what": ".luik-card", "frame": FRAME }));
        cards.as_array().unwrap().len()
    }

    /// How high the frame is, once it is another height than this.
    fn height(&mut self, before: u32) -> u32 {
        found("the frame is as high as the list", SOON, || {
            let heights =
                self.0.ask(&json!({ "do": "attribute", "what": FRAME, "name": "height" }));
            let height = heights[0].as_str().and_then(|text| text.parse().ok());
            height.filter(|height| *height != before)
        })
    }
}

#[test]
fn a_visitor_sees_the_whole_list_and_goes_from_it_to_where_to_respond() {
    let scene = Scene::new(2);
    let post = scene.url(&scene.paste(""));
    let mut visitor = Visitor(Browser::start());
    visitor.opens(&post);
    let two = visitor.height(PLANNED);
    assert!(two > PLANNED, "{two}");
    assert_eq!(visitor.cards(), 2);
    visitor.0.ask(&json!({ "do": "picture", "name": "wordpress-pasted" }));
    scene.stage.core.remove("item-0");
    eventually("it is removed", || scene.live() == 1.0);
    visitor.opens(&post);
    let one = visitor.height(PLANNED);
    assert!(one < PLANNED, "not higher than what is in it: {one}");
    assert_eq!(visitor.cards(), 1, "gone on the next view");
    // Other pages stay in the frame, and within WordPress.
    visitor.clicks("a[hreflang=fy]");
    visitor.sees("html[lang=fy] h1");
    visitor.0.ask(
        &json!({ "do": "choose", "what": "select[name=kind]", "value": "offer", "frame": FRAME }),
    );
    visitor.clicks(".luik-search button");
    visitor.sees("html[lang=fy] div.luik-empty");
    assert_ne!(visitor.height(one), one);
    visitor.clicks(".luik-empty a");
    visitor.sees("html[lang=fy] a.luik-way");
    visitor.clicks("a.luik-way");
    visitor.0.see("h1:has-text('Reageer hier')");
    assert_eq!(scene.gateway.metric("luik_referrals_total{partner=\"wijk\"}"), 1.0);
}
