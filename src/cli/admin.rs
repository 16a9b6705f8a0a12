//! Speaks to the admin listener of the gateway that runs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::config::{self, Environment, Secret, Settings};

use super::Failure;

/// Longest wait for an answer: a journal with many partners takes its time to count.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// Longest wait for a connection.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// The running gateway's admin API.
#[derive(Debug)]
pub(super) struct Admin {
    client: reqwest::Client,
    address: SocketAddr,
    /// Without one the gateway says what is missing.
    token: Option<Secret>,
}

impl Admin {
    /// By the configuration of the gateway.
    pub(super) fn of(config: &Path) -> Result<Self, Failure> {
        let settings: Settings =
            config::load(config, &Environment::of_process()).map_err(Failure::wrong)?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(CONNECT_MAX)
            .timeout(ANSWER_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(Failure::failed)?;
        let (address, token) = (reachable(settings.listen.admin), settings.listen.admin_token);
        Ok(Self { client, address, token })
    }

    /// `GET`
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.ask(self.client.get(self.url(path))).await
    }

    /// `POST`
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.ask(self.client.post(self.url(path)).body(body.to_string())).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/admin/v1/{path}", self.address)
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Result<Value, Failure> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token.reveal()),
            None => request,
        };
        let answer = request.send().await.map_err(|error| self.silent(&error))?;
        let status = answer.status();
        let body = answer.text().await.map_err(|error| self.silent(&error))?;
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
        let problems = body.get("problems").and_then(Value::as_array).into_iter().flatten();
        let problems: String =
            problems.filter_map(Value::as_str).map(|problem| format!("\n{problem}")).collect();
        let message = format!("{status}: {}{problems}", text("detail"));
        let wrong = matches!(status.as_u16(), 400 | 404);
        Err(if wrong { Failure::Wrong(message) } else { Failure::Failed(message) })
    }

    fn silent(&self, error: &reqwest::Error) -> Failure {
        let why = if error.is_connect() {
            "is luik run running?"
        } else if error.is_timeout() {
            "it took too long"
        } else {
            "the connection broke"
        };
        Failure::failed(format_args!(
            "no gateway answers on {} (listen.admin): {why}",
            self.address
        ))
    }
}

/// An address that stands for every one of this machine is reached by loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(v4) if v4.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(v6) if v6.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other @ (IpAddr::V4(_) | IpAddr::V6(_)) => other,
    };
    SocketAddr::new(ip, address.port())
}
