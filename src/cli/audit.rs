//! `luik audit`: the ledger, exported or checked; works beside a gateway that runs.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use tempfile::NamedTempFile;

use crate::clock::Clock;
use crate::config::{self, Environment, Settings};
use crate::journal::{Journal, Kept, LedgerPage};
use crate::ledger::{Checkpoint, Fault, Signer, Verified, Verifier, VerifyingKey, Writer, verify};

use super::{Failure, say, wait_for};

/// Lines read at a time.
const PAGE: usize = 2_000;
/// Stands for standard input or output.
const STANDARD: &str = "-";

/// Arguments of `luik audit`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "luik.toml", global = true)]
    config: PathBuf,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write the whole ledger to a file that can be checked anywhere.
    Export {
        /// Where to; `-` for standard output.
        file: PathBuf,
    },
    /// Check an export, or the ledger of the state folder.
    Verify {
        /// The export; `-` for standard input. None: the ledger of the state folder.
        file: Option<PathBuf>,
        /// The public key that an export must be signed with, as `luik audit` prints it.
        #[arg(long, requires = "file")]
        key: Option<VerifyingKey>,
    },
}

/// Exports, or checks.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.what {
        What::Export { file } => export(&arguments.config, file),
        What::Verify { file: Some(file), key } => check_file(file, *key),
        What::Verify { file: None, .. } => check_state(&arguments.config),
    }
}

/// An export needs neither configuration nor state.
fn check_file(file: &Path, key: Option<VerifyingKey>) -> Result<(), Failure> {
    let named = file.display();
    let found = if file == Path::new(STANDARD) {
        verify(io::stdin().lock(), key)
    } else {
        let opened = File::open(file).map_err(|error| {
            Failure::wrong(format_args!("{named}: can not be read ({})", error.kind()))
        })?;
        verify(BufReader::new(opened), key)
    };
    let verified = found.map_err(|fault| Failure::failed(format_args!("{named}: {fault}")))?;
    tell(&verified)?;
    match key {
        Some(_) => say("signed with the given key"),
        None => say("whose key that is, the file can not say: compare it with the gateway's"),
    }
}

fn tell(verified: &Verified) -> Result<(), Failure> {
    let Verified { key, lines, first, tip, checkpoints, unsigned, exported } = verified;
    say(format_args!("the ledger holds: {lines} lines, {first} to {}", tip.num))?;
    if *first > 1 {
        say("lines before that were given up by retention; a checkpoint stands for them")?;
    }
    say(format_args!("{checkpoints} checkpoints, {unsigned} lines after the last"))?;
    if let Some(exported) = exported {
        say(format_args!("exported {exported}, and signed as a whole"))?;
    }
    say(format_args!("public key {key}"))
}

/// The journal of the state folder, and the key of its ledger.
fn open(config: &Path) -> Result<(Journal, Signer, Clock), Failure> {
    let settings = config::load(config, &Environment::of_process()).map_err(Failure::wrong)?;
    let clock = Clock::system();
    let journal = Journal::look_in(&settings.state, clock.clone());
    let journal = journal.map_err(|error| Failure::failed(format_args!("state.path: {error}")))?;
    let journal = journal.ok_or_else(|| {
        Failure::failed("state.path: there is no journal yet: the gateway did not run")
    })?;
    Ok((journal, signer(&settings)?, clock))
}

fn signer(settings: &Settings) -> Result<Signer, Failure> {
    let seed = config::key::load(&settings.ledger_key).map_err(Failure::wrong)?;
    let signer = seed.as_ref().and_then(Signer::new);
    signer.ok_or_else(|| Failure::wrong("ledger_key: there is no key yet"))
}

fn export(config: &Path, file: &Path) -> Result<(), Failure> {
    let (journal, signer, clock) = open(config)?;
    let failed = |error: io::Error| {
        Failure::failed(format_args!("{}: can not be written ({})", file.display(), error.kind()))
    };
    if file == Path::new(STANDARD) {
        let out = BufWriter::new(io::stdout().lock());
        return wait_for(write(&journal, &signer, (&clock, out))).map(drop);
    }
    // Beside its place first: a file of this name is whole or not there.
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let scratch = NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
    let out = BufWriter::new(scratch.as_file());
    let lines = wait_for(write(&journal, &signer, (&clock, out)))?;
    scratch.as_file().sync_all().map_err(failed)?;
    scratch.persist(file).map_err(|error| failed(error.error))?;
    say(format_args!("{lines} lines, public key {}", signer.key()))
}

async fn write<W: Write>(
    journal: &Journal,
    signer: &Signer,
    (clock, out): (&Clock, W),
) -> Result<u64, Failure> {
    let failed = |error: io::Error| Failure::failed(format_args!("the export: {}", error.kind()));
    let (mut writer, mut after, mut out) = (None, 0, Some(out));
    loop {
        let page = journal.ledger(after, PAGE).await.map_err(Failure::failed)?;
        let mut steps = steps(&page);
        if let Some(out) = out.take() {
            let base = match steps.first() {
                Some(Step::Checkpoint(base)) => Some(*base),
                Some(Step::Line(_)) | None => None,
            };
            writer = Some(Writer::begin(out, &signer.key(), base).map_err(failed)?);
            steps.drain(..usize::from(base.is_some()));
        }
        let Some(writer) = writer.as_mut() else { break };
        for step in steps {
            match step {
                Step::Line(kept) => writer.line(&kept.text),
                Step::Checkpoint(checkpoint) => writer.checkpoint(checkpoint),
            }
            .map_err(failed)?;
        }
        match page.lines.last() {
            Some(last) => after = last.num,
            None => break,
        }
    }
    let writer = writer.ok_or_else(|| Failure::failed("the export was not begun"))?;
    writer.end(signer, clock.now()).map_err(failed)
}

/// Lines and checkpoints in the order in which they follow one another.
enum Step<'a> {
    Line(&'a Kept),
    Checkpoint(&'a Checkpoint),
}

fn steps(page: &LedgerPage) -> Vec<Step<'_>> {
    let lines = page.lines.iter().map(|line| (line.num, Step::Line(line)));
    let checkpoints = page.checkpoints.iter().map(|one| (one.checkpoint, Step::Checkpoint(one)));
    let mut steps: Vec<_> = lines.chain(checkpoints).collect();
    steps.sort_by_key(|(num, _)| *num);
    steps.into_iter().map(|(_, step)| step).collect()
}

/// The ledger itself, and what the journal knows beside it.
fn check_state(config: &Path) -> Result<(), Failure> {
    let (journal, signer, _) = open(config)?;
    wait_for(async {
        let end = journal.ledger_end().await.map_err(Failure::failed)?;
        let verified = follow(&journal, signer.key()).await?;
        let same = verified.tip.num > end.num || verified.tip == end;
        if !same {
            return Err(Failure::failed("the ledger: its end is missing, or was changed"));
        }
        let differ = journal.receipts_that_differ().await.map_err(Failure::failed)?;
        if let Some(first) = differ.first() {
            let message = format_args!("receipt {first}: is not what the ledger says of it");
            return Err(Failure::failed(message));
        }
        tell(&verified)
    })
}

async fn follow(journal: &Journal, key: VerifyingKey) -> Result<Verified, Failure> {
    let (mut verifier, mut after) = (Verifier::new(key), 0);
    loop {
        let page = journal.ledger(after, PAGE).await.map_err(Failure::failed)?;
        for step in steps(&page) {
            check(&mut verifier, &step).map_err(|fault| {
                Failure::failed(format_args!("the ledger (by its own numbers), {fault}"))
            })?;
        }
        match page.lines.last() {
            Some(last) => after = last.num,
            None => return Ok(verifier.finish()),
        }
    }
}

fn check(verifier: &mut Verifier, step: &Step<'_>) -> Result<(), Fault> {
    match step {
        Step::Checkpoint(checkpoint) => verifier.checkpoint(checkpoint, checkpoint.checkpoint),
        Step::Line(kept) => {
            let line = verifier.line(&kept.text, kept.num)?;
            let found = line.entry.what().as_str() == kept.what;
            let found = found && line.entry.subject() == kept.subject;
            if found { Ok(()) } else { Err(Fault::Malformed(kept.num)) }
        }
    }
}
