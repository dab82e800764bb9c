//! What stages say of themselves, on standard error: warnings, and with `RUST_LOG` more.

use std::fmt::{self, Write as _};

use antiphon::telemetry::Telemetry;
use anyhow::{Context as _, Result};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer};

/// Listens to all stages from here on; what happens within a span goes to `telemetry` as well.
///
/// # Errors
/// When `RUST_LOG` is not a list of filters.
pub(crate) fn listen(telemetry: Option<&Telemetry>) -> Result<()> {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .parse(&wanted)
        .with_context(|| {
            format!(
                "`RUST_LOG` is `{wanted}`; such as `info` or `antiphon_actors=debug` is expected"
            )
        })?;
    let lines = tracing_subscriber::fmt::layer()
        .event_format(Line)
        .with_writer(std::io::stderr)
        .with_filter(filter);
    // And not what the exporters' own libraries say of their requests.
    let own = Targets::new().with_target("antiphon", LevelFilter::INFO);
    let traced = telemetry.map(|telemetry| telemetry.layer().with_filter(own));
    let subscriber = tracing_subscriber::registry().with(lines).with(traced);
    tracing::subscriber::set_global_default(subscriber).context("cannot listen to the stages")
}

/// One line an event, as the program's other messages: `warning: stage `mic`: …`.
struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut said = Said::default();
        event.record(&mut said);
        let level = match *event.metadata().level() {
            Level::ERROR => "error",
            Level::WARN => "warning",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        };
        writer.write_str(level)?;
        match said.stage {
            Some(stage) => write!(writer, ": stage `{stage}`: ")?,
            None => writer.write_str(": ")?,
        }
        writeln!(writer, "{}{}", said.message, said.rest)
    }
}

/// What an event says.
#[derive(Default)]
struct Said {
    stage: Option<String>,
    message: String,
    rest: String,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "stage" => self.stage = Some(format!("{value:?}").trim_matches('"').to_string()),
            "message" => self.message = format!("{value:?}"),
            // Writing to a string cannot fail.
            name => {
                write!(self.rest, " {name}={value:?}").ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().map_err(|_| io::ErrorKind::Other)?.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_name_the_stage() {
        let page = Page::default();
        let writer = page.clone();
        let lines =
            tracing_subscriber::fmt::layer().event_format(Line).with_writer(move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(stage = %"mic", "the signal is weak");
            tracing::error!("no space is left");
            tracing::info!(stage = "tts", took = 3, "ready");
        });
        let text = String::from_utf8(page.0.lock().expect("no panic").clone()).expect("UTF-8");
        assert_eq!(
            text,
            "warning: stage `mic`: the signal is weak\nerror: no space is left\n\
             info: stage `tts`: ready took=3\n"
        );
    }
}
