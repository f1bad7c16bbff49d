//! What a panel's target names.
//!
//! Grafana's plugin puts variables into a target with its regex formatter: one value
//! arrives escaped (`a.b` as `a\.b`), several as `(a|b|c)`. So a target is first taken
//! as it stands; then as the texts that its escapes and alternatives spell; and, where
//! neither names anything, as an anchored regular expression over all names (a variable
//! whose "all" value is `.*`).

use regex::RegexBuilder;

/// More spellings than this are not followed: a target with ten groups of ten would
/// have 10^10.
const MAX_SPELLINGS: usize = 1_000;
/// Nor are spellings that are longer than this together.
const MAX_SPELLED: usize = 1 << 20;
/// No name is so long; what is longer names nothing and is not looked into.
const MAX_TARGET: usize = 16 << 10;
/// A compiled expression may take this much memory.
const MAX_EXPRESSION: usize = 1 << 20;
/// Groups inside groups deeper than this are taken as they stand.
const MAX_DEPTH: usize = 16;

/// One thing that a target names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Chosen {
    /// The view's target.
    pub(crate) view: String,
    /// One metric of it; all where none is named.
    pub(crate) metric: Option<String>,
}

/// The names a target may choose from: each view with its metrics.
pub(crate) type Known<'a> = [(&'a str, Vec<&'a str>)];

/// What a target names, in its own order, each once; and the spellings that name nothing.
pub(crate) fn choose(target: &str, known: &Known<'_>) -> (Vec<Chosen>, Vec<String>) {
    if target.len() > MAX_TARGET {
        return (Vec::new(), vec![target.to_owned()]);
    }
    if let Some(chosen) = exact(target, known) {
        return (vec![chosen], Vec::new());
    }
    let (mut chosen, mut unknown) = (Vec::new(), Vec::new());
    for spelling in spellings(target) {
        match exact(&spelling, known) {
            Some(one) if chosen.contains(&one) => {}
            Some(one) => chosen.push(one),
            None => unknown.push(spelling),
        }
    }
    if chosen.is_empty() {
        let matched = matching(target, known);
        if !matched.is_empty() {
            return (matched, Vec::new());
        }
    }
    (chosen, unknown)
}

/// A view's name, or `view:metric`. Topics may hold colons, so each is tried.
fn exact(name: &str, known: &Known<'_>) -> Option<Chosen> {
    if let Some((view, _)) = known.iter().find(|(view, _)| *view == name) {
        return Some(Chosen { view: (*view).to_owned(), metric: None });
    }
    name.match_indices(':').find_map(|(colon, _)| {
        let (view, metric) = (&name[..colon], &name[colon + 1..]);
        let (_, metrics) = known.iter().find(|(known, _)| *known == view)?;
        metrics.contains(&metric).then(|| Chosen { view: view.to_owned(), metric: Some(metric.to_owned()) })
    })
}

/// The names that the target matches as a whole, taken as a regular expression.
fn matching(target: &str, known: &Known<'_>) -> Vec<Chosen> {
    let pattern = RegexBuilder::new(&format!("^(?:{target})$")).size_limit(MAX_EXPRESSION).build();
    let Ok(pattern) = pattern else { return Vec::new() };
    let whole = known
        .iter()
        .filter(|(view, _)| pattern.is_match(view))
        .map(|(view, _)| Chosen { view: (*view).to_owned(), metric: None });
    let whole: Vec<Chosen> = whole.collect();
    if !whole.is_empty() {
        return whole;
    }
    let named = known.iter().flat_map(|(view, metrics)| {
        metrics.iter().map(|metric| Chosen { view: (*view).to_owned(), metric: Some((*metric).to_owned()) })
    });
    named.filter(|one| pattern.is_match(&spelled(one))).collect()
}

fn spelled(chosen: &Chosen) -> String {
    match &chosen.metric {
        Some(metric) => format!("{}:{metric}", chosen.view),
        None => chosen.view.clone(),
    }
}

/// Every text that escapes and alternatives spell, in order. A target that is not well
/// formed (an open group, a backslash at the end) spells itself.
pub(crate) fn spellings(target: &str) -> Vec<String> {
    let mut reader = Reader { rest: target.chars().collect::<Vec<_>>().into_iter().peekable(), depth: 0 };
    match reader.alternatives() {
        Some(texts) if reader.rest.peek().is_none() => texts,
        _ => vec![target.to_owned()],
    }
}

struct Reader {
    rest: std::iter::Peekable<std::vec::IntoIter<char>>,
    depth: usize,
}

impl Reader {
    fn alternatives(&mut self) -> Option<Vec<String>> {
        let mut all = self.sequence()?;
        while self.rest.next_if_eq(&'|').is_some() {
            all.extend(self.sequence()?);
        }
        (all.len() <= MAX_SPELLINGS).then_some(all)
    }

    fn sequence(&mut self) -> Option<Vec<String>> {
        let mut texts = vec![String::new()];
        let mut plain = String::new();
        while let Some(next) = self.rest.next_if(|c| !matches!(c, '|' | ')')) {
            match next {
                '\\' => plain.push(self.rest.next()?),
                '(' => {
                    texts = product(&texts, &[std::mem::take(&mut plain)])?;
                    texts = product(&texts, &self.group()?)?;
                }
                letter => plain.push(letter),
            }
        }
        product(&texts, &[plain])
    }

    fn group(&mut self) -> Option<Vec<String>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let texts = self.alternatives()?;
        self.depth -= 1;
        self.rest.next_if_eq(&')').map(|_| texts)
    }
}

/// Each head with each tail; `None` where that would be too much.
fn product(heads: &[String], tails: &[String]) -> Option<Vec<String>> {
    let bytes = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
    let spelled = bytes(heads) * tails.len() + bytes(tails) * heads.len();
    if heads.len() * tails.len() > MAX_SPELLINGS || spelled > MAX_SPELLED {
        return None;
    }
    Some(heads.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}"))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(target: &str, expected: &[&str], unknown: &[&str]) {
        let known = [
            ("t.counts", vec!["total", "url"]),
            ("t.top", vec!["count"]),
            ("odd(1|2)", vec!["n"]),
            ("a:b", vec!["c:d"]),
        ];
        let (chosen, missing) = choose(target, &known);
        assert_eq!(chosen.iter().map(spelled).collect::<Vec<_>>(), expected, "{target}");
        assert_eq!(missing, unknown, "{target}");
    }

    #[test]
    fn a_name_and_its_escaped_form_choose_the_same() {
        check("t.counts", &["t.counts"], &[]);
        check(r"t\.counts", &["t.counts"], &[]);
        check(r"t\.counts:total", &["t.counts:total"], &[]);
        check("odd(1|2)", &["odd(1|2)"], &[]);
        check(r"odd\(1\|2\)", &["odd(1|2)"], &[]);
    }

    #[test]
    fn alternatives_choose_each_once_in_their_order() {
        check(r"(t\.top|t\.counts)", &["t.top", "t.counts"], &[]);
        check("t.(counts|top|counts)", &["t.counts", "t.top"], &[]);
        check("t.counts:(url|total)", &["t.counts:url", "t.counts:total"], &[]);
        check("(t.counts|nope)", &["t.counts"], &["nope"]);
    }

    #[test]
    fn colons_may_be_part_of_a_name() {
        check("a:b", &["a:b"], &[]);
        check("a:b:c:d", &["a:b:c:d"], &[]);
        check("t.counts:nope", &[], &["t.counts:nope"]);
    }

    #[test]
    fn an_expression_is_tried_last_and_matches_whole_names() {
        check(r"t\..*", &["t.counts", "t.top"], &[]);
        check("t.counts:.*", &["t.counts:total", "t.counts:url"], &[]);
        check("count", &[], &["count"]);
    }

    #[test]
    fn what_is_not_well_formed_names_itself() {
        check("(t.counts", &[], &["(t.counts"]);
        check("t.counts)", &[], &["t.counts)"]);
        check("t\\", &[], &["t\\"]);
        check(&"(a|b)".repeat(40), &[], &[&"(a|b)".repeat(40)]);
        check(&"(".repeat(10_000), &[], &[&"(".repeat(10_000)]);
        check(&"x:".repeat(100_000), &[], &[&"x:".repeat(100_000)]);
    }
}
