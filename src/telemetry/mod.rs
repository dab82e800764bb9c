//! Traces and metrics of turns, as OpenTelemetry has them.
//!
//! - [`spans`]: the record of a turn as a tree of spans; pure.
//! - `export`: collectors and files, and what happens when they are away.
//! - `metrics`: histograms of what turns took, counts of what stages did.
//! - `stage`: hands finished turns over.
//!
//! Invariant: no stage waits for telemetry. Records come in like those of the log, on an edge of
//! their own, and what a collector is too slow for is dropped there.

mod export;
mod file;
mod metrics;
pub mod spans;
mod stage;
#[cfg(test)]
mod tests;
mod tls;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use antiphon_actors::ledger::Record;
use antiphon_actors::shell::Blueprint;
use antiphon_actors::{Clock, Time};
use antiphon_config::Pipeline;
use opentelemetry::trace::{Span as _, SpanBuilder, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SdkTracer, SdkTracerProvider};

use crate::engine::Snapshots;
use metrics::TurnMetrics;
use spans::{Event, Identity};

/// How long is waited at the end for what was not sent yet.
const FLUSH_LIMIT: Duration = Duration::from_secs(2);

/// Called once with why a collector or a file does not take what it is given.
pub type Tell = Arc<dyn Fn(String) + Send + Sync>;

/// Why telemetry cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The exporter does not take its settings.
    #[error("telemetry to `{endpoint}`: {message}")]
    Exporter {
        /// Where it was to send to.
        endpoint: String,
        /// What is wrong.
        message: String,
    },
    /// The file cannot be written.
    #[error("cannot write traces to `{path}`: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The certificates that a variable of the environment names cannot be used.
    #[error("`{name}` names `{}`, which cannot be used: {reason}", path.display())]
    Certificate {
        /// The variable.
        name: &'static str,
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        reason: String,
    },
    /// A variable of the environment is wrong.
    #[error("`{name}` is `{value}`; {expected} is expected")]
    Variable {
        /// The variable.
        name: &'static str,
        /// What it says.
        value: String,
        /// What it could say.
        expected: &'static str,
    },
}

/// What is told of one run.
pub struct Telemetry {
    tracer: SdkTracer,
    traces: SdkTracerProvider,
    meters: SdkMeterProvider,
    metrics: TurnMetrics,
    identity: Identity,
    wall: WallClock,
    counts: metrics::Counts,
    seen: Mutex<BTreeMap<String, u64>>,
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// What the pipeline's clock shows in the world.
#[derive(Clone, Copy, Debug)]
struct WallClock(SystemTime);

impl WallClock {
    fn at(self, time: Time) -> SystemTime {
        self.0 + time.since_start()
    }
}

impl Telemetry {
    /// What the pipeline file and the environment ask for; nothing if that is nothing. Must be
    /// called within a runtime.
    ///
    /// # Errors
    /// When an address or a variable is wrong, or a file cannot be written. A collector that is
    /// away is no error: `tell` hears of it once.
    pub fn start(
        pipeline: &Pipeline,
        clock: Clock,
        tell: &Tell,
    ) -> Result<Option<Arc<Self>>, TelemetryError> {
        let Some(providers) = export::providers(&pipeline.telemetry, tell)? else {
            return Ok(None);
        };
        let wall = WallClock(SystemTime::now() - clock.now().since_start());
        let ids = RandomIdGenerator::default();
        let identity =
            Identity::new(pipeline, ids.new_trace_id().to_string(), ids.new_trace_id().to_string());
        Ok(Some(Arc::new(Self::over(providers, identity, wall))))
    }

    fn over(providers: export::Providers, identity: Identity, wall: WallClock) -> Self {
        let export::Providers { traces, meters } = providers;
        let counts = metrics::Counts::default();
        Self {
            tracer: opentelemetry::trace::TracerProvider::tracer(&traces, "antiphon"),
            metrics: TurnMetrics::new(&meters, &counts),
            traces,
            meters,
            identity,
            wall,
            counts,
            seen: Mutex::default(),
        }
    }

    /// Takes the counts of the stages from here.
    pub fn watch(&self, snapshots: Snapshots) {
        self.counts.watch(snapshots);
    }

    /// What takes the program's own spans, such as its start, with the events in them.
    pub fn layer<S>(&self) -> impl tracing_subscriber::Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    {
        tracing_opentelemetry::layer().with_tracer(self.tracer.clone())
    }

    /// How to make the stage that hands finished turns over.
    pub fn blueprint(self: &Arc<Self>) -> Arc<dyn Blueprint> {
        stage::blueprint(self.clone())
    }

    /// Tells of a finished turn.
    pub fn tell(&self, record: &Record) {
        self.metrics.take(record);
        let mut spans = spans::spans(record, &self.identity);
        if let Some(turn) = spans.first_mut() {
            turn.events.extend(self.news(turn.end));
        }
        let mut contexts: Vec<Context> = Vec::with_capacity(spans.len());
        for span in &spans {
            // Parents come before their children.
            let parent = span.parent.and_then(|parent| contexts.get(parent).cloned());
            let builder = SpanBuilder::from_name(span.name.clone())
                .with_start_time(self.wall.at(span.start))
                .with_attributes(span.attributes.iter().cloned());
            let mut built = self.tracer.build_with_context(builder, &parent.unwrap_or_default());
            for Event { name, at, attributes } in &span.events {
                built.add_event_with_timestamp(*name, self.wall.at(*at), attributes.clone());
            }
            if let Some(error) = &span.error {
                built.set_status(Status::error(error.clone()));
            }
            contexts.push(Context::new().with_span(built));
        }
        for (span, context) in spans.iter().zip(contexts) {
            context.span().end_with_timestamp(self.wall.at(span.end));
        }
    }

    /// Restarts and drops since the last turn.
    fn news(&self, at: Time) -> Vec<Event> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut events = Vec::new();
        self.counts.each(|count| {
            let before = seen.insert(count.key(), count.value).unwrap_or_default();
            if count.value > before && count.is_event() {
                let mut attributes = count.attributes.clone();
                attributes.push(KeyValue::new("count", (count.value - before) as i64));
                events.push(Event { name: count.event, at, attributes });
            }
        });
        events
    }

    /// Sends what was not sent yet, in bounded time; blocks.
    pub fn finish(&self) {
        // An exporter that fails has told so itself.
        drop(self.traces.shutdown_with_timeout(FLUSH_LIMIT));
        drop(self.meters.shutdown_with_timeout(FLUSH_LIMIT));
    }
}
