//! `luik receive`: the reference receiver.

use std::net::SocketAddr;

use crate::clock::Clock;
use crate::config::Secret;
use crate::lifecycle::Tasks;
use crate::receive;

use super::signals::Stop;
use super::{Failure, logs, runtime, say};

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
    let secrets: Vec<Secret> = arguments.secret.iter().map(|text| Secret::new(text)).collect();
    let _ = secrets;
    runtime()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(arguments.listen).await;
        let listener = listener.map_err(Failure::failed)?;
        let address = listener.local_addr().map_err(Failure::failed)?;
        say(format_args!("listening on http://{address}/"))?;
        Ok(())
    })
}
