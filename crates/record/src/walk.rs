//! The walk over one document along the trie.
//!
//! What no path names goes through [`Skip`] rather than through the parser's own
//! skipping, which would follow nesting without a limit and not look at `\u` digits.

use std::borrow::Cow;
use std::fmt;

use oriel_time::EventTime;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::record::{Bad, Value};
use crate::schema::{Node, Schema};
use crate::time::{Minute, TimeParser};

/// Walks the line into the fields, which are empty, and gives its time if it has one.
///
/// Nearly all lines are done after the first walk. It stops at whatever is not plain;
/// the second can tell a bad line from one with repeated keys or lone surrogates.
pub(crate) fn decode<'a>(
    schema: &Schema,
    line: Line<'a>,
    fields: &mut [Vec<Value<'a>>],
    minute: &mut Minute,
) -> Result<Option<EventTime>, Bad> {
    let mut sink = Sink { fields, time: None, parser: &schema.time, minute, careful: false };
    let parser = match line {
        Line::Bytes(bytes) => sonic_rs::Deserializer::from_slice(bytes),
        Line::Text(text) => sonic_rs::Deserializer::from_str(text),
    };
    if sink.walk(schema, parser) {
        return Ok(sink.time);
    }
    let text = match line {
        Line::Bytes(bytes) => std::str::from_utf8(bytes).map_err(|_| Bad::Syntax)?,
        Line::Text(text) => text,
    };
    sink.fields.iter_mut().for_each(Vec::clear);
    (sink.time, sink.careful) = (None, true);
    // Lossy concerns only lone surrogates here: the text is UTF-8 already.
    let good = sink.walk(schema, sonic_rs::Deserializer::from_str(text).utf8_lossy());
    if good { Ok(sink.time) } else { Err(Bad::Syntax) }
}

/// One line, known to be UTF-8 or not.
#[derive(Clone, Copy)]
pub(crate) enum Line<'a> {
    Bytes(&'a [u8]),
    Text(&'a str),
}

/// Where values go.
struct Sink<'s, 'a> {
    fields: &'s mut [Vec<Value<'a>>],
    time: Option<EventTime>,
    parser: &'s TimeParser,
    /// What the parser remembers from line to line.
    minute: &'s mut Minute,
    /// Remember at each object what there was before it, to take back what a
    /// repeated key gave. Costs allocations, so the first walk goes without.
    careful: bool,
}

impl<'a> Sink<'_, 'a> {
    /// Whether all of it is one good document.
    fn walk(&mut self, schema: &Schema, mut parser: sonic_rs::Deserializer<sonic_rs::Read<'a>>) -> bool {
        let walked = Walk { node: &schema.root, sink: self }.deserialize(&mut parser);
        walked.is_ok() && parser.end().is_ok()
    }

    fn push(&mut self, fields: &[usize], value: Value<'a>) {
        if let Some((last, others)) = fields.split_last() {
            for field in others {
                self.fields[*field].push(value.clone());
            }
            self.fields[*last].push(value);
        }
    }

    fn marks(&self) -> Vec<usize> {
        if self.careful { self.fields.iter().map(Vec::len).collect() } else { Vec::new() }
    }

    /// Takes back what the key's first coming gave, or leaves it to the careful walk.
    fn take_back<E: Error>(&mut self, node: &Node, marks: &[usize]) -> Result<(), E> {
        if !self.careful {
            return Err(E::custom("a repeated key"));
        }
        for field in &node.below {
            self.fields[*field].truncate(marks[*field]);
        }
        if node.time_below {
            self.time = None;
        }
        Ok(())
    }
}

/// One value of the document at a place that matters.
struct Walk<'n, 's, 'f, 'a> {
    node: &'n Node,
    sink: &'s mut Sink<'f, 'a>,
}

impl<'a> Walk<'_, '_, '_, 'a> {
    /// A scalar, for the paths that end here.
    fn scalar(self, value: Value<'a>, time: impl FnOnce(&TimeParser) -> Option<EventTime>) {
        if self.node.time {
            self.sink.time = time(self.sink.parser);
        }
        self.sink.push(&self.node.fields, value);
        self.no_list();
    }

    /// A string; it is copied only if a field wants what the parser cannot lend.
    fn text(self, text: &str, value: impl FnOnce() -> Cow<'a, str>) {
        if self.node.time {
            self.sink.time = self.sink.parser.text(text, self.sink.minute);
        }
        if !self.node.fields.is_empty() {
            self.sink.push(&self.node.fields, Value::Text(value()));
        }
        self.no_list();
    }

    /// An object or array, for the paths that end here.
    fn composite(&mut self, value: Value<'a>) {
        self.sink.push(&self.node.fields, value);
    }

    /// Something else than the array that the paths beyond a `*` want.
    fn no_list(self) {
        if let Some(each) = &self.node.each {
            self.sink.push(&each.below, Value::Composite);
        }
    }
}

impl<'a> DeserializeSeed<'a> for Walk<'_, '_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Walk<'_, '_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.scalar(Value::Bool(value), |_| None);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.scalar(Value::Int(value), |time| time.int(value));
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => self.visit_f64(value as f64),
        }
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.scalar(Value::Float(value), |time| time.float(value));
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<(), E> {
        self.text(text, || Cow::Borrowed(text));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.text(text, || Cow::Owned(text.to_owned()));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut array: A) -> Result<(), A::Error> {
        let mut value = Value::EmptyList;
        for element in 0.. {
            let more = match self.node.element(element) {
                Some(node) => array.next_element_seed(Walk { node, sink: &mut *self.sink })?,
                None => array.next_element_seed(Skip)?,
            };
            if more.is_none() {
                break;
            }
            value = Value::Composite;
        }
        self.composite(value);
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut object: A) -> Result<(), A::Error> {
        let marks = self.sink.marks();
        let mut seen = Seen::default();
        self.composite(Value::Composite);
        while let Some(key) = object.next_key_seed(Key(self.node))? {
            let Some(key) = key else {
                object.next_value_seed(Skip)?;
                continue;
            };
            let node = &self.node.keys[key].1;
            if !seen.first(key) {
                self.sink.take_back(node, &marks)?;
            }
            object.next_value_seed(Walk { node, sink: &mut *self.sink })?;
        }
        self.no_list();
        Ok(())
    }
}

/// Which of a node's keys an object has had.
#[derive(Default)]
struct Seen {
    low: u64,
    high: Vec<usize>,
}

impl Seen {
    /// Whether the key had not been seen; now it has.
    fn first(&mut self, key: usize) -> bool {
        if key < 64 {
            let bit = 1 << key;
            let first = self.low & bit == 0;
            self.low |= bit;
            return first;
        }
        let first = !self.high.contains(&key);
        self.high.push(key);
        first
    }
}

/// An object's key, given as its place in the node.
struct Key<'n>(&'n Node);

impl<'a> DeserializeSeed<'a> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, text: &str) -> Result<Option<usize>, E> {
        Ok(self.0.keys.iter().position(|(key, _)| **key == *text))
    }
}

/// A value that no path names: checked, and let go.
struct Skip;

impl<'a> DeserializeSeed<'a> for Skip {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Skip {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut array: A) -> Result<(), A::Error> {
        while array.next_element_seed(Skip)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut object: A) -> Result<(), A::Error> {
        while object.next_key_seed(Skip)?.is_some() {
            object.next_value_seed(Skip)?;
        }
        Ok(())
    }
}
