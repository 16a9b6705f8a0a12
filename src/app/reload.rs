//! Reads the partner files again: an invalid set is refused whole and the old one stays in force.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::config::{Environment, Problems, Settings};
use crate::health::Health;
use crate::http::Tls;
use crate::journal::Cause;
use crate::model::PartnerId;
use crate::operate::{self, Reloaded};
use crate::partner::{self, Registry};

use super::agreements::Agreements;

/// Reads the partner files again. Cheap to clone; one reload at a time.
#[derive(Debug, Clone)]
pub struct Reloader(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    environment: Environment,
    agreements: Agreements,
    registry: Registry,
    health: Health,
    tls: Option<Tls>,
    one_at_a_time: Mutex<()>,
}

impl Reloader {
    pub(super) fn new(
        settings: Settings,
        environment: Environment,
        agreements: Agreements,
        (registry, health): (Registry, Health),
        tls: Option<Tls>,
    ) -> Self {
        Self(Arc::new(Inner {
            settings,
            environment,
            agreements,
            registry,
            health,
            tls,
            one_at_a_time: Mutex::default(),
        }))
    }

    /// Reads certificate and key again, if there are any: what is wrong with them holds up no
    /// agreement, and the old ones stay in force.
    fn read_certificate_again(&self) -> Vec<String> {
        let renewed = self.0.tls.as_ref().map(Tls::renew);
        let refused = renewed.and_then(Result::err).map(|error| format!("listen.tls: {error}"));
        refused.into_iter().collect()
    }

    /// Reads, checks, stores, and only then puts the new set in force.
    async fn read_again(&self) -> Result<usize, Vec<String>> {
        let inner = &self.0;
        let _one = inner.one_at_a_time.lock().await;
        let read = partner::load_all(&inner.settings.partners, &inner.environment);
        let read = read.and_then(|partners| {
            let problems = partner::unreachable(&inner.settings, &partners);
            if problems.is_empty() { Ok(partners) } else { Err(Problems(problems)) }
        });
        let partners =
            read.map_err(|problems| problems.0.iter().map(ToString::to_string).collect::<Vec<_>>());
        let partners = partners.inspect_err(|problems| self.alarm(problems))?;
        let _change = inner.registry.begin_change();
        let noted = inner.agreements.take_note(partners).await;
        let noted = noted.map_err(|error| vec![error.to_string()]);
        let partners = noted.inspect_err(|problems| self.alarm(problems))?;
        inner.agreements.note_suspensions(&inner.registry.current(), &partners).await;
        let count = partners.len();
        inner.registry.replace(partners);
        inner.agreements.show_refused(false);
        tracing::info!(partners = count, "the partner files were read again");
        Ok(count)
    }

    fn alarm(&self, problems: &[String]) {
        self.0.agreements.show_refused(true);
        for problem in problems {
            tracing::error!(problem, "the partner files were refused: the old set stays in force");
        }
    }

    /// Takes note of the agreements of today, without reading files; false when it must be tried
    /// again.
    pub(super) async fn turn_the_day(&self) -> bool {
        let inner = &self.0;
        let _one = inner.one_at_a_time.lock().await;
        let partners: Vec<_> =
            inner.registry.current().values().map(|partner| (**partner).clone()).collect();
        let noted = inner.agreements.take_note_at_start(partners).await;
        if let Err(error) = &noted {
            tracing::error!(%error, "the agreements of today could not be noted: tried again");
        }
        noted.is_ok()
    }
}

impl Reloader {
    /// Ends one agreement and puts what is left in force.
    async fn end_one(&self, id: &PartnerId, cause: Cause) -> Result<u64, String> {
        let inner = &self.0;
        let _one = inner.one_at_a_time.lock().await;
        let current = inner.registry.current();
        let partner = current.get(id).ok_or("there is no partner of this name")?;
        let _change = inner.registry.begin_change();
        let ended = inner.agreements.end(partner, cause).await;
        let action = ended.map_err(|error| error.to_string())?;
        let partners = current.values().map(|partner| (**partner).clone()).collect();
        let noted = inner.agreements.take_note(partners).await;
        inner.registry.replace(noted.map_err(|error| error.to_string())?);
        tracing::info!(partner = id.as_str(), "the agreement was ended by command");
        Ok(action)
    }
}

impl operate::Reload for Reloader {
    async fn end(&self, partner: &PartnerId, cause: Cause) -> Result<u64, Vec<String>> {
        self.end_one(partner, cause).await.map_err(|problem| vec![problem])
    }

    async fn reload(&self) -> Result<Reloaded, Vec<String>> {
        let problems = self.read_certificate_again();
        let partners = self.read_again().await;
        self.0.health.files(partners.is_err());
        partners.map(|partners| Reloaded { partners, problems })
    }
}
