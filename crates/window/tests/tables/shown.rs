//! What comes out of an epoch, as a table has it.

use crate::host::plain::{Given, Seen};

/// The lines of one epoch.
pub(super) fn lines(input: &str, seen: &Seen, to: &mut Vec<[String; 3]>) {
    let mut out: Vec<String> = seen.panes.iter().map(pane).collect();
    let view = &seen.views[0];
    let counts = [
        ("too late", view.fates.late),
        ("filtered", view.fates.filtered),
        ("bad", seen.all.bad),
        ("missed", view.late_windows),
    ];
    out.extend(counts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{name} {n}")));
    let ahead = seen.partitions.iter().enumerate().filter(|(_, stand)| stand.ahead);
    out.extend(ahead.map(|(number, _)| format!("p{number} ahead")));
    let mut out = out.into_iter();
    to.push([input.to_owned(), time(seen.watermark), out.next().unwrap_or_default()]);
    to.extend(out.map(|line| [String::new(), String::new(), line]));
}

fn pane(pane: &Given) -> String {
    let Given { window, end, timing, index, .. } = pane;
    let key = if pane.key.is_empty() { String::new() } else { format!("{} ", pane.key) };
    let total = pane.total.count;
    let mut text = format!("[{},{}) {key}{timing} #{index} = {total}", time(*window), time(*end));
    if let Some(delta) = &pane.delta {
        text += &format!(", +{}", delta.count);
    }
    for (start, value) in &pane.withdrawn {
        let of = if start == window { String::new() } else { format!(" of {}", time(*start)) };
        text += &format!(", -{}{of}", value.count);
    }
    for start in &pane.merged {
        text += &format!(", merges {}", time(*start));
    }
    text + if pane.last { ", last" } else { "" }
}

fn time(millis: i64) -> String {
    match millis {
        i64::MIN => "beginning".to_owned(),
        i64::MAX => "end".to_owned(),
        millis => (millis as f64 / 1_000.0).to_string(),
    }
}
