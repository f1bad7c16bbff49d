//! Whether two patterns can mean the same topic.

use oriel_protocol::pubsub::Pattern;

const ONE: &str = "*";
const REST: &str = ">";

/// Whether some topic matches both.
pub(super) fn overlap(one: &Pattern, other: &Pattern) -> bool {
    match (one.topic(), other.topic()) {
        (Some(topic), _) => other.matches(topic),
        (_, Some(topic)) => one.matches(topic),
        (None, None) => tokens_meet(one, other),
    }
}

fn tokens_meet(one: &Pattern, other: &Pattern) -> bool {
    let (mut ones, mut others) = (one.tokens(), other.tokens());
    loop {
        match (ones.next(), others.next()) {
            (None, None) | (Some(REST), Some(_)) | (Some(_), Some(REST)) => return true,
            (Some(a), Some(b)) if a == b || a == ONE || b == ONE => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(one: &str, other: &str, expected: bool) {
        let (one, other): (Pattern, Pattern) = (one.parse().expect(one), other.parse().expect(other));
        assert_eq!(overlap(&one, &other), expected, "{one} and {other}");
        assert_eq!(overlap(&other, &one), expected, "{other} and {one}");
    }

    #[test]
    fn patterns_overlap_where_a_topic_matches_both() {
        for (one, other) in
            [("a", "a"), ("a.b", "a.*"), ("a.*", "*.b"), (">", "a.*"), ("a.>", "*.b.c"), ("*", "*")]
        {
            check(one, other, true);
        }
        for (one, other) in [("a", "b"), ("a", "a.*"), ("a.*", "a.*.c"), ("a.>", "b.>"), ("*", "*.>")] {
            check(one, other, false);
        }
    }
}
