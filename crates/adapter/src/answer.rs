//! From a question and the views that are held to frames.
//!
//! All targets are answered in one array, in their order, and each frame echoes its
//! target's `refId`. One bad target never spoils the others: Grafana can only fail a
//! whole panel, so what is wrong with one is said in a notice on an empty frame.

mod frame;
mod remarks;
mod rows;
mod shape;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::fault::Fault;
use crate::request::{Form, Question, Target};
use crate::store::{Catalogue, Held};
use crate::target::{Chosen, choose};
use crate::view::{Kind, View};

use frame::{Frame, Notice};
use rows::Wish;

/// More names than this are not told in one message.
const MAX_TOLD: usize = 20;

/// A target that names more in vain is told of the first ones.
const MAX_UNKNOWN: usize = 20;
/// Of a longer name only the beginning is told.
const MAX_NAME: usize = 200;

/// Answers a `/query` with the array of frames that the plugin hands to Grafana.
pub(crate) fn answer(question: &Question, catalogue: &Catalogue) -> Result<Vec<Value>, Fault> {
    if let Some(away) = catalogue.away() {
        return Err(Fault::Away(away));
    }
    let mut frames = Vec::new();
    let mut served = Served::default();
    for target in &question.targets {
        frames.extend(one(target, question, catalogue, &mut served));
    }
    served.check()?;
    Ok(frames.into_iter().map(Frame::into_json).collect())
}

/// What became of the targets.
#[derive(Default)]
struct Served {
    known: usize,
    away: Vec<String>,
    unknown: Vec<String>,
}

impl Served {
    /// A request none of whose targets can be answered fails as a whole.
    fn check(self) -> Result<(), Fault> {
        if self.known > 0 {
            return Ok(());
        }
        match (self.away.into_iter().next(), self.unknown.into_iter().next()) {
            (Some(away), _) => Err(Fault::Away(away)),
            (None, Some(unknown)) => Err(Fault::Unknown(unknown)),
            (None, None) => Ok(()),
        }
    }
}

/// The frames of one target; at least one, so that its notices have a place.
fn one(target: &Target, question: &Question, catalogue: &Catalogue, served: &mut Served) -> Vec<Frame> {
    let (chosen, unknown) = selection(target, catalogue);
    let mut notices: Vec<Notice> = target.payload.doubts.iter().cloned().map(Notice::warning).collect();
    for name in unknown.into_iter().take(MAX_UNKNOWN) {
        let text = unknown_text(&name, catalogue);
        served.unknown.push(text.clone());
        notices.push(Notice::warning(text));
    }
    let mut frames = Vec::new();
    let several = chosen.iter().any(|one| one.0.view.target != chosen[0].0.view.target);
    for (held, metrics) in &chosen {
        if let Some(expired) = &held.expired {
            served.away.push(expired.clone());
            notices.push(Notice::warning(expired.clone()));
            continue;
        }
        served.known += 1;
        notices.extend(held.stale.clone().map(Notice::warning));
        let wish = wish(&held.view, target, metrics);
        let rows = rows::select(&held.view, question, &wish);
        notices.extend(rows.notices.iter().cloned());
        frames.extend(shape::of_view(&held.view, &rows, &wish, !metrics.is_empty(), several));
    }
    if frames.is_empty() {
        frames.push(Frame::empty(&target.text));
    }
    for frame in &mut frames {
        frame.ref_id.clone_from(&target.ref_id);
    }
    frames[0].notices = notices;
    frames
}

/// The views that a target names, each with the metrics asked of it (none: all), and
/// what it names in vain.
fn selection<'a>(target: &Target, catalogue: &'a Catalogue) -> (Vec<(&'a Held, Vec<String>)>, Vec<String>) {
    let (chosen, mut unknown) = choose(&target.text, &catalogue.known());
    let mut views: Vec<(&Held, Vec<String>)> = Vec::new();
    for Chosen { view, metric } in chosen {
        let Some(held) = catalogue.get(&view) else { continue };
        let place = views.iter().position(|(other, _)| other.view.target == view);
        match place {
            Some(at) if views[at].1.is_empty() => {}
            Some(at) => match metric {
                Some(metric) => views[at].1.push(metric),
                None => views[at].1.clear(),
            },
            None => views.push((held, metric.into_iter().collect())),
        }
    }
    views.retain_mut(|(held, metrics)| narrow(held, metrics, &target.payload.metrics, &mut unknown));
    (views, unknown)
}

/// Applies `payload.metric`; a view that has none of the metrics asked for is dropped.
fn narrow(held: &Held, metrics: &mut Vec<String>, asked: &[String], unknown: &mut Vec<String>) -> bool {
    if asked.is_empty() || !metrics.is_empty() {
        return true;
    }
    let names = held.metric_names();
    for name in asked {
        if names.contains(&name.as_str()) {
            metrics.push(name.clone());
        } else {
            unknown.push(format!("{}:{name}", held.view.target));
        }
    }
    !metrics.is_empty()
}

/// The form, the metrics and the reducer that a target asks for.
fn wish(view: &View, target: &Target, named: &[String]) -> Wish {
    let is_named = |at: &usize| named.is_empty() || named.contains(&view.columns[*at].name);
    Wish {
        form: form(target.payload.form, view.kind),
        metrics: view.metrics().into_iter().filter(is_named).collect(),
        reducer: target.payload.reducer,
    }
}

/// Series are drawn as lines, everything else as rows, unless the target asks otherwise.
fn form(asked: Form, kind: Kind) -> Form {
    match (asked, kind) {
        (Form::Auto, Kind::Series) => Form::Series,
        (Form::Auto, _) => Form::Table,
        (asked, _) => asked,
    }
}

/// "unknown target 'x'; known: a, b"; for a known view's unknown metric its metrics.
pub(crate) fn unknown_text(name: &str, catalogue: &Catalogue) -> String {
    let metrics = name.rsplit_once(':').and_then(|(view, metric)| Some((catalogue.get(view)?, metric)));
    match metrics {
        Some((held, metric)) => format!(
            "unknown metric '{metric}' of '{}'; known: {}",
            held.view.target,
            listed(held.metric_names().into_iter())
        ),
        None => format!("unknown target '{}'; known: {}", shortened(name), listed(catalogue.targets())),
    }
}

fn shortened(name: &str) -> &str {
    name.char_indices().nth(MAX_NAME).map_or(name, |(end, _)| &name[..end])
}

/// Names for a message, cut where they are many.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.len() {
        0 => "none yet".to_owned(),
        n if n > MAX_TOLD => format!("{}, and {} more", names[..MAX_TOLD].join(", "), n - MAX_TOLD),
        _ => names.join(", "),
    }
}
