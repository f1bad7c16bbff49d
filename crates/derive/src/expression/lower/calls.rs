//! Operators and functions.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, operators};

use super::{Lowered, Lowering, Typed, arguments, text_of};
use crate::expression::compute::Operation;
use crate::expression::error::CompileError;
use crate::expression::functions::{FUNCTIONS, Function};
use crate::expression::kind::Kinds;
use crate::expression::node::Node;
use crate::expression::test::{Comparison, Test};
use crate::names::offer;

/// What CEL has as macros and this language has not.
const LOOPS: [&str; 6] = ["all", "exists", "exists_one", "existsOne", "filter", "map"];

impl Lowering<'_> {
    pub(super) fn call(&self, at: &IdedExpr, call: &CallExpr) -> Lowered {
        let arguments = arguments(call);
        match (&*call.func_name, &arguments[..]) {
            (operators::CONDITIONAL, [test, value, other]) => self.choice(test, value, other),
            (operators::LOGICAL_NOT, [of]) => {
                Ok(test(Test::Not(Box::new(self.truth(of, "!")?)), Kinds::NULL))
            }
            (operators::NEGATE, [of]) => {
                let of = self.lower_as(of, Kinds::NUMERIC, "-", "a number")?.node;
                Ok(Typed { node: Node::Negate(Box::new(of)), kinds: Kinds::NUMBER | Kinds::NULL })
            }
            (name, [left, right]) if is_operator(name) => self.binary(at, name, left, right),
            ("has", [of]) => Ok(test(Test::Has(Box::new(self.lower(of)?.node)), Kinds::NONE)),
            ("default", [value, other]) => {
                let (value, other) = (self.lower(value)?, self.lower(other)?);
                let kinds = value.kinds.without(Kinds::NULL) | other.kinds;
                Ok(Typed { node: Node::Default(Box::new([value.node, other.node])), kinds })
            }
            ("field", [name]) => match text_of(name) {
                Some(name) => self.field(at, name),
                None => self.refuse(name, "no text in quotes", "a field's name, as in field(\"user-id\")"),
            },
            (name, arguments) => self.function(at, name, arguments),
        }
    }

    fn choice(&self, test: &IdedExpr, value: &IdedExpr, other: &IdedExpr) -> Lowered {
        let test = self.truth(test, "?")?;
        let (value, other) = (self.lower(value)?, self.lower(other)?);
        let kinds = value.kinds | other.kinds | Kinds::NULL;
        Ok(Typed { node: Node::Choose(Box::new([test, value.node, other.node])), kinds })
    }

    fn truth(&self, of: &IdedExpr, by: &str) -> Result<Node, CompileError> {
        Ok(self.lower_as(of, Kinds::BOOL, by, "a test, as in `lang == \"en\"`")?.node)
    }

    fn binary(&self, at: &IdedExpr, name: &str, left: &IdedExpr, right: &IdedExpr) -> Lowered {
        match name {
            operators::LOGICAL_AND => Ok(test(Test::And(self.truths(left, right, "&&")?), Kinds::NULL)),
            operators::LOGICAL_OR => Ok(test(Test::Or(self.truths(left, right, "||")?), Kinds::NULL)),
            operators::EQUALS => Ok(test(Test::Equal(self.any(left, right)?), Kinds::NONE)),
            operators::NOT_EQUALS => Ok(test(Test::Unequal(self.any(left, right)?), Kinds::NONE)),
            operators::IN => {
                let list = self.lower_as(right, Kinds::LIST, "in", "a list on its right")?.node;
                Ok(test(Test::In(Box::new([self.lower(left)?.node, list])), Kinds::NULL))
            }
            operators::INDEX => {
                let list = self.lower_as(left, Kinds::LIST, "[ ]", "a list before it")?.node;
                let place = self.lower_as(right, Kinds::NUMBER, "[ ]", "a whole number in it")?.node;
                Ok(Typed { node: Node::Index(Box::new([list, place])), kinds: Kinds::ONE })
            }
            _ => match (comparison(name), operation(name)) {
                (Some(comparison), _) => {
                    let sides = self.numeric(left, right, comparison.sign(), TWO_ALIKE)?;
                    let sides = Box::new(sides.map(|side| side.node));
                    Ok(test(Test::Order(comparison, sides), Kinds::NULL))
                }
                (None, Some(operation)) => self.compute(operation, left, right),
                (None, None) => self.refuse(at, format!("`{name}`"), "another operator"),
            },
        }
    }

    fn compute(&self, operation: Operation, left: &IdedExpr, right: &IdedExpr) -> Lowered {
        let adds = operation == Operation::Add;
        let takes = if adds { TWO_ALIKE } else { "two numbers" };
        let sides = self.numeric(left, right, operation.sign(), takes)?;
        let texts = adds && sides.iter().all(|side| side.kinds.may_be(Kinds::TEXT));
        let text = if texts { Kinds::TEXT } else { Kinds::NONE };
        let node = Node::Compute(operation, Box::new(sides.map(|side| side.node)));
        Ok(Typed { node, kinds: Kinds::NUMBER | Kinds::NULL | text })
    }

    fn any(&self, left: &IdedExpr, right: &IdedExpr) -> Result<Box<[Node; 2]>, CompileError> {
        Ok(Box::new([self.lower(left)?.node, self.lower(right)?.node]))
    }

    fn truths(&self, left: &IdedExpr, right: &IdedExpr, by: &str) -> Result<Box<[Node; 2]>, CompileError> {
        Ok(Box::new([self.truth(left, by)?, self.truth(right, by)?]))
    }

    fn numeric(
        &self,
        left: &IdedExpr,
        right: &IdedExpr,
        by: &str,
        takes: &str,
    ) -> Result<[Typed; 2], CompileError> {
        let left = self.lower_as(left, Kinds::NUMERIC, by, takes)?;
        Ok([left, self.lower_as(right, Kinds::NUMERIC, by, takes)?])
    }

    fn function(&self, at: &IdedExpr, name: &str, arguments: &[&IdedExpr]) -> Lowered {
        let Some(function) = Function::named(name) else {
            return self.refuse(at, format!("`{name}()`"), instead(name));
        };
        if arguments.len() != function.takes.len() {
            let takes: Vec<&str> = function.takes.iter().map(|(words, _)| *words).collect();
            let plural = if arguments.len() == 1 { "" } else { "s" };
            let found = format!("`{name}` of {} value{plural}", arguments.len());
            return self.refuse(at, found, format!("`{name}` of {}", takes.join(" and ")));
        }
        let each = if function.each { Kinds::LIST } else { Kinds::NONE };
        let (words, kinds) = function.takes[0];
        let first = self.lower_as(arguments[0], kinds | each, name, words)?;
        let second = match (arguments.get(1), function.takes.get(1)) {
            (Some(second), Some((words, kinds))) => self.lower_as(second, *kinds, name, words)?.node,
            _ => Node::Null,
        };
        let one = if first.kinds == each { Kinds::NONE } else { function.gives | Kinds::NULL };
        let many = if first.kinds.may_be(each) { each } else { Kinds::NONE };
        Ok(Typed { node: Node::Call(function, Box::new([first.node, second])), kinds: one | many })
    }
}

/// What `+` and the comparisons take.
const TWO_ALIKE: &str = "two numbers or two texts";

fn test(test: Test, or: Kinds) -> Typed {
    Typed { node: Node::Test(test), kinds: Kinds::BOOL | or }
}

/// Operators have names that no function can have, as `_+_`.
fn is_operator(name: &str) -> bool {
    name.starts_with(['_', '@']) && !name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn comparison(name: &str) -> Option<Comparison> {
    match name {
        operators::LESS => Some(Comparison::Less),
        operators::LESS_EQUALS => Some(Comparison::LessOrEqual),
        operators::GREATER => Some(Comparison::Greater),
        operators::GREATER_EQUALS => Some(Comparison::GreaterOrEqual),
        _ => None,
    }
}

fn operation(name: &str) -> Option<Operation> {
    match name {
        operators::ADD => Some(Operation::Add),
        operators::SUBSTRACT => Some(Operation::Subtract),
        operators::MULTIPLY => Some(Operation::Multiply),
        operators::DIVIDE => Some(Operation::Divide),
        operators::MODULO => Some(Operation::Remainder),
        _ => None,
    }
}

/// What to write instead of a function that is not there.
fn instead(name: &str) -> String {
    if LOOPS.contains(&name) {
        return "no loops: `\"x\" in list` looks into one, and `lower(list)` is of each element".into();
    }
    if name == "matches" {
        return "no patterns: `contains`, `startsWith` and `endsWith` look into a text".into();
    }
    offer(name, FUNCTIONS.iter().map(|function| function.name).chain(["has", "default", "field"]))
}
