//! How much memory the process takes, and what loading a stage added to it.

use std::sync::Arc;
use std::time::Duration;

use antiphon_actors::Time;

/// A stage that was ready sooner than this loaded nothing worth mentioning.
const LOADS: Duration = Duration::from_millis(50);

/// Bytes of this process that are in memory, where the system says so.
pub fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// By how much the memory of the process grew while a stage loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Bytes that came to be in memory.
    pub bytes: u64,
    /// Stages that loaded at the same time: what they took is counted here too.
    pub beside: Vec<Arc<str>>,
}

/// A stage on its way to being ready.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loading {
    pub(super) began: Time,
    /// When it was ready, and not before.
    pub(super) ended: Option<Time>,
    /// Resident bytes of the process when it began.
    pub(super) before: Option<u64>,
}

impl Loading {
    pub(super) fn begin(now: Time) -> Self {
        Self { began: now, ended: None, before: resident() }
    }

    /// Whether it loaded something while another stage did, from `began` until `ended`.
    fn overlaps(&self, began: Time, ended: Time) -> bool {
        let until = self.ended.unwrap_or(ended);
        let both = until.min(ended).since(self.began.max(began));
        until.since(self.began) >= LOADS && both > Duration::ZERO
    }
}

/// What loading the stage at `place` added, if it loaded anything and the system says how much:
/// `after` are the resident bytes of the process when it was ready.
pub(super) fn growth(
    stages: &[(Arc<str>, Option<Loading>)],
    place: usize,
    after: Option<u64>,
) -> Option<Growth> {
    let (_, own) = stages.get(place)?;
    let Loading { began, ended, before } = (*own)?;
    let ended = ended.filter(|ended| ended.since(began) >= LOADS)?;
    let bytes = after?.saturating_sub(before?);
    let others = stages.iter().enumerate().filter(|(other, _)| *other != place);
    let beside = others
        .filter(|(_, (_, loading))| loading.is_some_and(|it| it.overlaps(began, ended)))
        .map(|(_, (id, _))| id.clone());
    Some(Growth { bytes, beside: beside.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_that_load_at_the_same_time_are_named() {
        let at = Time::from_millis;
        let load = |id: &str, began, ended: Option<u64>| {
            let loading = Loading { began: at(began), ended: ended.map(at), before: Some(1000) };
            (Arc::from(id), Some(loading))
        };
        let stages = [
            load("stt", 0, Some(300)),
            load("llm", 100, None),
            load("chunker", 100, Some(149)),
            load("tts", 300, Some(400)),
            ("speaker".into(), None),
        ];
        let check = |place: usize, after: Option<u64>, expected: Option<(u64, &[&str])>| {
            let found = growth(&stages, place, after);
            let found = found
                .as_ref()
                .map(|it| (it.bytes, it.beside.iter().map(|id| &**id).collect::<Vec<_>>()));
            assert_eq!(found, expected.map(|(bytes, beside)| (bytes, beside.to_vec())), "{place}");
        };
        check(0, Some(1700), Some((700, &["llm"])));
        check(0, Some(900), Some((0, &["llm"])));
        check(0, None, None);
        check(1, Some(1700), None);
        check(2, Some(1700), None);
        check(3, Some(1700), Some((700, &["llm"])));
        check(4, Some(1700), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_has_memory() {
        assert!(resident().is_some_and(|bytes| bytes > 1 << 20));
    }
}
