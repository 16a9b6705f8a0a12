//! `luik partner snippets`: ready lines for a partner's site, which lead to what is there.

use crate::embedded::http::get;
use crate::embedded::program::run;
use crate::embedded::stage::{PUBLIC_URL, Stage};

#[test]
fn the_lines_lead_to_what_the_gateway_serves() {
    let stage = Stage::new();
    stage.partner("kijkt", "[embed]\norigins = [\"https://www.voorbeeldwijk.example\"]\n");
    let told = run(&mut stage.luik(&["partner", "snippets", "kijkt"]));
    assert_eq!(told.code, Some(0), "{told:?}");
    for site in ["# WordPress: ", "# Drupal, TYPO3, Joomla: ", "# Wix, ", "# HTML: ", "# Server: "]
    {
        assert!(told.out.contains(site), "{site}");
    }
    let gateway = stage.start();
    let addresses = told.out.split(PUBLIC_URL).skip(1);
    let paths = addresses.map(|rest| rest.split(['"', '\'', '\n']).next().unwrap());
    let paths: Vec<&str> = paths.collect();
    assert!(paths.len() > 7, "{paths:?}");
    for path in paths {
        assert_eq!(get(gateway.public, path).status, 200, "{path}");
    }
    let page = get(gateway.admin, "/console/partners/kijkt/snippets");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Regels voor de site van Stichting Voorbeeldwijk"));
}

#[test]
fn a_partner_without_an_embed_has_none() {
    let mut stage = Stage::new();
    stage.pulled_by("haler");
    for (name, names) in [("haler", "haler.toml: embed"), ("niemand", "no partner")] {
        let refused = run(&mut stage.luik(&["partner", "snippets", name]));
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.err.contains(names), "{refused:?}");
    }
}
