//! What leaves by mail or by our own webhook: letters to partners, and notices.

use crate::config::{Settings, key};
use crate::lifecycle::Tasks;
use crate::mail::Postman;
use crate::notify::{self, Notices};
use crate::post::{self, Seal};

use super::{Error, Parts};

/// Everything that writes letters, ready to start; nothing without a way out.
#[derive(Debug)]
pub(super) struct Letters {
    tools: post::Tools,
    postman: Option<Postman>,
    notices: Notices,
}

impl Letters {
    pub(super) fn new(settings: &Settings, parts: &Parts) -> Result<Self, Error> {
        let Parts { clock, metrics, journal, registry, .. } = parts.clone();
        let tools = post::Tools {
            journal,
            clock,
            metrics,
            registry,
            public_url: settings.public_url.clone(),
            retry_max: settings.deliver.retry_max,
            seal: seal(settings)?,
        };
        let postman = settings.notify.smtp.as_ref().map(Postman::new).transpose()?;
        let Parts { clock, metrics, health, journal, registry, .. } = parts.clone();
        let noticed = notify::Tools { clock, metrics, health, journal, registry };
        let notices = Notices::new(settings, noticed, postman.clone())?;
        Ok(Self { tools, postman, notices })
    }

    pub(super) fn start(self, tasks: &Tasks) {
        if let Some(postman) = self.postman {
            post::start(self.tools, postman, tasks);
        }
        self.notices.start(tasks);
    }
}

/// What makes the links in letters good.
pub(super) fn seal(settings: &Settings) -> Result<Seal, Error> {
    Ok(Seal::of(&key::load_or_create(&settings.id_key)?))
}
