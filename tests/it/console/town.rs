//! A gateway with partners of every sort, and an operator with a browser.

use std::fs;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::Stage;

/// The admin token.
pub(super) const TOKEN: &str = "een-lang-en-fictief-token";

pub(super) struct Town {
    pub(super) stage: Stage,
    pub(super) gateway: Gateway,
    pub(super) browser: Browser,
    /// Takes everything and says what it holds.
    pub(super) good: Sink,
    /// Says 200 and takes nothing, from when it is told to.
    pub(super) keeps: Sink,
}

impl Town {
    /// Everything works, and three items are everywhere.
    pub(super) fn with_token(token: bool) -> Self {
        let (good, keeps, fails) = (Sink::start("wijk"), Sink::start("buurt"), Sink::start("stad"));
        let mut stage = Stage::new();
        good.behave(|_| Reply::Tell);
        keeps.behave(|_| Reply::Tell);
        fails.behave(|_| Reply::Fail(503, String::new()));
        for (id, sink) in [("wijk", &good), ("buurt", &keeps), ("stad", &fails)] {
            stage.pushes_to(id, sink, "");
        }
        stage.pulled_by("dorp");
        stage.partner("lijst", "[embed]\norigins = [\"https://www.voorbeeld.example\"]\n");
        for (id, name) in [
            ("wijk", "Stichting Wijkwelzijn Voorbeeld"),
            ("buurt", "Buurtplatform Voor Elkaar"),
            ("stad", "Gemeente Voorbeeldstad"),
            ("dorp", "Dorpshuis De Linde"),
            ("lijst", "Bibliotheek Voorbeeld"),
        ] {
            is_called(&stage, id, name);
        }
        if token {
            stage.set("ADMIN_TOKEN", TOKEN);
            let token = "admin = \"127.0.0.1:0\"\nadmin_token = { env = \"ADMIN_TOKEN\" }";
            let settings = fs::read_to_string(stage.config()).unwrap();
            fs::write(stage.config(), settings.replace("admin = \"127.0.0.1:0\"", token)).unwrap();
        }
        stage.core.put_all(["item-a", "item-b", "item-c"]);
        let gateway = Gateway::start(&mut stage.luik(&["run"]));
        eventually("all arrive", || good.shown().len() == 3 && keeps.shown().len() == 3);
        Self { stage, gateway, browser: Browser::start(), good, keeps }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.gateway.admin)
    }

    /// Opens a page with an empty memory; its status.
    pub(super) fn open(&mut self, path: &str, how: &Value) -> u64 {
        let url = self.url(path);
        self.browser.open(&url, how)
    }

    /// Goes to a page; its status.
    pub(super) fn go(&mut self, path: &str) -> u64 {
        let url = self.url(path);
        self.browser.go(&url)
    }

    /// Logs in by the form, and is where it wanted to be.
    pub(super) fn log_in(&mut self, path: &str, how: &Value) {
        assert_eq!(self.open(path, how), 200);
        self.browser.fill("#token", TOKEN);
        self.browser.click("button.main");
        self.browser.see("footer form button");
        assert_eq!(self.browser.address(), self.url(path));
    }

    /// From now on the one partner that keeps things keeps them.
    pub(super) fn pretends(&self) {
        self.keeps.behave(|_| Reply::Pretend);
    }

    /// What stands in the first thing that fits.
    pub(super) fn text(&mut self, what: &str) -> String {
        self.browser.read(what).into_iter().next().unwrap_or_else(|| panic!("{what} is not there"))
    }
}

/// Gives a partner this legal name.
pub(super) fn is_called(stage: &Stage, id: &str, name: &str) {
    let file = stage.path().join(format!("partners/{id}.toml"));
    let text = fs::read_to_string(&file).unwrap();
    let name = json!(name).to_string();
    fs::write(file, text.replace("\"Stichting Voorbeeldwijk\"", &name)).unwrap();
}
