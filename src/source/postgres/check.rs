//! `luik source check`: everything between this core and a working gateway, at once.

use crate::config::{PostgresSource, Watch};
use crate::minimise::Column;

use super::super::{Error, Finding};
use super::items::Items;
use super::name::Name;
use super::session::{READ_TIME, Session};
use super::slot::literal;
use super::stream::Stream;
use super::target::Target;
use super::value::Form;
use super::view::{self, Texts};

/// A question that answers with one row of texts; an empty answer is a row of nothing.
async fn ask(sql: &Session, question: &str) -> Result<Vec<Option<String>>, Error> {
    let rows = sql.simple("checking the core", question, READ_TIME).await?;
    let texts = |row: &tokio_postgres::SimpleQueryRow| {
        (0..row.len()).map(|place| row.get(place).map(str::to_owned)).collect()
    };
    Ok(rows.first().map(texts).unwrap_or_default())
}

fn text(answer: &[Option<String>], place: usize) -> &str {
    answer.get(place).and_then(Option::as_deref).unwrap_or_default()
}

fn is_true(answer: &[Option<String>], place: usize) -> bool {
    text(answer, place) == "t"
}

/// All findings. A question that can not be asked is a problem of its own, not the end.
pub(in super::super) async fn check(settings: &PostgresSource) -> Vec<Finding> {
    let opened = match Target::parse(settings.url.reveal()) {
        Ok(target) => Session::open(&target).await.map(|sql| (target, sql)),
        Err(error) => Err(error),
    };
    let (target, sql) = match opened {
        Ok(opened) => opened,
        Err(error) => return vec![Finding::problem(error.to_string())],
    };
    let mut findings = vec![Finding::ok("the core answers")];
    let mut add = |part: Result<Vec<Finding>, Error>| {
        findings.extend(part.unwrap_or_else(|error| vec![Finding::problem(error.to_string())]));
    };
    add(server(&sql).await);
    add(role(&sql).await);
    add(replication(&target, settings).await);
    add(publication(&sql, settings).await);
    for watch in &settings.watches {
        add(table(&sql, settings, watch).await);
        add(items(&sql, watch).await);
    }
    add(columns(&sql, settings).await);
    add(by_id(&sql, settings).await);
    add(slot(&sql, settings).await);
    findings
}

async fn server(sql: &Session) -> Result<Vec<Finding>, Error> {
    let answer = ask(
        sql,
        "SELECT current_setting('server_version_num')::int >= 150000, \
         current_setting('server_version'), current_setting('wal_level'), \
         current_setting('max_slot_wal_keep_size'), \
         current_setting('idle_replication_slot_timeout', true)",
    )
    .await?;
    let version = text(&answer, 1);
    let mut findings = vec![
        Finding::expect(
            is_true(&answer, 0),
            format!("PostgreSQL {version}"),
            format!("PostgreSQL {version} is too old: 15 is the first with column lists"),
        ),
        Finding::expect(
            text(&answer, 2) == "logical",
            "wal_level is logical",
            "wal_level must be logical (needs a restart of the core)",
        ),
    ];
    findings.push(if text(&answer, 3) == "-1" {
        Finding::warning(
            "max_slot_wal_keep_size is unlimited: a gateway that is away fills the core's disk; \
             10 to 50 GB is usual",
        )
    } else {
        Finding::ok(format!("max_slot_wal_keep_size is {}", text(&answer, 3)))
    });
    if !matches!(text(&answer, 4), "" | "0") {
        findings.push(Finding::warning(
            "idle_replication_slot_timeout drops the slot of a gateway that is away",
        ));
    }
    Ok(findings)
}

async fn role(sql: &Session) -> Result<Vec<Finding>, Error> {
    let answer = ask(
        sql,
        "SELECT rolreplication OR rolsuper, rolsuper, rolbypassrls \
         FROM pg_roles WHERE rolname = current_user",
    )
    .await?;
    let mut findings = vec![Finding::expect(
        is_true(&answer, 0),
        "the role may replicate",
        "the role lacks REPLICATION: ALTER ROLE … REPLICATION",
    )];
    if is_true(&answer, 1) {
        findings
            .push(Finding::warning("the role is a superuser: it may read far more than the view"));
    }
    Ok(findings)
}

/// Whether `pg_hba.conf` lets a replication session in, and whether there is room for one.
async fn replication(target: &Target, settings: &PostgresSource) -> Result<Vec<Finding>, Error> {
    let (_, system) = match Stream::connect(target, settings).await {
        Ok(connected) => connected,
        Err(error) => {
            return Ok(vec![Finding::problem(format!(
                "no replication session is let in, see pg_hba.conf and the role's rights: {error}"
            ))]);
        }
    };
    Ok(vec![Finding::ok(format!(
        "replication sessions are let in (system {}, timeline {})",
        system.system_id, system.timeline
    ))])
}

async fn publication(sql: &Session, settings: &PostgresSource) -> Result<Vec<Finding>, Error> {
    let name = &settings.publication;
    let answer = ask(
        sql,
        &format!(
            "SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate, puballtables \
             FROM pg_publication WHERE pubname = {}",
            literal(name)
        ),
    )
    .await?;
    if answer.is_empty() {
        return Ok(vec![Finding::problem(format!(
            "there is no publication {name}: see `luik source sql`"
        ))]);
    }
    let mut findings = vec![Finding::expect(
        is_true(&answer, 0),
        format!("the publication {name} carries every kind of change"),
        format!("the publication {name} must carry insert, update, delete and truncate"),
    )];
    if is_true(&answer, 1) {
        findings.push(Finding::warning(format!(
            "the publication {name} is for all tables: list the watched ones with their keys"
        )));
    }
    Ok(findings)
}

/// What the catalogue says about a watched table in the publication.
async fn table(
    sql: &Session,
    settings: &PostgresSource,
    watch: &Watch,
) -> Result<Vec<Finding>, Error> {
    let name = Name::parse(&watch.table);
    let key = literal(&watch.key);
    let answer = ask(
        sql,
        &format!(
            "WITH identity AS (SELECT array_agg(a.attname::text) AS columns \
               FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND \
                 CASE c.relreplident WHEN 'd' THEN i.indisprimary ELSE i.indisreplident END \
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) \
              WHERE c.oid = to_regclass({regclass})) \
             SELECT c.relkind, c.relreplident, t.tablename IS NOT NULL, \
               {key} = ANY (t.attnames::text[]), cardinality(t.attnames) = 1, \
               t.rowfilter IS NULL, coalesce({key} = ANY (identity.columns), false), \
               coalesce(identity.columns <@ t.attnames::text[], false), \
               (SELECT pubviaroot FROM pg_publication WHERE pubname = {publication}) \
             FROM identity CROSS JOIN pg_class c \
             LEFT JOIN pg_publication_tables t ON t.pubname = {publication} \
               AND t.schemaname = {schema} AND t.tablename = {table} \
             WHERE c.oid = to_regclass({regclass})",
            regclass = literal(&name.to_string()),
            publication = literal(&settings.publication),
            schema = literal(&name.schema),
            table = literal(&name.table),
        ),
    )
    .await?;
    Ok(judge_table(watch, &answer))
}

fn judge_table(watch: &Watch, answer: &[Option<String>]) -> Vec<Finding> {
    let Watch { table, key, .. } = watch;
    if answer.is_empty() {
        return vec![Finding::problem(format!("there is no table {table}"))];
    }
    let partitioned = text(answer, 0) == "p";
    if !is_true(answer, 2) {
        return vec![Finding::problem(if partitioned {
            format!("{table} is partitioned: publish it with publish_via_partition_root = true")
        } else {
            format!("the publication does not carry {table}")
        })];
    }
    let mut findings = vec![Finding::expect(
        is_true(answer, 3),
        format!("the publication carries {key} of {table}"),
        format!("the publication does not carry {key} of {table}"),
    )];
    if !is_true(answer, 4) {
        findings.push(Finding::warning(format!(
            "the publication carries more of {table} than its key: publish {table} ({key})"
        )));
    }
    if !is_true(answer, 5) {
        findings.push(Finding::problem(format!(
            "the publication has a row filter on {table}: removals can be missed"
        )));
    }
    let identity = text(answer, 1);
    if matches!(identity, "f" | "n") || !is_true(answer, 7) {
        findings.push(Finding::problem(format!(
            "DANGER: the replica identity of {table} is not covered by the published columns, so \
             the core's own UPDATE and DELETE fail"
        )));
    }
    if !is_true(answer, 6) && identity != "f" {
        findings.push(Finding::problem(format!(
            "{key} is not part of the replica identity of {table}: deleted rows come without it"
        )));
    }
    findings
}

async fn items(sql: &Session, watch: &Watch) -> Result<Vec<Finding>, Error> {
    if watch.items.is_none() {
        return Ok(Vec::new());
    }
    let items = Items::prepare(sql, std::slice::from_ref(watch)).await?;
    // Preparing asks for no rights, running does; no key is this one.
    let keys = std::iter::once("".into()).collect();
    items.of(sql, &[keys]).await?;
    Ok(vec![Finding::ok(format!("the items query of {} runs", watch.table))])
}

async fn columns(sql: &Session, settings: &PostgresSource) -> Result<Vec<Finding>, Error> {
    let name = Name::parse(&settings.view);
    let found = view::columns(sql, &name).await?;
    if found.is_empty() {
        return Ok(vec![Finding::problem(format!("there is no view {name}"))]);
    }
    let mut findings = Vec::new();
    for column in Column::ALL {
        match found.iter().find(|(other, _)| *other == column) {
            None => findings.push(Finding::problem(format!(
                "the view lacks the column {}: nothing is published",
                column.name()
            ))),
            Some((_, Form::Odd)) => findings.push(Finding::problem(format!(
                "the column {} of the view has an unusable type: nothing is published",
                column.name()
            ))),
            Some(_) => {}
        }
    }
    if findings.is_empty() {
        let question = format!("SELECT {} FROM {name} AS v LIMIT 0", view::select(&found));
        findings.push(match ask(sql, &question).await {
            Ok(_) => Finding::ok(format!("the view {name} has every column and may be read")),
            Err(error) => Finding::problem(format!("the view {name}: {error}")),
        });
    }
    Ok(findings)
}

/// Where an index serves, the ids are its condition; where none does, they filter all rows.
async fn by_id(sql: &Session, settings: &PostgresSource) -> Result<Vec<Finding>, Error> {
    let name = Name::parse(&settings.view);
    let query = Texts::new(&name).some("1").replace("$1", "'{x}'::text[]");
    let question = format!("SET enable_seqscan = off; EXPLAIN {query}");
    let plan = sql.simple("planning a read by id", &question, READ_TIME).await?;
    sql.simple("planning a read by id", "RESET enable_seqscan", READ_TIME).await?;
    let filtered = plan.iter().any(|line| {
        line.get(0).is_some_and(|text| text.contains("Filter: ") && text.contains("'{x}'"))
    });
    Ok(vec![if filtered {
        Finding::warning(
            "a read by id looks at every row: an index, on (id::text) unless the key is a text, \
             is missing",
        )
    } else {
        Finding::ok("a read by id uses an index")
    }])
}

async fn slot(sql: &Session, settings: &PostgresSource) -> Result<Vec<Finding>, Error> {
    let name = &settings.slot;
    let answer = ask(
        sql,
        &format!(
            "SELECT (SELECT count(*) FROM pg_replication_slots) \
               < current_setting('max_replication_slots')::int, \
             (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender') \
               < current_setting('max_wal_senders')::int, \
             s.slot_name IS NOT NULL, s.plugin = 'pgoutput' AND s.database = current_database(), \
             s.wal_status, s.active, \
             pg_size_pretty(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() \
               THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, s.restart_lsn)) \
             FROM (VALUES (1)) one LEFT JOIN pg_replication_slots s ON s.slot_name = {}",
            literal(name)
        ),
    )
    .await?;
    let mut findings = vec![Finding::expect(
        is_true(&answer, 1),
        "there is room for a replication session",
        "max_wal_senders is used up",
    )];
    findings.push(match (is_true(&answer, 2), text(&answer, 4)) {
        (false, _) => Finding::expect(
            is_true(&answer, 0),
            format!("the gateway will make the slot {name} at its first start"),
            "max_replication_slots is used up",
        ),
        (true, _) if !is_true(&answer, 3) => {
            Finding::problem(format!("the slot {name} belongs to another database or plugin"))
        }
        (true, "lost") => Finding::warning(format!(
            "the slot {name} is lost: the gateway will make it again and compare everything"
        )),
        (true, status) => Finding::ok(format!(
            "the slot {name} is {}, its log is {status} and holds {}",
            if is_true(&answer, 5) { "in use" } else { "not in use" },
            text(&answer, 6)
        )),
    });
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::super::Level;
    use super::*;

    #[test]
    fn a_table_that_breaks_the_core_or_hides_removals_is_a_problem() {
        let watch = Watch { table: "public.item".into(), key: "id".into(), items: None };
        // kind, identity, published, key published, only the key, no filter, key identifies,
        // identity published, by root
        for (answer, worst) in [
            ("r d t t t t t t f", Level::Ok),
            ("r d t t f t t t f", Level::Warning),
            ("r d f f f t t t f", Level::Problem),
            ("r d t f t t t t f", Level::Problem),
            ("r d t t t f t t f", Level::Problem),
            ("r d t t t t f t f", Level::Problem),
            ("r d t t t t t f f", Level::Problem),
            ("r f t t t t f f f", Level::Problem),
            ("r n t t t t f f f", Level::Problem),
            ("p d f f f t t t f", Level::Problem),
            ("p d t t t t t t t", Level::Ok),
            ("", Level::Problem),
        ] {
            let answer: Vec<Option<String>> =
                answer.split_whitespace().map(|word| Some(word.to_owned())).collect();
            let findings = judge_table(&watch, &answer);
            assert_eq!(findings.iter().map(|f| f.level).max(), Some(worst), "{answer:?}");
        }
    }
}
