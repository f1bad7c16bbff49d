//! Faults of settings, collected and shown together.
//!
//! A [`Report`] collects what is wrong with one text, by line; [`Faults`] are all of
//! that, also of several files and of none. What a text says and means is not known here.

use std::fmt;
use std::ops::Range;

/// One fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The file it is in, if it is in one.
    pub file: Option<String>,
    /// The line it is on, from 1; none if it is about the whole.
    pub line: Option<usize>,
    /// What was found and what is allowed.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{file}:{line}: ")?,
            (Some(file), None) => write!(f, "{file}: ")?,
            (None, Some(line)) => write!(f, "line {line}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong, that of a text in the order of its lines.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// A fault of something as a whole.
    pub fn whole(message: String) -> Self {
        Faults(vec![Fault { file: None, line: None, message }])
    }

    /// The same faults; those that are in no file yet are in this one.
    #[must_use]
    pub fn of(mut self, file: &str) -> Self {
        let nowhere = self.0.iter_mut().filter(|fault| fault.file.is_none());
        nowhere.for_each(|fault| fault.file = Some(file.to_owned()));
        self
    }

    /// One more.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Those of something else besides.
    pub fn extend(&mut self, others: Faults) {
        self.0.extend(others.0);
    }

    /// The faults.
    pub fn faults(&self) -> &[Fault] {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The file, if all are in one.
    fn file(&self) -> Option<&str> {
        let first = self.0.first()?.file.as_deref()?;
        self.0.iter().all(|fault| fault.file.as_deref() == Some(first)).then_some(first)
    }
}

impl std::error::Error for Faults {}

impl fmt::Display for Faults {
    /// A line for each fault, and one with their number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|fault| writeln!(f, "{fault}"))?;
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "{} fault{plural}", self.0.len())?;
        self.file().map_or(Ok(()), |file| write!(f, " in {file}"))
    }
}

/// The faults found so far in a text.
#[derive(Debug)]
pub struct Report<'t> {
    text: &'t str,
    faults: Vec<Fault>,
    /// Lines that the parser could not read. What is said about them beside that, and
    /// about things that are missing, would only be its echo.
    broken: Vec<usize>,
}

impl<'t> Report<'t> {
    /// Of a text with which nothing is wrong yet.
    pub fn new(text: &'t str) -> Self {
        Report { text, faults: Vec::new(), broken: Vec::new() }
    }

    /// The line of a place in the text, from 1.
    pub fn line(&self, at: &Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(at.start);
        before.filter(|byte| **byte == b'\n').count() + 1
    }

    /// What a parser says that cannot read the text.
    pub fn syntax(&mut self, message: &str, at: Option<Range<usize>>) {
        let line = at.map(|at| self.line(&at));
        let known = line.is_some_and(|line| self.broken.contains(&line));
        if !known {
            self.broken.extend(line);
            let message = message.lines().collect::<Vec<_>>().join(", ");
            self.add(line, format!("not TOML: {message}"));
        }
    }

    /// A fault at a place of the text. Gives `None`, for the place where a value was due.
    pub fn fault<T>(&mut self, message: String, at: Range<usize>) -> Option<T> {
        let line = self.line(&at);
        if !self.broken.contains(&line) {
            self.add(Some(line), message);
        }
        None
    }

    /// A value that is not allowed.
    pub fn wrong<T>(&mut self, key: &str, found: &str, allowed: &str, at: Range<usize>) -> Option<T> {
        self.fault(format!("`{key}` is {found}; allowed: {allowed}"), at)
    }

    /// Something that must be there and is not.
    pub fn missing<T>(&mut self, message: String, at: Range<usize>) -> Option<T> {
        if self.broken.is_empty() { self.fault(message, at) } else { None }
    }

    /// All that was found.
    pub fn faults(mut self) -> Faults {
        self.faults.sort_by_key(|fault| fault.line);
        Faults(self.faults)
    }

    /// The value, if nothing was wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Faults> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(self.faults()),
        }
    }

    fn add(&mut self, line: Option<usize>, message: String) {
        self.faults.push(Fault { file: None, line, message });
    }
}

/// ` (did you mean …)` with the name nearest to the one found, if one is near.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest_name(found, known).map_or(String::new(), |name| format!(" (did you mean `{name}`?)"))
}

/// The name nearest to the one found, if one is near.
pub fn nearest_name<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// As similar as two words are that differ by a slip of the hand.
    const NEAR: f64 = 0.75;
    let likeness = |name: &&str| strsim::jaro_winkler(&found.to_lowercase(), &name.to_lowercase());
    let best = known.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    best.filter(|name| likeness(name) >= NEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_by_line_whatever_the_order_they_were_found_in() {
        let mut report = Report::new("one\ntwo\nthree\n");
        assert_eq!(report.fault::<()>("late".into(), 8..9), None);
        report.fault::<()>("early".into(), 0..1);
        let faults = report.finish(Some(())).expect_err("two faults").of("a.toml");
        assert_eq!(faults.to_string(), "a.toml:1: early\na.toml:3: late\n2 faults in a.toml");
    }

    #[test]
    fn a_line_that_cannot_be_read_has_no_other_fault_and_nothing_is_missing() {
        let mut report = Report::new("one\ntwo\n");
        report.syntax("what\nis it", Some(4..5));
        report.syntax("again", Some(5..6));
        report.fault::<()>("an echo".into(), 4..7);
        report.missing::<()>("an echo too".into(), 0..1);
        report.fault::<()>("wrong".into(), 0..1);
        let faults = report.faults();
        assert_eq!(faults.to_string(), "line 1: wrong\nline 2: not TOML: what, is it\n2 faults");
    }

    #[test]
    fn faults_of_several_places_are_one_list() {
        let mut faults = Faults::whole("cannot read it".into()).of("a.toml");
        faults.extend(Faults::whole("VARIABLE is wrong".into()));
        assert_eq!(faults.to_string(), "a.toml: cannot read it\nVARIABLE is wrong\n2 faults");
        assert!(Faults::default().is_empty());
    }

    #[test]
    fn the_nearest_name_is_offered_if_it_is_near() {
        let known = ["topics", "topic_bytes"];
        assert_eq!(nearest("Topic", known), " (did you mean `topics`?)");
        assert_eq!(nearest("colour", known), "");
    }
}
