//! pgoutput bytes → changed keys of watched tables. Reads nothing but the key column; of an
//! undecodable message nothing is kept.

use std::collections::HashMap;

use bytes::Bytes;
use pg_walstream::{LogicalReplicationMessage as Message, LogicalReplicationParser, TupleData};

use crate::config::Watch;

use super::super::Error;
use super::name::Name;

/// What one message says about the watched tables.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing that is watched.
    None,
    /// These keys of watch number `watch`: one, or two when the key itself changed.
    Keys { watch: usize, keys: Vec<Box<str>> },
    /// Rows changed and nobody says which.
    Unknown(&'static str),
}

/// Decodes one stream. Relations are announced anew in every stream.
pub(super) struct Decoder {
    parser: LogicalReplicationParser,
    watches: Vec<(Name, Box<str>)>,
    relations: HashMap<u32, Relation>,
}

#[derive(Clone, Copy)]
enum Relation {
    Ignored,
    Watched { watch: usize, column: usize },
}

impl Decoder {
    pub(super) fn new(watches: &[Watch]) -> Self {
        Self {
            parser: LogicalReplicationParser::with_protocol_version(1),
            watches: watches
                .iter()
                .map(|watch| (Name::parse(&watch.table), watch.key.as_str().into()))
                .collect(),
            relations: HashMap::new(),
        }
    }

    /// Reads one message.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows messages of newer protocols that are never asked for"
    )]
    pub(super) fn decode(&mut self, bytes: Bytes) -> Result<Change, Error> {
        let parsed = self
            .parser
            .parse_wal_message_bytes(bytes)
            .map_err(|_| Error::Unreachable("the stream is not understood"))?;
        match parsed.message {
            Message::Relation { relation_id, namespace, relation_name, columns, .. } => {
                let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
                let relation = self.relation(&namespace, &relation_name, &names)?;
                self.relations.insert(relation_id, relation);
                Ok(Change::None)
            }
            Message::Insert { relation_id, tuple } => self.keys(relation_id, &[&tuple]),
            Message::Update { relation_id, old_tuple: Some(old), new_tuple, .. } => {
                self.keys(relation_id, &[&old, &new_tuple])
            }
            Message::Update { relation_id, new_tuple, .. } => self.keys(relation_id, &[&new_tuple]),
            Message::Delete { relation_id, old_tuple, .. } => self.keys(relation_id, &[&old_tuple]),
            Message::Truncate { relation_ids, .. } => {
                let ignored = |id| matches!(self.relations.get(id), Some(Relation::Ignored));
                Ok(if relation_ids.iter().all(ignored) {
                    Change::None
                } else {
                    Change::Unknown("a watched table was truncated")
                })
            }
            _ => Ok(Change::None),
        }
    }

    fn relation(&self, schema: &str, table: &str, columns: &[&str]) -> Result<Relation, Error> {
        let watched = |(name, _): &(Name, _)| &*name.schema == schema && &*name.table == table;
        let Some(watch) = self.watches.iter().position(watched) else {
            return Ok(Relation::Ignored);
        };
        let key = self.watches.get(watch).map(|(_, key)| &**key);
        let column = columns.iter().position(|column| Some(*column) == key);
        let column = column.ok_or_else(|| {
            Error::Setup(
                format!("the publication no longer carries the key of {schema}.{table}").into(),
            )
        })?;
        Ok(Relation::Watched { watch, column })
    }

    fn keys(&self, relation: u32, tuples: &[&TupleData]) -> Result<Change, Error> {
        let (watch, column) = match self.relations.get(&relation) {
            Some(Relation::Watched { watch, column }) => (*watch, *column),
            Some(Relation::Ignored) => return Ok(Change::None),
            None => return Err(Error::Unreachable("the stream is not understood")),
        };
        let key = |tuple: &&TupleData| -> Option<Box<str>> {
            Some(tuple.get_column(column)?.as_str()?.into())
        };
        Ok(match tuples.iter().map(key).collect() {
            Some(keys) => Change::Keys { watch, keys },
            None => Change::Unknown("a change of a watched table came without its key"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pg_walstream::{ColumnData, ColumnInfo, encode_message_to_bytes};

    const ITEM: u32 = 1;
    const OTHER: u32 = 2;

    fn decoder() -> Decoder {
        let watch = |table: &str| Watch { table: table.into(), key: "id".into(), items: None };
        let mut decoder = Decoder::new(&[watch("public.profile"), watch("public.item")]);
        decode(&mut decoder, &relation(ITEM, "public", "item", &["rev", "id"])).unwrap();
        decode(&mut decoder, &relation(OTHER, "audit", "item", &["id"])).unwrap();
        decoder
    }

    fn decode(decoder: &mut Decoder, message: &Message) -> Result<Change, Error> {
        decoder.decode(encode_message_to_bytes(message, 1).freeze())
    }

    fn relation(relation_id: u32, schema: &str, table: &str, columns: &[&str]) -> Message {
        Message::Relation {
            relation_id,
            namespace: schema.into(),
            relation_name: table.into(),
            replica_identity: b'd',
            columns: columns
                .iter()
                .map(|name| ColumnInfo::new(0, (*name).to_owned(), 25, -1))
                .collect(),
        }
    }

    fn row(key: Option<&str>) -> TupleData {
        let key = key.map_or_else(ColumnData::null, |key| ColumnData::text(key.into()));
        TupleData::new(vec![ColumnData::null(), key])
    }

    fn update(old: Option<TupleData>, new: &str) -> Message {
        Message::Update {
            relation_id: ITEM,
            key_type: old.is_some().then_some('K'),
            old_tuple: old,
            new_tuple: row(Some(new)),
        }
    }

    fn delete(relation_id: u32, key: Option<&str>) -> Message {
        Message::Delete { relation_id, old_tuple: row(key), key_type: 'K' }
    }

    fn truncate(relations: &[u32]) -> Message {
        Message::Truncate { relation_ids: relations.to_vec(), flags: 0 }
    }

    fn keys(keys: &[&str]) -> Change {
        Change::Keys { watch: 1, keys: keys.iter().map(|key| (*key).into()).collect() }
    }

    #[test]
    fn keys_of_watched_tables_come_out() {
        let insert = Message::Insert { relation_id: ITEM, tuple: row(Some("7")) };
        for (message, wanted) in [
            (insert, keys(&["7"])),
            (update(None, "7"), keys(&["7"])),
            (update(Some(row(Some("6"))), "7"), keys(&["6", "7"])),
            (delete(ITEM, Some("7")), keys(&["7"])),
            (delete(OTHER, Some("7")), Change::None),
            (truncate(&[OTHER]), Change::None),
        ] {
            assert_eq!(decode(&mut decoder(), &message).unwrap(), wanted);
        }
    }

    #[test]
    fn what_can_not_be_told_is_unknown() {
        for message in [delete(ITEM, None), truncate(&[OTHER, ITEM]), truncate(&[99])] {
            let change = decode(&mut decoder(), &message).unwrap();
            assert!(matches!(change, Change::Unknown(_)), "{change:?}");
        }
    }

    #[test]
    fn a_relation_without_its_key_is_for_the_administrator() {
        let bare = relation(ITEM, "public", "item", &["rev"]);
        let error = decode(&mut decoder(), &bare).unwrap_err();
        assert!(matches!(error, Error::Setup(_)));
    }

    #[test]
    fn nonsense_is_an_error() {
        for bytes in [&b""[..], b"Z", b"I\0", b"I\0\0\0\x09N\0\0"] {
            let error = decoder().decode(Bytes::copy_from_slice(bytes)).unwrap_err();
            assert!(matches!(error, Error::Unreachable(_)));
        }
    }
}
