//! Faults of the file of tokens, collected and shown together.

use std::fmt;
use std::ops::Range;

/// Everything that is wrong with a file, in the order of its lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Faults {
    file: String,
    faults: Vec<(Option<usize>, String)>,
}

impl Faults {
    /// A fault of the file as a whole.
    pub(super) fn whole(message: String) -> Self {
        Faults { file: String::new(), faults: vec![(None, message)] }
    }

    /// The same faults under the file's name.
    pub(super) fn of(self, file: String) -> Self {
        Faults { file, ..self }
    }
}

impl std::error::Error for Faults {}

impl fmt::Display for Faults {
    /// A line `file:line: message` for each fault, and one with their number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.file.is_empty() { "tokens" } else { &self.file };
        for (line, message) in &self.faults {
            match line {
                Some(line) => writeln!(f, "{file}:{line}: {message}")?,
                None => writeln!(f, "{file}: {message}")?,
            }
        }
        let plural = if self.faults.len() == 1 { "" } else { "s" };
        write!(f, "{} fault{plural} in {file}", self.faults.len())
    }
}

/// The faults found so far in a text.
pub(super) struct Report<'t> {
    text: &'t str,
    faults: Vec<(Option<usize>, String)>,
    /// Lines that the parser could not read. What is said about them beside that, and
    /// about things that are missing, would only be its echo.
    broken: Vec<Option<usize>>,
}

impl<'t> Report<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Report { text, faults: Vec::new(), broken: Vec::new() }
    }

    /// What the TOML parser says, without the text that it says it about.
    pub(super) fn syntax(&mut self, error: &toml::de::Error) {
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        let line = error.span().map(|at| self.line(&at));
        if !self.broken.contains(&line) {
            self.broken.push(line);
            self.faults.push((line, format!("not TOML: {message}")));
        }
    }

    /// A fault at a place of the text. Gives `None`, for the place where a value was due.
    pub(super) fn fault<T>(&mut self, message: String, at: Range<usize>) -> Option<T> {
        let line = Some(self.line(&at));
        if !self.broken.contains(&line) {
            self.faults.push((line, message));
        }
        None
    }

    /// Something that must be there and is not.
    pub(super) fn missing<T>(&mut self, message: String, at: Range<usize>) -> Option<T> {
        if self.broken.is_empty() { self.fault(message, at) } else { None }
    }

    /// The value, if nothing was wrong.
    pub(super) fn finish<T>(mut self, value: T) -> Result<T, Faults> {
        if self.faults.is_empty() {
            return Ok(value);
        }
        self.faults.sort_by_key(|(line, _)| *line);
        Err(Faults { file: String::new(), faults: self.faults })
    }

    fn line(&self, at: &Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(at.start);
        before.filter(|byte| **byte == b'\n').count() + 1
    }
}
