//! The contract view: the columns of the contract by name, no other, as their types allow.

use std::time::Duration;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, Statement};

use crate::minimise::{Column, CoreId, CoreRow};

use super::super::Error;
use super::super::double::one_each;
use super::name::{Name, quoted};
use super::session::{PAGE_TIME, READ_TIME, Session};
use super::value::Form;

/// What is being done, for errors and for the time it may take.
type Step = (&'static str, Duration);
const READ: Step = ("reading items", READ_TIME);
const PRESENT: Step = ("looking for items", READ_TIME);
const PAGE: Step = ("reading the view", PAGE_TIME);
const KEYS: Step = ("reading the view's ids", PAGE_TIME);
const CATALOGUE: &str = "looking at the view";

/// The view, and what is known of its shape.
pub(super) struct View {
    name: Name,
    shape: Option<Shape>,
}

/// What the catalogue said when it was last asked, and the queries made from it.
struct Shape {
    rows: Result<Rows, &'static str>,
    present: Statement,
    keys: Statement,
}

/// Queries for whole rows; there are none while a column is missing.
struct Rows {
    forms: Vec<(Column, Form)>,
    read: Statement,
    page: Statement,
}

impl View {
    pub(super) fn new(name: &str) -> Self {
        Self { name: Name::parse(name), shape: None }
    }

    /// The present rows of these items.
    pub(super) async fn read(
        &mut self,
        sql: &Session,
        ids: &[CoreId],
    ) -> Result<Vec<CoreRow>, Error> {
        let ids: Vec<&str> = ids.iter().map(CoreId::reveal_core_id).collect();
        let mut rows = self.rows(sql, READ, &[&ids]).await?;
        rows.sort_by(|one, other| one.id().cmp(other.id()));
        Ok(one_each(rows))
    }

    /// The next rows in order of id.
    pub(super) async fn page(
        &mut self,
        sql: &Session,
        after: Option<&CoreId>,
        limit: usize,
    ) -> Result<Vec<CoreRow>, Error> {
        // One more than asked for, so that a doubled row is seen as one.
        let more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut rows = one_each(self.rows(sql, PAGE, &[&start(after), &more]).await?);
        rows.truncate(limit);
        Ok(rows)
    }

    /// Which of these items the view holds, whatever columns it lacks.
    pub(super) async fn present(
        &mut self,
        sql: &Session,
        ids: &[CoreId],
    ) -> Result<Vec<CoreId>, Error> {
        let ids: Vec<&str> = ids.iter().map(CoreId::reveal_core_id).collect();
        self.ids(sql, PRESENT, &[&ids]).await
    }

    /// The next ids in order.
    pub(super) async fn keys(
        &mut self,
        sql: &Session,
        after: Option<&CoreId>,
        limit: usize,
    ) -> Result<Vec<CoreId>, Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.ids(sql, KEYS, &[&start(after), &limit]).await
    }

    async fn rows(
        &mut self,
        sql: &Session,
        step: Step,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<CoreRow>, Error> {
        let mut again = true;
        loop {
            let rows = self.shape(sql).await?.rows.as_ref();
            let rows = rows.map_err(|column| Error::ColumnMissing(column))?;
            let statement = if step == PAGE { &rows.page } else { &rows.read };
            match sql.run(step, statement, parameters).await {
                Ok(found) => {
                    let row = |row| core_row(&rows.forms, row);
                    return Ok(found.iter().filter_map(row).collect());
                }
                Err(error) => self.altered(error, &mut again)?,
            }
        }
    }

    async fn ids(
        &mut self,
        sql: &Session,
        step: Step,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<CoreId>, Error> {
        let mut again = true;
        loop {
            let shape = self.shape(sql).await?;
            let statement = if step == KEYS { &shape.keys } else { &shape.present };
            match sql.run(step, statement, parameters).await {
                Ok(found) => return Ok(found.iter().filter_map(id).collect()),
                Err(error) => self.altered(error, &mut again)?,
            }
        }
    }

    /// Whether the view may have been altered since its shape was asked for: then it is asked
    /// for once more.
    fn altered(&mut self, error: Error, again: &mut bool) -> Result<(), Error> {
        let altered = matches!(&error, Error::Refused { code, .. }
            if code.starts_with("42") || &**code == "0A000");
        self.shape = None;
        if altered && std::mem::take(again) { Ok(()) } else { Err(error) }
    }

    /// The shape, asked for again as long as a column is missing.
    async fn shape(&mut self, sql: &Session) -> Result<&Shape, Error> {
        let known = self.shape.take().filter(|shape| shape.rows.is_ok());
        let shape = match known {
            Some(shape) => shape,
            None => Shape::ask(sql, &self.name).await?,
        };
        Ok(self.shape.insert(shape))
    }
}

impl Shape {
    async fn ask(sql: &Session, name: &Name) -> Result<Self, Error> {
        let columns = columns(sql, name).await?;
        let form = |column: Column| {
            columns.iter().find(|(found, _)| *found == column).map(|(_, form)| *form)
        };
        if columns.is_empty() {
            return Err(Error::Setup(format!("the view {name} is not there").into()));
        }
        let id = form(Column::Id).ok_or(Error::ColumnMissing(Column::Id.name()))?;
        if id == Form::Odd {
            return Err(Error::Setup(format!("id of the view {name} has an unusable type").into()));
        }
        let texts = Texts::new(name);
        let list = &[Type::TEXT_ARRAY];
        let walk = &[Type::TEXT, Type::INT8];
        let missing = Column::ALL.into_iter().find(|column| form(*column).is_none());
        let rows = match missing {
            Some(column) => Err(column.name()),
            None => {
                let select = select(&columns);
                Ok(Rows {
                    read: sql.prepare(READ.0, &texts.some(&select), list).await?,
                    page: sql.prepare(PAGE.0, &texts.walk(&select), walk).await?,
                    forms: columns,
                })
            }
        };
        let id = Form::Text.expression(Column::Id);
        Ok(Self {
            rows,
            present: sql.prepare(PRESENT.0, &texts.some(&id), list).await?,
            keys: sql.prepare(KEYS.0, &texts.walk(&id), walk).await?,
        })
    }
}

/// The contract's columns that the view has, in the order of the contract.
pub(super) async fn columns(sql: &Session, name: &Name) -> Result<Vec<(Column, Form)>, Error> {
    let rows = sql
        .query(
            CATALOGUE,
            "SELECT a.attname::text, t.typcategory::text, \
             format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL), \
             coalesce(e.typcategory::text, '') \
             FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
             LEFT JOIN pg_type e ON e.oid = t.typelem \
             WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped",
            &[&name.to_string()],
        )
        .await?;
    let mut found = Vec::new();
    for row in &rows {
        let text = |place: usize| row.try_get::<_, String>(place).unwrap_or_default();
        if let Some(column) = Column::from_name(&text(0)) {
            found.push((column, Form::of(column, &text(1), &text(2), &text(3))));
        }
    }
    found.sort_by_key(|(column, _)| Column::ALL.iter().position(|other| other == column));
    Ok(found)
}

/// The texts of the queries.
///
/// The id is cast in every view: on a text it costs nothing, and no index is lost by it.
pub(super) struct Texts<'a> {
    name: &'a Name,
    id: String,
}

impl<'a> Texts<'a> {
    pub(super) fn new(name: &'a Name) -> Self {
        Self { name, id: format!("v.{}::text", quoted(Column::Id.name())) }
    }

    /// Items by id.
    pub(super) fn some(&self, select: &str) -> String {
        let Self { name, id } = self;
        format!("SELECT {select} FROM {name} AS v WHERE {id} = ANY($1)")
    }

    /// All items in order of id; every id is greater than the empty one.
    fn walk(&self, select: &str) -> String {
        let Self { name, id } = self;
        format!("SELECT {select} FROM {name} AS v WHERE {id} > $1 ORDER BY {id} LIMIT $2")
    }
}

/// The list of a SELECT of these columns.
pub(super) fn select(columns: &[(Column, Form)]) -> String {
    let list: Vec<String> = columns.iter().map(|(column, form)| form.expression(*column)).collect();
    list.join(", ")
}

fn start(after: Option<&CoreId>) -> &str {
    after.map_or("", CoreId::reveal_core_id)
}

/// A row without an id belongs to no item.
fn id(row: &Row) -> Option<CoreId> {
    let id: Option<String> = row.try_get(0).ok()?;
    id.filter(|id| !id.is_empty()).map(CoreId::new)
}

fn core_row(forms: &[(Column, Form)], row: &Row) -> Option<CoreRow> {
    let mut filled = CoreRow::new(id(row)?);
    for (place, (column, form)) in forms.iter().enumerate() {
        filled.set(*column, form.read(*column, row, place));
    }
    Some(filled)
}
