//! Which hashtag is how popular: a Zipf law over ranks, and ranks that drift.

use super::random::Random;
use super::tags;

/// A tag that shoots up comes in above this rank.
const TOP: usize = 16;
/// One step in so many brings a tag up.
const TREND: u64 = 8;
/// A longer drift between two tweets looks like this one.
const LONGEST: u64 = 1_000;
/// Each of these parts of the whole knows where its ranks begin.
const PARTS: usize = 1 << 12;

/// The law and the present ranking.
pub(super) struct Ranking {
    seed: u64,
    /// The tag at each rank.
    tags: Vec<u32>,
    /// The drift's steps that were taken.
    steps: u64,
    /// At each rank, the share of it and all before, of 2^64.
    shares: Vec<u64>,
    /// The first rank of each part.
    parts: Vec<u32>,
}

impl Ranking {
    pub(super) fn new(seed: u64) -> Self {
        // Weights 1 / rank: only divisions and sums, which are equal on every machine.
        let weights = (1..=tags::COUNT).map(|rank| 1.0 / rank as f64);
        let total: f64 = weights.clone().sum();
        let mut sum = 0.0;
        let shares: Vec<u64> = weights
            .map(|weight| {
                sum += weight / total;
                (sum * 18_446_744_073_709_551_616.0) as u64
            })
            .collect();
        let parts = (0..PARTS as u64).map(|part| shares.partition_point(|share| *share < part << 52) as u32);
        let parts = parts.collect();
        Ranking { seed, tags: (0..tags::COUNT as u32).collect(), steps: 0, shares, parts }
    }

    /// Takes the drift to its step; it never goes back. The tags of the head stay among
    /// themselves, so a list of the top is always one of words.
    pub(super) fn drift_to(&mut self, step: u64) {
        self.steps = self.steps.max(step.saturating_sub(LONGEST));
        while self.steps < step {
            self.steps += 1;
            let mut random = Random::at(!self.seed, self.steps);
            let upper = random.below(tags::HEAD.len() - 1);
            self.tags.swap(upper, upper + 1);
            if self.steps.is_multiple_of(TREND) {
                let (to, from) = (random.below(TOP), TOP + random.below(tags::HEAD.len() - TOP));
                // Up at once, while those that make room sink slowly.
                self.tags[to..=from].rotate_right(1);
            }
        }
    }

    /// A tag, the popular ones more often.
    pub(super) fn tag(&self, random: &mut Random) -> usize {
        let share = random.next();
        let part = (share >> 52) as usize;
        let first = self.parts[part] as usize;
        let last = self.parts.get(part + 1).map_or(self.shares.len() - 1, |next| *next as usize);
        let rank = first + self.shares[first..last].partition_point(|upto| *upto < share);
        self.tags[rank] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn popularity_falls_with_the_rank() {
        let ranking = Ranking::new(1);
        let mut counts = vec![0u32; tags::COUNT];
        for place in 0..200_000 {
            counts[ranking.tag(&mut Random::at(1, place))] += 1;
        }
        let total: f64 = (1..=tags::COUNT).map(|rank| 1.0 / rank as f64).sum();
        for rank in [1, 2, 5, 10, 50] {
            let expected = 200_000.0 / rank as f64 / total;
            let off = (f64::from(counts[rank - 1]) - expected).abs() / expected.sqrt();
            assert!(off < 6.0, "rank {rank}: {} against {expected}", counts[rank - 1]);
        }
        assert!(counts[tags::COUNT / 2..].iter().sum::<u32>() > 1_000, "the tail is used");
    }

    #[test]
    fn the_ranking_drifts_and_keeps_every_tag() {
        let mut ranking = Ranking::new(1);
        let before = ranking.tags[..10].to_vec();
        ranking.drift_to(300);
        assert_ne!(ranking.tags[..10], before[..]);
        let mut all = ranking.tags.clone();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..tags::COUNT as u32));
        assert!(ranking.tags[..tags::HEAD.len()].iter().all(|tag| (*tag as usize) < tags::HEAD.len()));
        let mut again = Ranking::new(1);
        (0..=300).for_each(|step| again.drift_to(step));
        assert_eq!(again.tags, ranking.tags);
    }
}
