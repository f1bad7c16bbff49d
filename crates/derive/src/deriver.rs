//! Everything that is added to a record after it was decoded, in order.

use std::ops::Range;
use std::sync::Arc;

use oriel_record::{FieldId, Record, Value};

use crate::expression::{CompileError, Datum, EvalError, Expression};
use crate::names::offer;
use crate::table::Table;

/// A lookup: which field's value is looked up, and the columns that come of it. See the
/// example of [`Deriver`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LookupSpec {
    /// The lookup's name: its fields are `name.column`.
    pub name: String,
    /// The decoded field that holds the key.
    pub field: String,
    /// The columns, in the order of the table's.
    pub columns: Vec<String>,
}

/// Why a [`Deriver`] does not compile.
///
/// ```
/// use oriel_derive::Deriver;
/// let derived = [("tag".into(), "lower(tagg)".into()), ("host".into(), "hots(url)".into())];
/// let errors = Deriver::compile(&[("url".into(), false)], &[], &derived).unwrap_err();
/// assert_eq!(errors[0].to_string(), "`tagg` at column 7; allowed: `url`");
/// assert_eq!(errors.len(), 2);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DeriveError {
    /// A lookup by something that is no single decoded field.
    #[error("`field` is {found}; allowed: {allowed}")]
    Field {
        /// Which of the lookups.
        lookup: usize,
        /// What it names.
        found: String,
        /// What it may name.
        allowed: String,
    },
    /// An expression that does not compile.
    #[error("{why}")]
    Expression {
        /// Which of the derived fields.
        derived: usize,
        /// Why.
        why: CompileError,
    },
}

/// The tables of all lookups, in their order. See the example of [`Deriver`].
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Tables(Vec<Arc<Table>>);

impl Tables {
    /// One table for each lookup.
    pub fn new(tables: Vec<Arc<Table>>) -> Self {
        Tables(tables)
    }

    /// Puts a table in the place of a lookup's.
    pub fn replace(&mut self, lookup: usize, table: Arc<Table>) {
        if let Some(place) = self.0.get_mut(lookup) {
            *place = table;
        }
    }
}

/// How often each lookup had a key and no row for it. See the example of [`Deriver`].
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Misses(Vec<u64>);

impl Misses {
    /// The misses of one lookup.
    pub fn of(&self, lookup: usize) -> u64 {
        self.0.get(lookup).copied().unwrap_or(0)
    }

    /// Adds those of another.
    pub fn merge(&mut self, other: &Misses) {
        other.0.iter().enumerate().for_each(|(lookup, misses)| self.add(lookup, *misses));
    }

    fn add(&mut self, lookup: usize, misses: u64) {
        if self.0.len() <= lookup {
            self.0.resize(lookup + 1, 0);
        }
        self.0[lookup] += misses;
    }
}

/// Derived fields that a record does not have because an expression failed.
#[derive(Clone, PartialEq, Debug)]
pub struct Underived {
    /// All of them, also those made of them.
    pub fields: Vec<FieldId>,
    /// The place of the first.
    pub which: usize,
    /// Why that one failed.
    pub why: EvalError,
}

/// Fills the computed fields of records: columns of lookups, then derived fields.
///
/// ```
/// use std::sync::Arc;
/// use oriel_derive::{Deriver, LookupSpec, Misses, Table, TableFormat, Tables};
/// use oriel_record::{Record, Schema, SchemaSpec, TimeFormat, TimeSpec, Value};
///
/// let decoded = vec![("ad".to_owned(), false)];
/// let ads = LookupSpec { name: "ads".into(), field: "ad".into(), columns: vec!["name".into()] };
/// let derived = vec![("brand".to_owned(), "lower(ads.name)".to_owned())];
/// let deriver = Deriver::compile(&decoded, &[ads], &derived).expect("good names");
/// assert_eq!(deriver.computed(), [("ads.name".to_owned(), false), ("brand".to_owned(), false)]);
///
/// let time = TimeSpec { at: "/at".into(), format: TimeFormat::Millis };
/// let fields = vec![("ad".into(), "/ad".into())];
/// let schema = Schema::compile(&SchemaSpec { time, fields, computed: deriver.computed().to_vec() })?;
/// let table = Table::parse(TableFormat::Csv, b"id,name\n7,Acme\n", "id", None)?;
/// let tables = Tables::new(vec![Arc::new(table)]);
/// let brand = schema.field("brand").expect("computed");
///
/// let (mut record, mut misses) = (Record::new(&schema), Misses::default());
/// schema.decode(br#"{"at":1,"ad":7}"#, &mut record).expect("a good line");
/// deriver.derive(&mut record, &tables, &mut misses).expect("a text");
/// assert_eq!(record.values(brand), [Value::Text("acme".into())]);
/// schema.decode(br#"{"at":1,"ad":8}"#, &mut record).expect("a good line");
/// deriver.derive(&mut record, &tables, &mut misses).expect("nothing");
/// assert_eq!((record.values(brand), misses.of(0)), (&[][..], 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Deriver {
    /// The key's field and the places of the columns, for each lookup.
    lookups: Vec<(FieldId, Range<usize>)>,
    derived: Vec<(FieldId, Expression)>,
    computed: Vec<(String, bool)>,
}

impl Deriver {
    /// Compiles lookups and derived fields (name and expression) over the decoded fields
    /// (name and whether it is a list). An expression may use decoded fields, columns and
    /// the derived fields before it.
    ///
    /// # Errors
    /// All there are. Names that are there twice are left to the schema.
    pub fn compile(
        decoded: &[(String, bool)],
        lookups: &[LookupSpec],
        derived: &[(String, String)],
    ) -> Result<Deriver, Vec<DeriveError>> {
        let mut errors = Vec::new();
        let mut fields = decoded.to_vec();
        let mut by = Vec::new();
        for (lookup, spec) in lookups.iter().enumerate() {
            match key_field(decoded, lookup, &spec.field) {
                Ok(key) => by.push((key, fields.len()..fields.len() + spec.columns.len())),
                Err(error) => errors.push(error),
            }
            fields.extend(spec.columns.iter().map(|column| (format!("{}.{column}", spec.name), false)));
        }
        let mut compiled = Vec::new();
        for (place, (name, text)) in derived.iter().enumerate() {
            let id = FieldId::nth(fields.len());
            let is_list = match Expression::compile(text, &fields) {
                Ok(expression) => {
                    compiled.push((id, expression));
                    compiled.last().is_some_and(|(_, expression)| expression.is_list())
                }
                Err(why) => {
                    let why = with_order(why, &derived[place..]);
                    errors.push(DeriveError::Expression { derived: place, why });
                    false
                }
            };
            fields.push((name.clone(), is_list));
        }
        let computed = fields.split_off(decoded.len());
        if errors.is_empty() { Ok(Deriver { lookups: by, derived: compiled, computed }) } else { Err(errors) }
    }

    /// The fields that are filled, as [`oriel_record::SchemaSpec`] takes them.
    pub fn computed(&self) -> &[(String, bool)] {
        &self.computed
    }

    /// Fills the computed fields of a record that was just decoded. Where a key is null or
    /// in no row its columns stay null; the second is a miss.
    ///
    /// # Errors
    /// Which derived fields failed, and why: the record is then bad for whoever uses one of
    /// them. All others are filled.
    pub fn derive<'a>(
        &self,
        record: &mut Record<'a>,
        tables: &'a Tables,
        misses: &mut Misses,
    ) -> Result<(), Underived> {
        for (lookup, (key, places)) in self.lookups.iter().enumerate() {
            let Some(key) = record.values(*key).first() else { continue };
            let Some(row) = tables.0.get(lookup).and_then(|table| table.get(key)) else {
                misses.add(lookup, 1);
                continue;
            };
            for (place, value) in places.clone().zip(row) {
                record.set(FieldId::nth(place), value.as_ref().map(Value::reborrow));
            }
        }
        let mut failed: Option<Underived> = None;
        for (place, (field, expression)) in self.derived.iter().enumerate() {
            if let Some(failed) = &mut failed
                && expression.fields().iter().any(|used| failed.fields.contains(used))
            {
                failed.fields.push(*field);
                continue;
            }
            match expression.datum(record) {
                Ok(Datum::Null) => {}
                Ok(Datum::One(value)) => {
                    let value = value.into_owned();
                    record.set(*field, [value]);
                }
                Ok(list) => {
                    let values = list.into_values();
                    record.set(*field, values);
                }
                Err(why) => {
                    failed
                        .get_or_insert(Underived { fields: Vec::new(), which: place, why })
                        .fields
                        .push(*field);
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

fn key_field(decoded: &[(String, bool)], lookup: usize, name: &str) -> Result<FieldId, DeriveError> {
    let found = decoded.iter().position(|(known, _)| known == name);
    match found {
        Some(place) if !decoded[place].1 => return Ok(FieldId::nth(place)),
        _ => {}
    }
    let list = if found.is_some() { ", a list" } else { "" };
    let single = decoded.iter().filter(|(_, is_list)| !is_list).map(|(known, _)| &**known);
    Err(DeriveError::Field { lookup, found: format!("`{name}`{list}"), allowed: offer(name, single) })
}

/// Says so where a name is only unknown because it comes later.
fn with_order(why: CompileError, later: &[(String, String)]) -> CompileError {
    if later.iter().any(|(name, _)| why.found == format!("`{name}`")) {
        let allowed = "decoded fields, columns of lookups, and derived fields above this one".into();
        return CompileError { allowed, ..why };
    }
    why
}
