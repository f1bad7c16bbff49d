//! Kinds of values, one and several.

use std::fmt;
use std::ops::BitOr;

/// What a value is, as messages name it.
///
/// ```
/// assert_eq!(oriel_derive::Kind::Composite.to_string(), "an object or array");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Nothing: an absent field.
    Null,
    /// True or false.
    Bool,
    /// A number, whole or not.
    Number,
    /// A text.
    Text,
    /// The values of a list.
    List,
    /// An object, or an array where a field is no list.
    Composite,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Null => "null",
            Kind::Bool => "true or false",
            Kind::Number => "a number",
            Kind::Text => "a text",
            Kind::List => "a list",
            Kind::Composite => "an object or array",
        })
    }
}

/// What a value may be, as far as is known before there is a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub(super) const NONE: Kinds = Kinds(0);
    pub(super) const NULL: Kinds = Kinds(1);
    pub(super) const BOOL: Kinds = Kinds(2);
    pub(super) const NUMBER: Kinds = Kinds(4);
    pub(super) const TEXT: Kinds = Kinds(8);
    pub(super) const LIST: Kinds = Kinds(16);
    pub(super) const COMPOSITE: Kinds = Kinds(32);
    /// What a field that is no list may be.
    pub(super) const ONE: Kinds = Kinds(1 | 2 | 4 | 8 | 32);
    pub(super) const TEXT_OR_LIST: Kinds = Kinds(8 | 16);
    pub(super) const SCALAR: Kinds = Kinds(2 | 4 | 8);
    /// What numbers and numeric texts may be.
    pub(super) const NUMERIC: Kinds = Kinds(4 | 8);

    /// Whether the two have a kind in common.
    pub(super) fn may_be(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }

    /// These without those.
    pub(super) fn without(self, other: Kinds) -> Kinds {
        Kinds(self.0 & !other.0)
    }
}

impl BitOr for Kinds {
    type Output = Kinds;

    fn bitor(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }
}

impl fmt::Display for Kinds {
    /// As one of them, for messages about something that is nearly always of one kind.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = [
            (Kinds::COMPOSITE, Kind::Composite),
            (Kinds::LIST, Kind::List),
            (Kinds::TEXT, Kind::Text),
            (Kinds::NUMBER, Kind::Number),
            (Kinds::BOOL, Kind::Bool),
        ];
        let found = known.into_iter().find(|(kinds, _)| self.may_be(*kinds));
        found.map_or(Kind::Null, |(_, kind)| kind).fmt(f)
    }
}
