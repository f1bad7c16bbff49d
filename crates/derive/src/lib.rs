//! Filters, derived fields and lookups: what a record holds besides what was decoded.
//!
//! An [`Expression`] is compiled once and evaluated on every record: as the `where` of a
//! view, or as a derived field. A [`Table`] is a file's rows by their key. A [`Deriver`]
//! fills a record's computed fields: first the columns of the rows that its keys find,
//! then the derived fields, in order.
//!
//! This room reads no file and no clock, and no text and no record makes it panic or run
//! long.
//!
//! # The language
//!
//! Expressions are written as in [CEL], and its parser reads them. They have no loops, so
//! the work is bounded by the text and the record's length.
//!
//! | written | means |
//! |---|---|
//! | `lang`, `ads.name` | the field of that name; `field("user-id")` where a name is not made of letters a to z, digits and `_`, or is a word of the language |
//! | `7`, `-2.5`, `"text"`, `'text'`, `true`, `null`, `[1, 2]` | themselves |
//! | `a + b`, `a - b`, `a * b`, `a / b`, `a % b`, `-a` | numbers; `+` also joins two texts |
//! | `a == b`, `a != b`, `a < b`, `a <= b`, `a > b`, `a >= b` | numbers by value, texts by their bytes |
//! | `a && b`, `a \|\| b`, `!a`, `a ? b : c` | logic |
//! | `a in list`, `list[0]` | whether an element equals it; the element of that number |
//! | `has(a)`, `default(a, b)` | whether it is there; `b` where it is not |
//! | `lower(s)`, `upper(s)` | the text in small or capital letters |
//! | `host(s)` | the host of a URL, as browsers read it; null of other texts |
//! | `contains(s, t)`, `startsWith(s, t)`, `endsWith(s, t)` | whether the first text holds the second |
//! | `size(a)` | how many characters a text or values a list has |
//! | `string(a)`, `double(a)`, `int(a)` | the same as a text, a double, a whole number (cut towards zero) |
//! | `ratio(a, b)` | `a / b`, null where `b` is zero |
//!
//! A function may follow its first argument: `url.host()` is `host(url)`. `lower`,
//! `upper`, `host`, `string`, `double` and `int` of a list are lists: of each element.
//!
//! **What is absent is null**, and a list that is absent is empty. Null spreads: what is
//! computed of it, its order to anything and every function of it are null. `==` and `!=`
//! compare with it as with any value; `has` and `default` ask for it. Of `&&` and `||`
//! one side alone decides where it can, as in SQL: `null && false` is false, `null && true`
//! is null. A `where` that gives null does not pass, and nor does its opposite: `!(n > 3)`
//! says nothing of a record without `n`. A list leaves nulls out.
//!
//! **Numbers** are whole (64 bit) or doubles, as the record has them, and mix. Whole ones
//! stay exact: one that does not fit is an error, as is what is not finite. A quotient is
//! whole only if it comes out even, `7 / 2` is 3.5 (in CEL itself, 3); dividing by zero is
//! an error. Beside a number, a text that is a number counts as one: `price > 2` holds of
//! `{"price":"2.50"}`; what a number is, is the rule of metrics, which is JSON's with
//! leading noughts: not `+5`, `.5` or `5.`. Two texts are texts: `"10" < "9"`.
//!
//! **What fails** on a record (a text that should be a number, a list where one value is
//! due) is an [`EvalError`]; what can be seen to fail on every record is a
//! [`CompileError`].
//!
//! [CEL]: https://cel.dev

mod deriver;
mod expression;
mod names;
mod table;

pub use deriver::{DeriveError, Deriver, LookupSpec, Misses, Tables, Underived};
pub use expression::{CompileError, EvalError, Expression, Kind};
pub use table::{Table, TableError, TableFormat};
