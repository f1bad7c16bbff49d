//! `GET /admin/state`: what the broker holds and does, for the admin page. Only operators
//! come here, and of the topics they see those that they may hear.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::response::Response;
use axum::routing::get;
use oriel_time::ProcessingTime;
use oriel_topics::Publication;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::auth::Rights;
use crate::http::{Refused, Server, grant, json as answer};
use crate::hub::{Hub, now};

/// Topics in one answer, unless fewer are asked for.
const TOPICS: usize = 200;

/// Characters of a value: enough to know it by.
const SHOWN: usize = 160;

/// Which topics are asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
struct Wanted {
    /// Whose name has this in it.
    filter: String,
    /// The first so many of them.
    limit: usize,
    /// In this order.
    order: Order,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    #[default]
    Name,
    /// The one published to last first.
    Newest,
}

impl Default for Wanted {
    fn default() -> Self {
        Wanted { filter: String::new(), limit: TOPICS, order: Order::Name }
    }
}

/// The route. It has to stand below the guard that lets only operators in.
pub(crate) fn router(server: Server) -> Router {
    Router::new().route("/admin/state", get(state)).with_state((server, now()))
}

async fn state(
    State((server, since)): State<(Server, ProcessingTime)>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    request: Request,
) -> Result<Response, Refused> {
    let Query(wanted) = wanted?;
    Ok(answer(overview(&server, since, grant(&request).rights(), &wanted).to_string()))
}

/// Everything the page shows. Counts are since the start: rates are for who asks twice.
fn overview(server: &Server, since: ProcessingTime, rights: &Rights, wanted: &Wanted) -> Value {
    let Server { hub, config, .. } = server;
    let (sizes, counts) = (hub.sizes(), hub.counts());
    let queues: Vec<usize> = hub.outboxes().iter().map(|outbox| outbox.bytes()).collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "epoch": hub.epoch().to_string(),
        "now": now().millis(),
        "since": since.millis(),
        "connections": {
            "open": sizes.connections,
            "subscriptions": sizes.subscriptions,
            "polls": sizes.waiters,
            "closedSlow": counts.closed_slow.get(),
            "closedSilent": counts.closed_silent.get(),
        },
        "counts": {
            "publications": counts.publications.get(),
            "deliveries": counts.deliveries.get(),
            "forgotten": counts.forgotten.get(),
            "slowed": counts.slowed.get(),
        },
        "drops": counts.all_lost().collect::<std::collections::BTreeMap<_, _>>(),
        "memory": {
            "remembered": sizes.bytes,
            "rememberedMost": config.limits.bytes,
            "queued": queues.iter().sum::<usize>(),
            "longestQueue": queues.iter().max().unwrap_or(&0),
            "queueMost": config.queue_bytes,
            "process": resident(),
        },
        "topics": topics(hub, rights, wanted, config.limits.topics),
    })
}

/// The topics that are wanted, as far as they may be heard, and how many there are.
fn topics(hub: &Hub, rights: &Rights, wanted: &Wanted, most: usize) -> Value {
    let mut values = hub.values();
    let known = values.len();
    values.retain(|value| rights.may_hear(&value.topic));
    let heard = values.len();
    values.retain(|value| value.topic.as_str().contains(&wanted.filter));
    let (matching, limit) = (values.len(), wanted.limit.min(TOPICS));
    if wanted.order == Order::Name {
        if (1..matching).contains(&limit) {
            // Thousands need not be sorted for the first few.
            values.select_nth_unstable_by(limit, |a, b| a.topic.cmp(&b.topic));
        }
        values.truncate(limit);
        values.sort_unstable_by(|a, b| a.topic.cmp(&b.topic));
    }
    let rows: Vec<Value> = values.iter().take(limit).map(|value| row(hub, value)).collect();
    json!({ "known": known, "most": most, "unheard": known - heard, "matching": matching, "rows": rows })
}

fn row(hub: &Hub, value: &Publication) -> Value {
    let data = value.frame.data();
    let (shown, whole) = beginning(&data);
    json!({
        "topic": value.topic.as_str(),
        "value": shown,
        "whole": whole,
        "bytes": data.len(),
        "updated": value.frame.timestamp(),
        "seq": value.seq,
        "subscribers": hub.subscribers(&value.topic),
    })
}

/// The first characters of a value, and whether they are all. The rest is not looked at.
fn beginning(data: &[u8]) -> (String, bool) {
    let piece = &data[..data.len().min(4 * SHOWN)];
    let text = piece.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let shown: String = text.chars().take(SHOWN).collect();
    let whole = shown.len() == data.len();
    (shown, whole)
}

/// Bytes of memory that the process has, where the system says so.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok().map(|kilobytes: u64| kilobytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_cut_between_characters() {
        assert_eq!(beginning(b"{\"a\":1}"), ("{\"a\":1}".to_owned(), true));
        let long = "ß€😀".repeat(SHOWN);
        let (shown, whole) = beginning(long.as_bytes());
        assert_eq!((shown.chars().count(), whole), (SHOWN, false));
        assert!(long.starts_with(&shown));
        let exact = "😀".repeat(SHOWN);
        assert_eq!(beginning(exact.as_bytes()), (exact, true));
    }
}
