//! One request for one page: bearer token, deadline, capped answer, and what each status means.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Client, Response, StatusCode};
use tokio::task::spawn_blocking;
use url::Url;

use crate::clock::Clock;
use crate::config::{HttpShape, HttpSource, Secret};
use crate::http::{Authorities, read_capped, wish};

use super::super::Error;
use super::page::{Cursor, Page, parse};

/// Largest page that is read, in bytes.
const PAGE_BYTES_MAX: usize = 64 << 20;
/// Longest time for a page, from connecting to its last byte.
const PAGE_TIME_MAX: Duration = Duration::from_secs(60);
/// Until when what was said may be shown (promise P6).
const VALID_UNTIL: &str = "luik-valid-until";

/// A feed that can be asked. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Feed {
    client: Client,
    url: Url,
    token: Secret,
    shape: HttpShape,
    clock: Clock,
}

/// What the feed says.
#[derive(Debug)]
pub(super) enum Said {
    /// A page, and how long what the feed says may be shown.
    Page(Page, Option<Timestamp>),
    /// It does not know this place any more.
    Gone,
}

/// Why there is no page, and how long the feed asks us to wait.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) wait: Option<Duration>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, wait: None }
    }
}

impl Feed {
    /// Sets up TLS with the machine's certificate authorities.
    ///
    /// # Errors
    /// When TLS can not be set up.
    pub(super) fn new(settings: &HttpSource, clock: Clock) -> Result<Self, Error> {
        let client = Authorities::of_the_machine().client().build();
        Ok(Self {
            client: client.map_err(|_| Error::Setup("TLS can not be set up".into()))?,
            url: settings.url.clone(),
            token: settings.token.clone(),
            shape: settings.shape,
            clock,
        })
    }

    /// Asks for a page.
    pub(super) async fn ask(self, here: Cursor) -> Result<Said, Failure> {
        let asked = tokio::time::timeout(PAGE_TIME_MAX, self.fetch(&here)).await;
        asked.unwrap_or_else(|_| Err(Error::Unreachable("a page took too long").into()))
    }

    async fn fetch(&self, here: &Cursor) -> Result<Said, Failure> {
        let mut url = self.url.clone();
        if here.query().is_some() {
            url.set_query(here.query());
        }
        // A page of a cache may be older than what is known already.
        let request = self.client.get(url).bearer_auth(self.token.reveal());
        let request =
            request.header("accept", "application/json").header("cache-control", "no-cache");
        let response = request.send().await.map_err(unsent)?;
        if let Some(said) = self.verdict(&response, here)? {
            return Ok(said);
        }
        let lease = match self.shape {
            HttpShape::Core => None,
            HttpShape::Luik => lease(&response),
        };
        let body = read_capped(response, PAGE_BYTES_MAX).await;
        let body = body.map_err(|_| Error::Unreachable("a page broke off"))?;
        let body = body.ok_or(Error::Broken("a page is too large"))?;
        let (url, shape) = (self.url.clone(), self.shape);
        let parsed = spawn_blocking(move || parse(&body, &url, shape)).await;
        let parsed = parsed.map_err(|_| Error::Unreachable("reading a page broke off"))?;
        Ok(Said::Page(parsed.map_err(Error::Broken)?, lease))
    }

    /// What the status says; none when the page is to be read.
    fn verdict(&self, response: &Response, here: &Cursor) -> Result<Option<Said>, Failure> {
        let status = response.status();
        let setup = |text: &str| Error::Setup(text.into());
        let refused = || Error::Refused {
            step: "reading the feed",
            code: status.as_u16().to_string().into(),
        };
        let error = match status {
            StatusCode::OK => return Ok(None),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                setup("the feed does not accept source.token")
            }
            // A place that another program gave out is not understood.
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::GONE
                if here.query().is_some() =>
            {
                return Ok(Some(Said::Gone));
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => setup("no feed is at source.url"),
            status if status.is_redirection() => {
                setup("source.url leads on to another address: name that one")
            }
            StatusCode::TOO_MANY_REQUESTS => Error::Unreachable("the feed asks us to wait"),
            status if status.is_server_error() => Error::Unreachable("the feed has an error"),
            _ => refused(),
        };
        Err(Failure { error, wait: wish(response.headers(), self.clock.now()) })
    }
}

fn lease(response: &Response) -> Option<Timestamp> {
    response.headers().get(VALID_UNTIL)?.to_str().ok()?.parse().ok()
}

fn unsent(error: reqwest::Error) -> Error {
    if error.is_builder() {
        Error::Setup("source.token can not be sent in a header".into())
    } else if error.is_connect() {
        Error::Unreachable("no connection to the feed")
    } else {
        Error::Unreachable("the feed does not answer")
    }
}
