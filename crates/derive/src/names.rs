//! Names that are known, and those that nearly are.

/// The names as messages offer them, and which of them is nearest to what was found, if
/// one is near.
pub(crate) fn offer<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    /// As similar as two words are that differ by a slip of the hand.
    const NEAR: f64 = 0.75;
    /// More names than one reads.
    const SHOWN: usize = 12;
    let known: Vec<&str> = known.into_iter().collect();
    let likeness = |name: &&str| strsim::jaro_winkler(&found.to_lowercase(), &name.to_lowercase());
    let best = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let near = best.filter(|name| likeness(name) >= NEAR);
    let mut words: Vec<String> = known.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if known.len() > SHOWN {
        words.push(format!("{} more", known.len() - SHOWN));
    }
    let all = match words.pop() {
        None => "no name: there are none".into(),
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} or {last}", words.join(", ")),
    };
    near.map_or(all.clone(), |name| format!("{all} (did you mean `{name}`?)"))
}
