//! From CEL's tree to ours: names become places in the record, calls become functions,
//! and what can never work is refused.

use std::cell::{Cell, RefCell};

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, SourceInfo};
use oriel_record::{FieldId, Value};

use super::error::CompileError;
use super::kind::Kinds;
use super::node::Node;
use crate::names::offer;

mod calls;

/// A node, and what it may give.
pub(super) struct Typed {
    pub(super) node: Node,
    pub(super) kinds: Kinds,
}

type Lowered = Result<Typed, CompileError>;

/// How deep a tree may be: each level costs some stack when it is evaluated.
const MAX_DEPTH: usize = 100;

/// What an expression is lowered against.
pub(super) struct Lowering<'a> {
    fields: &'a [(String, bool)],
    offsets: &'a SourceInfo,
    depth: Cell<usize>,
    used: RefCell<Vec<FieldId>>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(fields: &'a [(String, bool)], offsets: &'a SourceInfo) -> Self {
        Lowering { fields, offsets, depth: Cell::new(0), used: RefCell::default() }
    }

    /// The fields of the record on which anything depends that was lowered.
    pub(super) fn used_fields(self) -> Box<[FieldId]> {
        self.used.into_inner().into()
    }

    pub(super) fn lower(&self, tree: &IdedExpr) -> Lowered {
        if self.depth.get() == MAX_DEPTH {
            let allowed = format!("at most {MAX_DEPTH} operators within one another");
            return self.refuse(tree, "one operator too many", allowed);
        }
        self.depth.set(self.depth.get() + 1);
        let typed = match &tree.expr {
            Expr::Literal(literal) => self.literal(tree, literal),
            Expr::Ident(_) | Expr::Select(_) => self.name(tree),
            Expr::List(list) => self.list(&list.elements),
            Expr::Call(call) => self.call(tree, call),
            Expr::Map(_) | Expr::Struct(_) | Expr::Comprehension(_) | Expr::Unspecified => {
                self.refuse(tree, "`{`", "values and lists; there are no objects")
            }
        };
        self.depth.set(self.depth.get() - 1);
        typed
    }

    fn literal(&self, tree: &IdedExpr, literal: &LiteralValue) -> Lowered {
        let (value, kinds) = match literal {
            LiteralValue::Null => return Ok(Typed { node: Node::Null, kinds: Kinds::NULL }),
            LiteralValue::Boolean(truth) => (Value::Bool(*truth.inner()), Kinds::BOOL),
            LiteralValue::Int(whole) => (Value::Int(*whole.inner()), Kinds::NUMBER),
            LiteralValue::Double(number) => (Value::Float(*number.inner()), Kinds::NUMBER),
            LiteralValue::String(text) => (Value::Text(text.inner().to_owned().into()), Kinds::TEXT),
            LiteralValue::UInt(_) => {
                return self.refuse(tree, "a number ending in `u`", "the number without the `u`");
            }
            LiteralValue::Bytes(_) => {
                return self.refuse(tree, "a text of bytes", "the text without the `b` before it");
            }
        };
        Ok(Typed { node: Node::Constant(value), kinds })
    }

    /// A field, whose name may have dots.
    fn name(&self, tree: &IdedExpr) -> Lowered {
        match (dotted(tree), &tree.expr) {
            (Some(name), _) => self.field(tree, &name),
            (None, Expr::Select(select)) => {
                let allowed = "a field's name, or a call as in `x.lower()`";
                self.refuse(tree, format!("`.{}`", select.field), allowed)
            }
            (None, _) => self.refuse(tree, "what is no name", "a field's name"),
        }
    }

    fn field(&self, at: &IdedExpr, name: &str) -> Lowered {
        let Some(place) = self.fields.iter().position(|(known, _)| known == name) else {
            let known = self.fields.iter().map(|(known, _)| &**known);
            return self.refuse(at, format!("`{name}`"), offer(name, known));
        };
        let id = FieldId::nth(place);
        self.used.borrow_mut().push(id);
        Ok(match self.fields[place].1 {
            true => Typed { node: Node::Many(id), kinds: Kinds::LIST },
            false => Typed { node: Node::One(id), kinds: Kinds::ONE },
        })
    }

    fn list(&self, elements: &[IdedExpr]) -> Lowered {
        let nodes = elements.iter().map(|element| Ok(self.lower(element)?.node));
        Ok(Typed { node: Node::List(nodes.collect::<Result<_, _>>()?), kinds: Kinds::LIST })
    }

    /// Lowers something that must be able to be of some kinds. `user` is what wants it.
    fn lower_as(&self, tree: &IdedExpr, kinds: Kinds, user: &str, takes: &str) -> Lowered {
        let typed = self.lower(tree)?;
        if typed.kinds.may_be(kinds) {
            return Ok(typed);
        }
        self.refuse(tree, format!("{} for `{user}`", typed.kinds), takes)
    }

    fn refuse<T>(
        &self,
        at: &IdedExpr,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Result<T, CompileError> {
        let mut first = at;
        while let Expr::Select(select) = &first.expr {
            first = &select.operand;
        }
        let column = self.offsets.offset_for(first.id).map_or(1, |(start, _)| start as usize + 1);
        Err(CompileError::new(column, found, allowed))
    }
}

/// The name that a tree spells, if it spells one: `a.b.c`.
fn dotted(tree: &IdedExpr) -> Option<String> {
    match &tree.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => {
            Some(format!("{}.{}", dotted(&select.operand)?, select.field))
        }
        _ => None,
    }
}

/// The text of a literal.
fn text_of(tree: &IdedExpr) -> Option<&str> {
    match &tree.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

/// A call's arguments, what it is called on first.
fn arguments(call: &CallExpr) -> Vec<&IdedExpr> {
    call.target.as_deref().into_iter().chain(&call.args).collect()
}
