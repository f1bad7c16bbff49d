//! Paths as Grafana writes them.

use super::*;

#[test]
fn slashes_are_tidied_and_the_query_is_kept() {
    for (given, expected) in
        [("/", "/"), ("//", "/"), ("//query", "/query"), ("/query/?a=//b", "/query?a=//b"), ("/a/b", "/a/b")]
    {
        let mut uri: Uri = given.parse().expect(given);
        tidy(&mut uri);
        assert_eq!(uri.to_string(), expected, "{given}");
    }
}
