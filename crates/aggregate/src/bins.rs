//! The bins of a DDSketch, with one form.

use serde::{Deserialize, Serialize};
use sketches_ddsketch::Config;
use std::sync::LazyLock;

/// A little less than the 1 % that is stated, to cover what the mapping rounds.
const ALPHA: f64 = 0.0099;

/// The bins of each sign: they span a factor of e^(2048 · 0.0198) > 10¹⁷.
const LIMIT: i32 = 2_048;

/// Less than the key of any float that is not subnormal, so that places begin at 1.
const FLOOR: i32 = -36_000;

/// The mapping of values to bins. Its limit of bins and its least value are not used here.
static MAPPING: LazyLock<Config> = LazyLock::new(|| Config::new(ALPHA, LIMIT as u32, f64::MIN_POSITIVE));

/// What a value may be off by.
pub(crate) fn error() -> String {
    "a relative error of at most 1 % for numbers down to 1e-17 of the largest magnitude".to_owned()
}

/// How many values lie in each bin, in the order of values. A bin's place is above zero
/// for values above zero and below for those below; subnormal numbers count as zero,
/// and so does the place. Those nearer to zero than [`LIMIT`] bins from the farthest
/// value are in the last of these bins.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Bins(Vec<(i32, u64)>);

impl Bins {
    pub(crate) fn add(&mut self, value: f64) {
        self.put(&[(place(value), 1)]);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.put(&other.0);
    }

    /// Adds to bins that are there, and then those that are not.
    fn put(&mut self, bins: &[(i32, u64)]) {
        let held = self.0.len();
        for bin in bins {
            match self.0[..held].binary_search_by_key(&bin.0, |bin| bin.0) {
                Ok(at) => self.0[at].1 += bin.1,
                Err(_) => self.0.push(*bin),
            }
        }
        if self.0.len() > held {
            // A stable sort joins two runs in one pass.
            self.0.sort_by_key(|bin| bin.0);
            self.fold();
        }
    }

    /// Folds the bins that are too near to zero.
    fn fold(&mut self) {
        let farthest = self.0.first().into_iter().chain(self.0.last()).map(|bin| bin.0.abs()).max();
        let nearest = farthest.unwrap_or(0) - LIMIT + 1;
        let is_nearer = |place: i32| place != 0 && place.abs() < nearest;
        if !self.0.iter().any(|bin| is_nearer(bin.0)) {
            return;
        }
        for bin in self.0.iter_mut().filter(|bin| is_nearer(bin.0)) {
            bin.0 = bin.0.signum() * nearest;
        }
        self.0.dedup_by(|next, bin| {
            let same = next.0 == bin.0;
            bin.1 += if same { next.1 } else { 0 };
            same
        });
    }

    /// The number of values.
    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|bin| bin.1).sum()
    }

    /// The value of that rank, counted from 0, to within the error.
    pub(crate) fn value(&self, rank: u64) -> Option<f64> {
        let mut seen = 0;
        let bin = self.0.iter().find(|bin| {
            seen += bin.1;
            seen > rank
        });
        bin.map(|bin| value(bin.0))
    }

    /// Memory beyond itself.
    pub(crate) fn heap(&self) -> usize {
        size_of_val(self.0.as_slice())
    }
}

fn place(value: f64) -> i32 {
    if value.abs() < f64::MIN_POSITIVE {
        return 0;
    }
    let place = MAPPING.key(value.abs()) - FLOOR;
    if value < 0.0 { -place } else { place }
}

fn value(place: i32) -> f64 {
    match place {
        0 => 0.0,
        _ => f64::from(place.signum()) * MAPPING.value(place.abs() + FLOOR),
    }
}
