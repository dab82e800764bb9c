//! Moments as milliseconds of the session's clock, to the nanosecond.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Time;

/// Milliseconds.
pub(crate) fn of(length: Duration) -> f64 {
    length.as_nanos() as f64 / 1e6
}

fn moment(ms: f64) -> Time {
    // A conversion of a number that is none, or too small or large, saturates.
    Time::from_start(Duration::from_nanos((ms * 1e6).round() as u64))
}

/// A moment that is known.
pub(super) mod known {
    use super::{Deserialize, Deserializer, Serializer, Time, moment, of};

    pub(in crate::ledger) fn serialize<S: Serializer>(at: &Time, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(of(at.since_start()))
    }

    pub(in crate::ledger) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Time, D::Error> {
        f64::deserialize(from).map(moment)
    }
}

pub(super) fn serialize<S: Serializer>(at: &Option<Time>, to: S) -> Result<S::Ok, S::Error> {
    at.map(|at| of(at.since_start())).serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Time>, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.map(moment))
}
