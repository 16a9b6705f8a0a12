//! The session that answers SQL. It can not write, every wait on it ends, and of an error only
//! the step and the SQLSTATE are kept: the database's own text may quote a row.

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Row, SimpleQueryMessage, SimpleQueryRow, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::super::Error;
use super::target::{Check, Target};
use super::tls;

/// Longest wait for a connection.
pub(super) const CONNECT_TIME: Duration = Duration::from_secs(10);
/// Longest wait for a read of some ids.
pub(super) const READ_TIME: Duration = Duration::from_secs(30);
/// Longest wait for a page of the view; the server gives up just before.
pub(super) const PAGE_TIME: Duration = Duration::from_secs(125);

/// Read only, no notices (they may quote a row), one time zone, plans made for the values.
const OPTIONS: &str = "-c default_transaction_read_only=on -c statement_timeout=120s \
    -c client_min_messages=error -c timezone=UTC -c plan_cache_mode=force_custom_plan";

type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A session; dropping it ends it.
pub(super) struct Session {
    client: Client,
    _driver: JoinSet<Result<(), tokio_postgres::Error>>,
}

impl Session {
    /// Connects and signs in.
    pub(super) async fn open(target: &Target) -> Result<Self, Error> {
        let mut config = target.sql(OPTIONS);
        config.connect_timeout(CONNECT_TIME).tcp_user_timeout(READ_TIME).keepalives_idle(READ_TIME);
        let mut driver = JoinSet::new();
        let client = if target.check == Check::Plain {
            let (client, connection) =
                within(CONNECT_TIME, "connecting", config.connect(NoTls)).await?;
            driver.spawn(connection);
            client
        } else {
            let tls = MakeRustlsConnect::new(tls::client(target)?);
            let (client, connection) =
                within(CONNECT_TIME, "connecting", config.connect(tls)).await?;
            driver.spawn(connection);
            client
        };
        Ok(Self { client, _driver: driver })
    }

    /// Runs a query with parameters.
    pub(super) async fn query(
        &self,
        step: &'static str,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, Error> {
        within(READ_TIME, step, self.client.query(sql, parameters)).await
    }

    /// Runs a prepared query.
    pub(super) async fn run(
        &self,
        (step, time): (&'static str, Duration),
        statement: &Statement,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, Error> {
        within(time, step, self.client.query(statement, parameters)).await
    }

    /// Prepares a query.
    pub(super) async fn prepare(
        &self,
        step: &'static str,
        sql: &str,
        types: &[Type],
    ) -> Result<Statement, Error> {
        within(READ_TIME, step, self.client.prepare_typed(sql, types)).await
    }

    /// Runs SQL without parameters in one round trip; the rows are text.
    pub(super) async fn simple(
        &self,
        step: &'static str,
        sql: &str,
        time: Duration,
    ) -> Result<Vec<SimpleQueryRow>, Error> {
        let messages = within(time, step, self.client.simple_query(sql)).await?;
        Ok(messages.into_iter().filter_map(row).collect())
    }
}

fn row(message: SimpleQueryMessage) -> Option<SimpleQueryRow> {
    if let SimpleQueryMessage::Row(row) = message { Some(row) } else { None }
}

async fn within<T>(
    time: Duration,
    step: &'static str,
    work: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Error> {
    match timeout(time, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(failure(step, error.code())),
        Err(_) => Err(Error::Unreachable(step)),
    }
}

/// What an error of the database, known by its code alone, means to the caller.
pub(super) fn failure(step: &'static str, code: Option<&SqlState>) -> Error {
    let Some(code) = code.map(SqlState::code) else {
        return Error::Unreachable(step);
    };
    match code {
        // Signing in failed: nobody but the core's administrator can mend it.
        "28000" | "28P01" | "3D000" => Error::Setup(
            format!("the core does not let the gateway in ({step}, code {code})").into(),
        ),
        // Connection lost, shutting down, starting up, too many sessions.
        _ if ["08", "53", "57P"].iter().any(|class| code.starts_with(class)) => {
            Error::Unreachable(step)
        }
        _ => Error::Refused { step, code: code.into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_should_happen_next() {
        let check = |code: &str, wanted: fn(&Error) -> bool| {
            let error = failure("reading", Some(&SqlState::from_code(code)));
            assert!(wanted(&error), "{code}: {error}");
        };
        check("57P01", |e| matches!(e, Error::Unreachable(_)));
        check("53300", |e| matches!(e, Error::Unreachable(_)));
        check("08006", |e| matches!(e, Error::Unreachable(_)));
        check("28P01", |e| matches!(e, Error::Setup(_)));
        check("57014", |e| matches!(e, Error::Refused { .. }));
        check("42501", |e| matches!(e, Error::Refused { .. }));
        assert!(matches!(failure("reading", None), Error::Unreachable(_)));
    }
}
