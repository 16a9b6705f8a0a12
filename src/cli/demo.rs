//! `luik demo`: the whole at work, without set-up.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use jiff::SignedDuration;

use crate::demo::{self, Demo, Tally};
use crate::lifecycle::Ending;

use super::signals::Stop;
use super::{Failure, logs, say, wait_for};

/// Arguments of `luik demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// End by itself after this time, such as 30s or 2m.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    time: Option<Duration>,
    /// The first of the five ports on which it listens.
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..=65_531))]
    port: u16,
}

fn duration(text: &str) -> Result<Duration, String> {
    let time: Option<SignedDuration> = text.parse().ok();
    let time = time.and_then(|time| Duration::try_from(time).ok());
    time.filter(|time| !time.is_zero()).ok_or_else(|| "a time such as 30s or 2m, please".into())
}

/// Runs until a signal, or until the time is up.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    logs::start();
    wait_for(async {
        let stop = Stop::hear()?;
        let demo = Demo::set_up(arguments.port).await.map_err(Failure::failed)?;
        say(demo.guide())?;
        let until = stop.stop.clone();
        let running = demo.run(stop.stop.clone(), stop.abort.clone(), count);
        let alarm = async {
            if let Some(time) = arguments.time {
                tokio::time::sleep(time).await;
                until.cancel();
            }
            std::future::pending().await
        };
        let ended = tokio::select! {
            ended = running => ended,
            failure = stop.listen() => return failure,
            () = alarm => return Ok(()),
        };
        over(ended)
    })
}

fn over(ended: Result<Ending, demo::Error>) -> Result<(), Failure> {
    match ended.map_err(Failure::failed)? {
        Ending::Clean => say("\nThe demo is over; nothing of it is left."),
        Ending::Failed => Err(Failure::failed("not everything could be finished")),
    }
}

/// The running line of counts.
fn count(tally: Tally) {
    let Tally { core, push, feed, removals } = tally;
    let line = format!(
        "core {core:4} | push partner {push:4} | feed partner {feed:4} | taken back {removals:5}"
    );
    let mut out = std::io::stdout();
    // Nobody watches when standard output is closed; the demo goes on.
    drop(if out.is_terminal() {
        write!(out, "\r{line}").and_then(|()| out.flush())
    } else {
        writeln!(out, "{line}")
    });
}
