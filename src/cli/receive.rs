//! `luik receive`: the reference receiver.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::config::Secret;
use crate::http::{self, Limits};
use crate::lifecycle::{Ending, Tasks};
use crate::receive::{self, Face, Key, Receiver, Store};

use super::signals::Stop;
use super::{Failure, logs, say, wait_for};

/// Longest time for finishing what is open.
const FINISH: Duration = Duration::from_secs(5);

/// Arguments of `luik receive`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where to listen, such as 127.0.0.1:9000.
    #[arg(long, value_name = "ADDRESS")]
    listen: SocketAddr,
    /// The shared secret, `whsec_…`; give it twice while it is rotated.
    #[arg(long, value_name = "SECRET", required = true)]
    secret: Vec<String>,
}

/// Receives until a signal.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    logs::start();
    let keys: Result<Arc<[Key]>, _> =
        arguments.secret.iter().map(|text| Key::parse(&Secret::new(text))).collect();
    let keys = keys.map_err(|error| Failure::wrong(format_args!("--secret: {error}")))?;
    wait_for(async {
        let stop = Stop::hear()?;
        let listener = tokio::net::TcpListener::bind(arguments.listen).await;
        let listener = listener.map_err(|error| {
            Failure::failed(format_args!("--listen {}: {}", arguments.listen, error.kind()))
        })?;
        let address = listener.local_addr().map_err(Failure::failed)?;
        say(format_args!("Receiving on http://{address}/ (look there, too)"))?;
        let (store, clock, face) = (Store::default(), Clock::system(), Face::default());
        let router = receive::router(Receiver { store, keys, clock, face });
        let tasks = Tasks::default();
        tasks.spawn("site", http::serve(listener, router, Limits::default(), tasks.clone()));
        let stopped = stop.stop.clone();
        tokio::select! {
            () = stopped.cancelled() => {}
            failure = stop.listen() => return failure,
        }
        match tasks.finish(FINISH).await {
            Ending::Clean => Ok(()),
            Ending::Failed => Err(Failure::failed("not everything could be finished")),
        }
    })
}
