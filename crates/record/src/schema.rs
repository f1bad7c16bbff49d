//! The schema: paths compiled into a trie.

use crate::pointer::{Pointer, PointerError, Step};
use crate::record::{Bad, Record};
use crate::time::{PatternError, TimeParser, TimeSpec};
use crate::walk::{self, Line};

/// What a schema is made from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SchemaSpec {
    /// Where the event time is and how it is written.
    pub time: TimeSpec,
    /// Each field's name and JSON Pointer.
    pub fields: Vec<(String, String)>,
    /// The fields that no path fills but [`Record::set`]: name, and whether it is a list.
    /// Their places follow those of `fields`.
    pub computed: Vec<(String, bool)>,
}

/// A field's place in a schema.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FieldId(pub(crate) usize);

impl FieldId {
    /// The field of that place in [`Schema::names`].
    ///
    /// ```
    /// # use oriel_record::{FieldId, Schema, SchemaSpec, TimeFormat, TimeSpec};
    /// # let time = TimeSpec { at: "/at".into(), format: TimeFormat::Millis };
    /// let fields = vec![("tag".into(), "/tags/*".into()), ("lang".into(), "/lang".into())];
    /// let schema = Schema::compile(&SchemaSpec { time, fields, computed: vec![] })?;
    /// assert_eq!(schema.names()[1], ("lang".to_owned(), false));
    /// assert_eq!(schema.field("lang"), Some(FieldId::nth(1)));
    /// # Ok::<(), oriel_record::SchemaError>(())
    /// ```
    pub const fn nth(place: usize) -> FieldId {
        FieldId(place)
    }
}

/// Why a schema does not compile.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SchemaError {
    /// The time's path is no pointer.
    #[error("time: {0}")]
    TimePointer(PointerError),
    /// The time's path has a `*`.
    #[error("time: a record has one time, so its path cannot hold `*`")]
    TimeList,
    /// The time's pattern is none.
    #[error("time: {0}")]
    Pattern(#[from] PatternError),
    /// A field's path is no pointer.
    #[error("field `{0}`: {1}")]
    Pointer(String, PointerError),
    /// Two fields of one name.
    #[error("field `{0}` is declared twice")]
    Twice(String),
}

/// The compiled paths of a time and some fields. See the crate's example.
#[derive(Debug)]
pub struct Schema {
    pub(crate) root: Node,
    pub(crate) time: TimeParser,
    names: Vec<(String, bool)>,
}

impl Schema {
    /// Compiles the paths.
    ///
    /// # Errors
    /// At the first path, name or pattern that makes no sense.
    pub fn compile(spec: &SchemaSpec) -> Result<Schema, SchemaError> {
        let time: Pointer = spec.time.at.parse().map_err(SchemaError::TimePointer)?;
        if time.is_list() {
            return Err(SchemaError::TimeList);
        }
        let mut root = Node::default();
        root.at(&time.steps).time = true;
        let mut names: Vec<(String, bool)> = Vec::new();
        for (id, (name, at)) in spec.fields.iter().enumerate() {
            let pointer: Pointer = at.parse().map_err(|why| SchemaError::Pointer(name.clone(), why))?;
            root.at(&pointer.steps).fields.push(id);
            names.push((name.clone(), pointer.is_list()));
        }
        names.extend_from_slice(&spec.computed);
        for (id, (name, _)) in names.iter().enumerate() {
            if names[..id].iter().any(|(known, _)| known == name) {
                return Err(SchemaError::Twice(name.clone()));
            }
        }
        root.finish();
        Ok(Schema { root, time: TimeParser::compile(&spec.time.format)?, names })
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<FieldId> {
        self.names.iter().position(|(known, _)| known == name).map(FieldId)
    }

    /// Every field's name and whether it is a list, in the order of their places: those
    /// of paths, then the computed ones.
    pub fn names(&self) -> &[(String, bool)] {
        &self.names
    }

    /// Whether a field may have more than one value: its path holds a `*`, or it is
    /// computed as a list.
    pub fn is_list(&self, field: FieldId) -> bool {
        self.names[field.0].1
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether only the time is declared.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Reads one line (without its newline, or with it) into the record.
    ///
    /// The whole line is checked, also what no path names. Of equal keys in one
    /// object the last counts. A document nested deeper than 254 is bad syntax, and
    /// so is a number that no double can hold; a lone surrogate is read as U+FFFD.
    ///
    /// # Errors
    /// The reason why the line is no record; the record's content is then of no use.
    pub fn decode<'a>(&self, line: &'a [u8], record: &mut Record<'a>) -> Result<(), Bad> {
        self.walk(Line::Bytes(line), record)
    }

    /// The same for a line that is known to be UTF-8: checking a whole chunk at once
    /// costs less than checking its lines.
    ///
    /// # Errors
    /// As for [`Schema::decode`].
    pub fn decode_text<'a>(&self, line: &'a str, record: &mut Record<'a>) -> Result<(), Bad> {
        self.walk(Line::Text(line), record)
    }

    fn walk<'a>(&self, line: Line<'a>, record: &mut Record<'a>) -> Result<(), Bad> {
        record.clear();
        record.time = walk::decode(self, line, &mut record.fields, &mut record.minute)?.ok_or(Bad::Time)?;
        Ok(())
    }
}

/// A place in the document that some path leads to or through.
#[derive(Clone, Default, Debug)]
pub(crate) struct Node {
    /// Members of an object (or elements of an array by number) that matter.
    pub(crate) keys: Vec<(Box<str>, Node)>,
    /// What every element of an array is.
    pub(crate) each: Option<Box<Node>>,
    /// The keys that are an element's number, with their places in `keys`.
    numbers: Vec<(usize, usize)>,
    /// With `each`: beside every number, the element's node that is both.
    both: Vec<Node>,
    /// The fields that end here.
    pub(crate) fields: Vec<usize>,
    /// The event time ends here.
    pub(crate) time: bool,
    /// All fields that end here or below.
    pub(crate) below: Vec<usize>,
    /// The event time ends here or below.
    pub(crate) time_below: bool,
}

impl Node {
    /// The node at the end of the path, made if need be.
    fn at(&mut self, steps: &[Step]) -> &mut Node {
        let Some((first, rest)) = steps.split_first() else { return self };
        let child = match first {
            Step::Each => &mut **self.each.get_or_insert_default(),
            Step::Key(name) => {
                let found = self.keys.iter().position(|(key, _)| key == name);
                let index = found.unwrap_or_else(|| {
                    self.keys.push((name.clone(), Node::default()));
                    self.keys.len() - 1
                });
                &mut self.keys[index].1
            }
        };
        child.at(rest)
    }

    /// The node of an array's element.
    pub(crate) fn element(&self, element: usize) -> Option<&Node> {
        let Some(found) = self.numbers.iter().position(|(number, _)| *number == element) else {
            return self.each.as_deref();
        };
        Some(self.both.get(found).unwrap_or_else(|| &self.keys[self.numbers[found].1].1))
    }

    /// Works out what can be known beforehand.
    fn finish(&mut self) {
        let numbered = |(index, (key, _)): (usize, &(Box<str>, Node))| Some((number(key)?, index));
        self.numbers = self.keys.iter().enumerate().filter_map(numbered).collect();
        if let Some(each) = &self.each {
            self.both = self.numbers.iter().map(|(_, index)| self.keys[*index].1.clone()).collect();
            self.both.iter_mut().for_each(|node| node.merge(each));
        }
        self.both.iter_mut().for_each(Node::finish);
        self.keys.iter_mut().for_each(|(_, node)| node.finish());
        self.each.iter_mut().for_each(|node| node.finish());
        self.below = self.fields.clone();
        self.time_below = self.time;
        for node in self.keys.iter().map(|(_, node)| node).chain(self.each.as_deref()) {
            self.below.extend(&node.below);
            self.time_below |= node.time_below;
        }
    }

    /// Makes this node also what `other` is: one walk then serves both.
    fn merge(&mut self, other: &Node) {
        self.fields.extend(&other.fields);
        self.time |= other.time;
        for (key, theirs) in &other.keys {
            self.at(&[Step::Key(key.clone())]).merge(theirs);
        }
        if let Some(theirs) = &other.each {
            self.at(&[Step::Each]).merge(theirs);
        }
    }
}

/// A key as an element's number, as RFC 6901 writes one: no leading zeros.
fn number(key: &str) -> Option<usize> {
    let plain = key.bytes().all(|byte| byte.is_ascii_digit()) && (key == "0" || !key.starts_with('0'));
    if plain { key.parse().ok() } else { None }
}
