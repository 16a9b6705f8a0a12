//! From changed keys to item ids, as the configuration says per watched table.

use std::collections::BTreeSet;

use tokio_postgres::Statement;
use tokio_postgres::types::Type;

use crate::config::Watch;
use crate::minimise::CoreId;

use super::super::Error;
use super::session::{READ_TIME, Session};

/// More items than this behind one batch of keys are compared as a whole.
const ITEMS_MAX: usize = 100_000;
const STEP: &str = "finding the items of changed keys";

/// One query per watch, or none where the key is the item id.
pub(super) struct Items(Vec<Option<Statement>>);

impl Items {
    /// Prepares the queries.
    pub(super) async fn prepare(sql: &Session, watches: &[Watch]) -> Result<Self, Error> {
        let mut statements = Vec::with_capacity(watches.len());
        for watch in watches {
            statements.push(match &watch.items {
                Some(query) => Some(prepare(sql, query).await.map_err(|error| match &error {
                    Error::Refused { code, .. } => Error::Setup(
                        format!("the items query of {} is refused ({code})", watch.table).into(),
                    ),
                    Error::Unreachable(_)
                    | Error::Broken(_)
                    | Error::ColumnMissing(_)
                    | Error::Setup(_) => error,
                })?),
                None => None,
            });
        }
        Ok(Self(statements))
    }

    /// The items of these keys, a set per watch; none if they are too many to name.
    pub(super) async fn of(
        &self,
        sql: &Session,
        keys: &[BTreeSet<Box<str>>],
    ) -> Result<Option<Vec<CoreId>>, Error> {
        let mut ids = Vec::new();
        for (statement, keys) in self.0.iter().zip(keys) {
            let Some(statement) = statement.as_ref().filter(|_| !keys.is_empty()) else {
                ids.extend(keys.iter().map(|key| CoreId::new(key.clone())));
                continue;
            };
            let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
            let rows = sql.run((STEP, READ_TIME), statement, &[&keys]).await?;
            let named =
                rows.iter().filter_map(|row| row.try_get::<_, Option<String>>(0).ok().flatten());
            ids.extend(named.map(CoreId::new));
            if ids.len() > ITEMS_MAX {
                return Ok(None);
            }
        }
        Ok(Some(ids))
    }
}

/// Wraps the query, so that it gives one column of text and no more rows than are wanted.
async fn prepare(sql: &Session, query: &str) -> Result<Statement, Error> {
    let query = query.trim().trim_end_matches(';');
    let wrapped =
        format!("SELECT luik.i::text FROM (\n{query}\n) AS luik (i) LIMIT {}", ITEMS_MAX + 1);
    sql.prepare(STEP, &wrapped, &[Type::TEXT_ARRAY]).await
}
