//! Faults of a configuration, collected and shown together.

use std::fmt;
use std::ops::Range;

/// One fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The line it is on, from 1; none if it is about the whole file.
    pub line: Option<usize>,
    /// What was found and what is allowed.
    pub message: String,
}

/// Everything that is wrong with a file, in the order of its lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Faults {
    file: String,
    faults: Vec<Fault>,
}

impl Faults {
    /// A fault of the file as a whole.
    pub(super) fn whole(message: String) -> Self {
        Faults { file: String::new(), faults: vec![Fault { line: None, message }] }
    }

    /// The same faults under the file's name.
    pub(super) fn of(self, file: String) -> Self {
        Faults { file, ..self }
    }

    /// The faults by line.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl std::error::Error for Faults {}

impl fmt::Display for Faults {
    /// A line `file:line: message` for each fault, and one with their number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.file.is_empty() { "config" } else { &self.file };
        for fault in &self.faults {
            match fault.line {
                Some(line) => writeln!(f, "{file}:{line}: {}", fault.message)?,
                None => writeln!(f, "{file}: {}", fault.message)?,
            }
        }
        let plural = if self.faults.len() == 1 { "" } else { "s" };
        write!(f, "{} fault{plural} in {file}", self.faults.len())
    }
}

/// The faults found so far in a text.
pub(super) struct Report<'t> {
    text: &'t str,
    faults: Vec<Fault>,
    /// Lines that the parser could not read. What is said about them beside that, and
    /// about things that are missing, would only be its echo.
    broken: Vec<usize>,
}

impl<'t> Report<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Report { text, faults: Vec::new(), broken: Vec::new() }
    }

    fn line(&self, at: &Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(at.start);
        before.filter(|byte| **byte == b'\n').count() + 1
    }

    /// What the TOML parser says.
    pub(super) fn syntax(&mut self, error: &toml::de::Error) {
        let line = error.span().map(|at| self.line(&at));
        let first = error.message().lines().collect::<Vec<_>>().join(", ");
        let known = line.is_some_and(|line| self.broken.contains(&line));
        if !known {
            self.broken.extend(line);
            self.faults.push(Fault { line, message: format!("not TOML: {first}") });
        }
    }

    /// A fault at a place of the text. Gives `None`, for the place where a value was due.
    pub(super) fn fault<T>(&mut self, message: String, at: Range<usize>) -> Option<T> {
        let line = self.line(&at);
        if !self.broken.contains(&line) {
            self.faults.push(Fault { line: Some(line), message });
        }
        None
    }

    /// A value that is not allowed.
    pub(super) fn wrong<T>(&mut self, key: &str, found: &str, allowed: &str, at: Range<usize>) -> Option<T> {
        self.fault(format!("`{key}` is {found}; allowed: {allowed}"), at)
    }

    /// Something that must be there and is not.
    pub(super) fn missing<T>(&mut self, message: String, at: Range<usize>) -> Option<T> {
        if self.broken.is_empty() { self.fault(message, at) } else { None }
    }

    /// Something that a later version will know.
    pub(super) fn later<T>(&mut self, what: &str, at: Range<usize>) -> Option<T> {
        self.fault(format!("{what}: not in this version"), at)
    }

    /// The value, if nothing was wrong.
    pub(super) fn finish<T>(mut self, value: Option<T>) -> Result<T, Faults> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => {
                self.faults.sort_by_key(|fault| fault.line);
                Err(Faults { file: String::new(), faults: self.faults })
            }
        }
    }
}

/// ` (did you mean …)` with the name nearest to the one found, if one is near.
pub(super) fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    /// As similar as two words are that differ by a slip of the hand.
    const NEAR: f64 = 0.75;
    let likeness = |name: &&str| strsim::jaro_winkler(&found.to_lowercase(), &name.to_lowercase());
    let best = known.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    best.filter(|name| likeness(name) >= NEAR)
        .map_or(String::new(), |name| format!(" (did you mean `{name}`?)"))
}
