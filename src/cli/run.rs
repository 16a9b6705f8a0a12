//! `luik run`: the gateway.

use std::path::Path;

use crate::app::{self, App};
use crate::config::Environment;
use crate::lifecycle::Ending;
use crate::operate::Reload;
use crate::partner;

use super::signals::{Hangups, Stop};
use super::{Failure, logs, wait_for};

/// Runs the gateway until a signal.
pub(super) fn run(config: &Path) -> Result<(), Failure> {
    logs::start();
    let environment = Environment::of_process();
    let (settings, partners) = partner::check(config, &environment).map_err(Failure::wrong)?;
    wait_for(async {
        let (stop, hangups) = (Stop::hear()?, Hangups::hear()?);
        let app = App::build(settings, partners, environment).await.map_err(refused)?;
        tracing::info!(public = ?app.public(), admin = ?app.admin(), "listening");
        let reloader = app.reloader();
        let running = app.run(stop.stop.clone(), stop.abort.clone());
        let hangups = hangups.each(async || drop(reloader.reload().await));
        tokio::select! {
            ending = running => match ending {
                Ending::Clean => Ok(()),
                Ending::Failed => Err(Failure::failed("not everything could be finished")),
            },
            failure = stop.listen() => failure,
            failure = hangups => failure,
        }
    })
}

/// What the settings name and can not be used is a wrong configuration.
fn refused(error: app::Error) -> Failure {
    match error {
        app::Error::Key(_) | app::Error::LedgerKey | app::Error::Tls(_) | app::Error::Source(_) => {
            Failure::wrong(error)
        }
        app::Error::Journal(_)
        | app::Error::Listen { .. }
        | app::Error::Deliver(_)
        | app::Error::Mail(_)
        | app::Error::Notify(_)
        | app::Error::Metrics(_) => Failure::failed(error),
    }
}
