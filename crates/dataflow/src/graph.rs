//! The dataflow, on one screen:
//!
//! ```text
//! chunks ──> fold ──reports──> lead (worker 0) ──summaries──┬──> apply ──> probe
//!             │ ^                                           │      ^
//!             │ └───────────── the summary before ──────────┘      │
//!             └──────────────── partial cells, by shard ───────────┘
//! ```
//!
//! A worker folds ahead of the leader, but holds its report and partial cells of an epoch
//! until the summary of the epoch before tells it what came too late.

use crate::engine::Shared;
use crate::feed::Chunk;
use crate::fold::{Delta, Folder, Partial};
use crate::shards::Hands;
use oriel_window::{Cut, Leader, Report, Summary};
use std::collections::BTreeMap;
use std::sync::Arc;
use timely::container::CapacityContainerBuilder as Builder;
use timely::dataflow::channels::pact::{Exchange as By, Pipeline};
use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::dataflow::operators::generic::operator::Operator;
use timely::dataflow::operators::vec::Broadcast;
use timely::dataflow::operators::{Capability, ConnectLoop, Feedback, Input, Probe, probe};
use timely::dataflow::{InputHandleVec, Scope, StreamVec};
use timely::progress::frontier::MutableAntichain;

/// The number of an epoch, timely's timestamp.
pub(crate) type Epoch = u64;

/// What a worker feeds into its own copy of the dataflow.
#[derive(Clone)]
pub(crate) enum Event {
    /// Records to fold.
    Chunk(Chunk),
    /// The end of an epoch; on worker 0 only.
    Cut(Cut),
}

/// What the leader gets of an epoch: every worker's report, and the cut from its own.
type Share = (Report, Option<Cut>);

/// Builds this worker's copy of the dataflow.
pub(crate) fn build(
    scope: Scope<'_, Epoch>,
    worker: usize,
    shared: &Arc<Shared>,
) -> (InputHandleVec<Epoch, Event>, probe::Handle<Epoch>) {
    let (input, events) = scope.new_input::<Vec<Event>>();
    let (back, earlier) = scope.feedback::<Vec<Summary>>(1);
    let (reports, partials) = fold(scope, events, earlier, Arc::clone(shared));
    let summaries = lead(reports, Arc::clone(shared)).broadcast();
    summaries.clone().connect_loop(back);
    let (probe, _) = apply(worker, partials, summaries, Arc::clone(shared)).probe();
    (input, probe)
}

/// An epoch that is being folded.
struct Folding {
    partial: Partial,
    cut: Option<Cut>,
    /// For the report.
    told: Capability<Epoch>,
    /// For the partial cells.
    given: Capability<Epoch>,
}

fn fold<'s>(
    scope: Scope<'s, Epoch>,
    events: StreamVec<'s, Epoch, Event>,
    earlier: StreamVec<'s, Epoch, Summary>,
    shared: Arc<Shared>,
) -> (StreamVec<'s, Epoch, Share>, StreamVec<'s, Epoch, Delta>) {
    let mut builder = OperatorBuilder::new("fold".to_owned(), scope);
    let mut events = builder.new_input(events, Pipeline);
    let mut earlier = builder.new_input(earlier, Pipeline);
    let (reports, report_stream) = builder.new_output::<Vec<Share>>();
    let (partials, partial_stream) = builder.new_output::<Vec<Delta>>();
    let (mut reports, mut partials) = (OutputBuilder::from(reports), OutputBuilder::from(partials));
    let mut folder = Folder::new(Arc::clone(&shared.spec));
    let mut open: BTreeMap<Epoch, Folding> = BTreeMap::new();
    // The watermarks before the epochs that are open, as far as they are known.
    let mut before = BTreeMap::from([(0, oriel_time::EventTime::BEGINNING)]);
    builder.build(move |_| {
        move |frontiers| {
            earlier.for_each(|capability, summaries| {
                for summary in summaries.drain(..) {
                    before.extend(capability.least().map(|epoch| (*epoch, summary.watermark)));
                }
            });
            events.for_each(|capability, events| {
                let (Some(told), Some(given)) = (capability.retain_least(0), capability.retain_least(1))
                else {
                    return;
                };
                let watermark = before.get(given.time()).copied();
                let folding = open.entry(*given.time()).or_insert_with(|| Folding {
                    partial: folder.start(),
                    cut: None,
                    told,
                    given,
                });
                for event in events.drain(..) {
                    match event {
                        Event::Chunk(chunk) => {
                            let done = folder.fold(&mut folding.partial, chunk, watermark, &*shared.rejects);
                            done.into_iter().for_each(|bytes| shared.feed.give_back(bytes));
                        }
                        Event::Cut(cut) => folding.cut = Some(cut),
                    }
                }
            });
            let (mut reports, mut partials) = (reports.activate(), partials.activate());
            let whole = end(&frontiers[0]);
            while let Some(entry) = open.first_entry() {
                let epoch = *entry.key();
                let Some(watermark) = before.get(&epoch).copied().filter(|_| epoch < whole) else { break };
                let Folding { mut partial, cut, told, given } = entry.remove();
                folder.settle(&mut partial, watermark, &*shared.rejects);
                reports.session(&told).give((partial.report(), cut));
                let mut session = partials.session(&given);
                folder.release(&mut partial, |delta| session.give(delta));
                drop(session);
                shared.totals.note_misses(&partial.misses);
                partial.buffers().for_each(|bytes| shared.feed.give_back(bytes));
            }
            let next = open.keys().next().copied().unwrap_or(whole);
            before = before.split_off(&next);
        }
    });
    (report_stream, partial_stream)
}

/// Worker 0 makes a summary of each epoch's reports.
fn lead<'s>(reports: StreamVec<'s, Epoch, Share>, shared: Arc<Shared>) -> StreamVec<'s, Epoch, Summary> {
    let mut leader = Leader::new(shared.spec.leader(shared.partitions.len()));
    let mut open: BTreeMap<Epoch, (Capability<Epoch>, Share)> = BTreeMap::new();
    let to_leader = By::new(|_: &Share| 0);
    reports.unary_frontier(to_leader, "lead", move |_, _| {
        move |(input, frontier), output| {
            input.for_each(|capability, shares| {
                let Some(capability) = capability.retain_least(0) else { return };
                let epoch = *capability.time();
                let (_, (report, cut)) = open.entry(epoch).or_insert((capability, Share::default()));
                for (other, its_cut) in shares.drain(..) {
                    report.merge(other);
                    *cut = cut.take().or(its_cut);
                }
            });
            while let Some(entry) = open.first_entry() {
                if frontier.less_equal(entry.key()) {
                    break;
                }
                let (capability, (report, cut)) = entry.remove();
                if let Some(cut) = cut {
                    let summary = leader.close(&cut, report);
                    shared.totals.note(&summary);
                    shared.feed.align(summary.partitions.iter().map(|partition| partition.ahead));
                    output.session(&capability).give(summary);
                }
            }
        }
    })
}

/// Brings the partial cells of an epoch to the worker's shards, when all of them are here.
fn apply<'s>(
    worker: usize,
    partials: StreamVec<'s, Epoch, Delta>,
    summaries: StreamVec<'s, Epoch, Summary>,
    shared: Arc<Shared>,
) -> StreamVec<'s, Epoch, ()> {
    let by_shard = {
        let shared = Arc::clone(&shared);
        By::new(move |delta: &Delta| shared.shards.worker(delta))
    };
    let mut dealt: BTreeMap<Epoch, Hands> = BTreeMap::new();
    let mut spare: Vec<Hands> = Vec::new();
    let mut decided: BTreeMap<Epoch, (Capability<Epoch>, Summary)> = BTreeMap::new();
    partials.binary_frontier::<_, Builder<Vec<()>>, _, _, _, _>(
        summaries,
        by_shard,
        Pipeline,
        "apply",
        move |_, _| {
            move |(partials, frontier), (summaries, _), _output| {
                partials.for_each(|capability, batch| {
                    if let Some(epoch) = capability.least() {
                        let hands = dealt
                            .entry(*epoch)
                            .or_insert_with(|| spare.pop().unwrap_or_else(|| shared.shards.hands()));
                        shared.shards.deal(batch.drain(..), hands);
                    }
                });
                summaries.for_each(|capability, batch| {
                    for summary in batch.drain(..) {
                        let kept = capability.retain_least(0).map(|kept| (*kept.time(), (kept, summary)));
                        decided.extend(kept);
                    }
                });
                while let Some(entry) = decided.first_entry() {
                    if frontier.less_equal(entry.key()) {
                        break;
                    }
                    let (epoch, (_, summary)) = entry.remove_entry();
                    let hands = dealt.remove(&epoch).or_else(|| spare.pop());
                    let mut hands = hands.unwrap_or_else(|| shared.shards.hands());
                    let panes = shared.shards.apply(worker, epoch, &mut hands, &summary);
                    shared.panes.take(epoch, panes);
                    let by_all = shared.shards.finish(worker, epoch, &summary);
                    shared.panes.give(by_all);
                    spare.push(hands);
                }
            }
        },
    )
}

/// The first epoch of which something may still come.
fn end(frontier: &MutableAntichain<Epoch>) -> Epoch {
    frontier.frontier().first().copied().unwrap_or(Epoch::MAX)
}
