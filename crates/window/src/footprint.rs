//! What is held takes in memory. The figures hang on what is held and on nothing else, so
//! that they are the same on every machine and for any number of workers.

use hashbrown::HashMap;
use std::hash::Hash;

/// How much memory a key takes beyond its own size.
pub trait Footprint {
    /// Heap bytes, about.
    fn bytes(&self) -> usize;
}

impl Footprint for String {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Footprint for &str {
    fn bytes(&self) -> usize {
        0
    }
}

impl Footprint for Option<std::sync::Arc<str>> {
    fn bytes(&self) -> usize {
        /// The two counters before the text.
        const COUNTERS: usize = 16;
        /// What allocators deal in.
        const GRAIN: usize = 16;
        self.as_ref().map_or(0, |text| (COUNTERS + text.len()).next_multiple_of(GRAIN))
    }
}

/// What a hash table takes beside what its keys and values point at. Where it will soon
/// have to move, or has been shrunk by as much, the larger table counts too: both are
/// there at once.
pub fn table_bytes<K, V>(entries: usize) -> usize {
    let (now, soon) = (buckets(entries), buckets(entries + entries.div_ceil(7)));
    let all = if soon > now { now + soon } else { now };
    // A byte a bucket is the table's own.
    all * (size_of::<(K, V)>() + 1)
}

/// Brings a table of which entries were removed to the size that [`table_bytes`] says. Each
/// may have left a trace in its place, and a table full of traces doubles for new entries.
pub fn repack<K: Hash + Eq, V>(table: &mut HashMap<K, V>) {
    let kept: Vec<(K, V)> = table.drain().collect();
    table.shrink_to(kept.len() + kept.len().div_ceil(7));
    table.extend(kept);
}

/// A table is full to seven eighths at most, and doubles.
fn buckets(entries: usize) -> usize {
    match entries {
        0 => 0,
        1..=3 => 4,
        4..=7 => 8,
        _ => (entries * 8).div_ceil(7).next_power_of_two(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_never_larger_than_it_is_said_to_be_and_seldom_less_than_half() {
        let mut table: HashMap<u64, u64> = HashMap::new();
        let mut near = 0;
        for entries in 1..20_000 {
            table.insert(entries, 0);
            let said = table_bytes::<u64, u64>(table.len());
            // A group of bytes for itself, whatever its size.
            let is = table.allocation_size() - 16;
            assert!(is <= said && said <= 3 * is, "{entries}: {is} is said to be {said}");
            near += usize::from(said <= 2 * is);
        }
        assert!(near > 15_000, "{near}");
    }

    #[test]
    fn a_table_that_lets_go_and_takes_again_does_not_grow() {
        let mut table: HashMap<u64, u64> = (0..7_000).map(|key| (key, 0)).collect();
        let size = table.allocation_size();
        for round in 0..100 {
            let least = round * 1_000;
            table.retain(|key, _| *key >= least + 1_000);
            repack(&mut table);
            table.extend((least..least + 1_000).map(|key| (key + 7_000, 0)));
            assert!(table.len() == 7_000 && table.allocation_size() <= size, "round {round}");
        }
    }

    #[test]
    fn before_a_table_moves_both_are_counted() {
        let before = table_bytes::<u64, u64>(7 << 10);
        assert_eq!(before, (8 + 16) * 1024 * 17);
    }
}
