//! Histograms of what turns took, and counts of what stages did.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use antiphon_actors::distribution::{self, Distribution};
use antiphon_actors::ledger::{EndReason, Record, Speculation};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{
    Counter, Histogram, Meter, MeterProvider, ObservableCounter, ObservableGauge,
};
use opentelemetry_sdk::metrics::SdkMeterProvider;

use crate::engine::{Length, Lengths, Snapshots};

/// Bounds between what a person hears as at once, as a pause, and as a fault, in seconds.
const BOUNDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.0, 4.0, 8.0];

/// What is measured of turns.
pub(super) struct TurnMetrics {
    turns: Counter<u64>,
    dead_air: Histogram<f64>,
    tiles: Histogram<f64>,
    user_bot_latency: Histogram<f64>,
    barge_in_stop: Histogram<f64>,
    first_partial: Histogram<f64>,
    wasted_tokens: Counter<u64>,
    _observed: Vec<ObservableCounter<u64>>,
    _depth: ObservableGauge<u64>,
}

impl TurnMetrics {
    pub(super) fn new(provider: &SdkMeterProvider, counts: &Counts) -> Self {
        let meter = provider.meter("antiphon");
        let seconds = |name: &'static str, what: &'static str| {
            let builder = meter.f64_histogram(name).with_unit("s").with_description(what);
            builder.with_boundaries(BOUNDS.to_vec()).build()
        };
        Self {
            turns: meter.u64_counter("antiphon.turns").with_description("turns closed").build(),
            dead_air: seconds("antiphon.turn.dead_air", "last voiced to first audible sample"),
            tiles: seconds("antiphon.turn.tile", "parts of dead air"),
            user_bot_latency: seconds(
                "antiphon.turn.user_bot_latency",
                "last voiced sample to the hand-over of the reply to playback",
            ),
            barge_in_stop: seconds(
                "antiphon.turn.barge_in_stop",
                "first voiced sample of an interruption to the last sample of the reply",
            ),
            first_partial: seconds(
                "antiphon.turn.first_partial",
                "first voiced sample to the first partial transcript",
            ),
            wasted_tokens: meter
                .u64_counter("antiphon.turn.wasted_tokens")
                .with_description("tokens written for attempts that were thrown away")
                .build(),
            _observed: Series::ALL.map(|series| observed(&meter, series, counts)).into(),
            _depth: depth(&meter, counts),
        }
    }

    pub(super) fn take(&self, record: &Record) {
        let seconds = |ms: f64| ms / 1e3;
        self.turns.add(
            1,
            &[
                KeyValue::new("end_reason", end_reason(record.end_reason)),
                KeyValue::new("speculation", speculation(record.speculation)),
            ],
        );
        self.wasted_tokens.add(record.wasted_tokens, &[]);
        let figures = [
            (&self.dead_air, record.dead_air_ms),
            (&self.user_bot_latency, record.user_bot_latency_ms),
            (&self.barge_in_stop, record.barge_in_stop_ms),
            (&self.first_partial, record.first_partial_ms),
        ];
        for (histogram, ms) in figures {
            if let Some(ms) = ms {
                histogram.record(seconds(ms), &[]);
            }
        }
        for (tile, ms) in &record.tiles {
            if let Some(ms) = ms {
                self.tiles.record(seconds(*ms), &[KeyValue::new("tile", tile.name())]);
            }
        }
    }
}

/// The word for how a turn ended.
pub(super) fn end_reason(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Finished => "finished",
        EndReason::Interrupted => "interrupted",
        EndReason::NoWords => "no_words",
        EndReason::Failed => "failed",
        EndReason::TimedOut => "timed_out",
        EndReason::Stopped => "stopped",
    }
}

/// The word for whether answering in advance paid.
pub(super) fn speculation(speculation: Speculation) -> &'static str {
    match speculation {
        Speculation::Hit => "hit",
        Speculation::Miss => "miss",
        Speculation::None => "none",
    }
}

/// What is counted of stages and edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Series {
    Handled,
    Restarts,
    Dropped,
}

impl Series {
    const ALL: [Self; 3] = [Self::Handled, Self::Restarts, Self::Dropped];

    const fn name(self) -> &'static str {
        match self {
            Self::Handled => "antiphon.stage.handled",
            Self::Restarts => "antiphon.stage.restarts",
            Self::Dropped => "antiphon.edge.dropped",
        }
    }
}

fn observed(meter: &Meter, series: Series, counts: &Counts) -> ObservableCounter<u64> {
    let counts = counts.clone();
    let callback = move |observer: &dyn opentelemetry::metrics::AsyncInstrument<u64>| {
        counts.each(|count| {
            if count.series == series {
                observer.observe(count.value, &count.attributes);
            }
        });
    };
    meter.u64_observable_counter(series.name()).with_callback(callback).build()
}

/// Watches the queues: how many frames wait in them now, how long frames waited, and how long stages
/// worked at what they took out.
fn depth(meter: &Meter, counts: &Counts) -> ObservableGauge<u64> {
    let (counts, lengths) = (counts.clone(), LengthMetrics::new(meter));
    let callback = move |observer: &dyn opentelemetry::metrics::AsyncInstrument<u64>| {
        // What is recorded while a collection begins is part of it.
        lengths.collect(&counts);
        counts.depths(|depth, attributes| observer.observe(depth, attributes));
    };
    let gauge = meter.u64_observable_gauge("antiphon.edge.depth");
    gauge.with_description("frames waiting").with_callback(callback).build()
}

/// Histograms of what every frame costs. The stages count by themselves, and what is new is handed
/// over when it is collected: no frame waits for telemetry.
struct LengthMetrics {
    wait: Histogram<f64>,
    process: Histogram<f64>,
    job: Histogram<f64>,
    /// What was handed over before, by stage and what took it.
    seen: Mutex<BTreeMap<(String, Length), Distribution>>,
}

impl LengthMetrics {
    fn new(meter: &Meter) -> Self {
        let seconds = |name: &'static str, what: &'static str| {
            let builder = meter.f64_histogram(name).with_unit("s").with_description(what);
            builder.with_boundaries(distribution::BOUNDS.to_vec()).build()
        };
        Self {
            wait: seconds(
                "antiphon.edge.wait.duration",
                "from a frame's place in the queue until the stage takes it",
            ),
            process: seconds(
                "antiphon.stage.process.duration",
                "steps of a stage: a frame, a result or a deadline; its worker's time is not in it",
            ),
            job: seconds(
                "antiphon.stage.job.duration",
                "jobs of a stage's worker, such as a step of a network; waiting for the stage is not in it",
            ),
            seen: Mutex::default(),
        }
    }

    fn collect(&self, counts: &Counts) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for Lengths { stage, what, taken } in counts.lengths() {
            let mut attributes = vec![KeyValue::new("stage", stage.clone())];
            let histogram = match &what {
                Length::Wait(from) => {
                    attributes.push(KeyValue::new("from", from.clone()));
                    &self.wait
                }
                Length::Step => &self.process,
                Length::Job(job) => {
                    attributes.push(KeyValue::new("job", *job));
                    &self.job
                }
            };
            let before = seen.entry((stage, what)).or_default();
            for (mean, count) in taken.since(before).means() {
                (0..count).for_each(|_| histogram.record(mean, &attributes));
            }
            *before = taken;
        }
    }
}

/// One count at one moment.
pub(super) struct Count {
    series: Series,
    pub(super) event: &'static str,
    pub(super) attributes: Vec<KeyValue>,
    pub(super) value: u64,
}

impl Count {
    /// Names the count among all.
    pub(super) fn key(&self) -> String {
        let attributes = self.attributes.iter().map(|it| it.value.to_string());
        attributes.fold(self.series.name().to_string(), |key, value| key + "/" + &value)
    }

    /// Whether it is worth an event when it grows.
    pub(super) fn is_event(&self) -> bool {
        match self.series {
            Series::Restarts | Series::Dropped => true,
            Series::Handled => false,
        }
    }
}

/// The counts of a pipeline, once it is there.
#[derive(Clone, Default)]
pub(super) struct Counts(Arc<OnceLock<Snapshots>>);

impl Counts {
    pub(super) fn watch(&self, snapshots: Snapshots) {
        snapshots.measure();
        // A run has one pipeline.
        drop(self.0.set(snapshots));
    }

    fn lengths(&self) -> Vec<Lengths> {
        self.0.get().map(Snapshots::lengths).unwrap_or_default()
    }

    /// How many frames wait on each edge.
    fn depths(&self, mut take: impl FnMut(u64, &[KeyValue])) {
        let stages = self.0.get().map(Snapshots::take).unwrap_or_default();
        for stage in stages {
            for queue in stage.queues {
                let stage = KeyValue::new("stage", stage.stage.clone());
                take(queue.depth as u64, &[stage, KeyValue::new("from", queue.from)]);
            }
        }
    }

    /// Every count now.
    pub(super) fn each(&self, mut take: impl FnMut(&Count)) {
        let Some(snapshots) = self.0.get() else { return };
        for stage in snapshots.take() {
            let mut one = |series: Series, event, value, more: Vec<KeyValue>| {
                let mut attributes = vec![KeyValue::new("stage", stage.stage.clone())];
                attributes.extend(more);
                take(&Count { series, event, attributes, value });
            };
            one(Series::Handled, "", stage.handled, Vec::new());
            one(Series::Restarts, "stage.restart", stage.restarts.into(), Vec::new());
            for queue in &stage.queues {
                let reasons = BTreeMap::from([
                    ("full", queue.dropped_full),
                    ("superseded", queue.dropped_superseded),
                    ("stale", queue.dropped_stale),
                    ("restart", queue.dropped_restart),
                    ("closed", queue.dropped_closed),
                ]);
                for (reason, value) in reasons {
                    let from = KeyValue::new("from", queue.from.clone());
                    let reason = KeyValue::new("reason", reason);
                    one(Series::Dropped, "edge.drop", value, vec![from, reason]);
                }
            }
        }
    }
}
