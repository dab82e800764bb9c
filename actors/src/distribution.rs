//! How long something took, counted between fixed bounds.

use std::time::Duration;

/// The bounds, in seconds: steps of cores take microseconds, waits for a full queue seconds.
pub const BOUNDS: [f64; 18] = [
    1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1.0, 2.5, 5.0,
];

/// Counts of lengths of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// One for the lengths up to each of [`BOUNDS`] and above the one before, one for the rest.
    buckets: [Bucket; BOUNDS.len() + 1],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bucket {
    count: u64,
    nanos: u64,
}

impl Distribution {
    /// Counts a length.
    pub fn add(&mut self, length: Duration) {
        let nanos = u64::try_from(length.as_nanos()).unwrap_or(u64::MAX);
        let seconds = nanos as f64 / 1e9;
        let place = BOUNDS.partition_point(|bound| *bound < seconds);
        if let Some(bucket) = self.buckets.get_mut(place) {
            bucket.count += 1;
            bucket.nanos = bucket.nanos.saturating_add(nanos);
        }
    }

    /// How many lengths were counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.count).sum()
    }

    /// What was counted after `before` was taken from it.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let mut later = self.clone();
        for (bucket, before) in later.buckets.iter_mut().zip(&before.buckets) {
            bucket.count = bucket.count.saturating_sub(before.count);
            bucket.nanos = bucket.nanos.saturating_sub(before.nanos);
        }
        later
    }

    /// Mean length in seconds and count between each two bounds: as many samples of these lengths
    /// have the same counts and the same sum.
    pub fn means(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let some = self.buckets.iter().filter(|bucket| bucket.count > 0);
        some.map(|bucket| (bucket.nanos as f64 / (bucket.count as f64 * 1e9), bucket.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: &[u64]) -> Distribution {
        let mut all = Distribution::default();
        micros.iter().for_each(|it| all.add(Duration::from_micros(*it)));
        all
    }

    #[test]
    fn lengths_are_counted_between_bounds() {
        let check = |micros: &[u64], expected: &[(f64, u64)]| {
            assert_eq!(of(micros).means().collect::<Vec<_>>(), expected, "{micros:?}");
        };
        check(&[], &[]);
        check(&[0], &[(0.0, 1)]);
        // A bound belongs to what is below it.
        check(&[10, 11, 25], &[(1e-5, 1), (1.8e-5, 2)]);
        check(&[5_000_000, 5_000_001, 90_000_001], &[(5.0, 1), (47.500001, 2)]);
    }

    #[test]
    fn every_mean_lies_where_its_lengths_were_counted() {
        for (place, bound) in BOUNDS.into_iter().enumerate() {
            let at = Duration::from_secs_f64(bound);
            for length in [at, at - Duration::from_nanos(1), at + Duration::from_nanos(1)] {
                let mut all = Distribution::default();
                (0..3).for_each(|_| all.add(length));
                let (mean, count) = all.means().next().expect("three lengths");
                let found = BOUNDS.partition_point(|bound| *bound < mean);
                assert_eq!((found, count), (place + usize::from(length > at), 3), "{length:?}");
            }
        }
    }

    #[test]
    fn what_came_later_is_the_rest() {
        let (before, all) = (of(&[20, 300]), of(&[20, 300, 15, 7_000]));
        assert_eq!(all.since(&before), of(&[15, 7_000]));
        assert_eq!((all.count(), all.since(&all).count()), (4, 0));
    }
}
