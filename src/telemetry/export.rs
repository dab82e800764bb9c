//! Where telemetry goes, by the pipeline file and the standard variables of the environment.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use antiphon_config::{OtlpProtocol, Telemetry};
use opentelemetry_otlp::{
    MetricExporter, Protocol, SpanExporter as OtlpSpans, WithExportConfig, WithHttpConfig,
    WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{SdkMeterProvider, Temporality};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};

use super::file::FileExporter;
use super::tls::{Signal, Trust};
use super::{TelemetryError, Tell};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const METRICS_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";

/// What spans and measurements are given to.
#[derive(Debug)]
pub(super) struct Providers {
    pub(super) traces: SdkTracerProvider,
    pub(super) meters: SdkMeterProvider,
}

/// Where to send to, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Otlp {
    /// Without the path of a signal; the environment says where if there is none.
    endpoint: Option<String>,
    protocol: OtlpProtocol,
}

/// Reads a variable of the environment; those that are empty count as not set.
pub(super) type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The collector that is asked for, if one is.
fn otlp(settings: &Telemetry, variable: Variable<'_>) -> Result<Option<Otlp>, TelemetryError> {
    let is = |name: &str, value: &str| {
        variable(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    };
    let asked =
        [ENDPOINT, TRACES_ENDPOINT, METRICS_ENDPOINT].iter().any(|it| variable(it).is_some());
    let wanted = settings.otlp.unwrap_or_else(|| {
        settings.endpoint.is_some() || asked || is("OTEL_TRACES_EXPORTER", "otlp")
    });
    if !wanted || is("OTEL_SDK_DISABLED", "true") {
        return Ok(None);
    }
    let protocol = match (settings.protocol, variable(PROTOCOL)) {
        (Some(protocol), _) => protocol,
        (None, None) => OtlpProtocol::Grpc,
        (None, Some(value)) => match value.as_str() {
            "grpc" => OtlpProtocol::Grpc,
            "http/protobuf" => OtlpProtocol::Http,
            _ => {
                let expected = "`grpc` or `http/protobuf`";
                return Err(TelemetryError::Variable { name: PROTOCOL, value, expected });
            }
        },
    };
    Ok(Some(Otlp { endpoint: settings.endpoint.clone(), protocol }))
}

/// What takes spans and measurements; nothing if none is asked for.
pub(super) fn providers(
    settings: &Telemetry,
    tell: &Tell,
) -> Result<Option<Providers>, TelemetryError> {
    let otlp = otlp(settings, &variable)?;
    if otlp.is_none() && settings.file.is_none() {
        return Ok(None);
    }
    // The HTTP client takes the process's own, and does not start without one. Whoever came first
    // has set it.
    drop(rustls::crypto::ring::default_provider().install_default());
    let resource = resource();
    let mut traces = SdkTracerProvider::builder().with_resource(resource.clone());
    let mut meters = SdkMeterProvider::builder().with_resource(resource);
    if let Some(otlp) = otlp {
        let told = Told::new(tell, &format!("the collector at {}", otlp.place()));
        traces = traces.with_batch_exporter(Telling { inner: otlp.spans()?, told: told.clone() });
        if variable("OTEL_METRICS_EXPORTER").is_none_or(|it| it != "none") {
            meters = meters.with_periodic_exporter(Telling { inner: otlp.metrics()?, told });
        }
    }
    if let Some(path) = &settings.file {
        let place = format!("`{}`", path.display());
        let inner = FileExporter::open(path)
            .map_err(|source| TelemetryError::File { path: path.display().to_string(), source })?;
        traces = traces.with_batch_exporter(Telling { inner, told: Told::new(tell, &place) });
    }
    Ok(Some(Providers { traces: traces.build(), meters: meters.build() }))
}

/// What the environment says of this program, and its name where that says none.
fn resource() -> Resource {
    let builder = Resource::builder();
    let named = variable("OTEL_SERVICE_NAME").is_some()
        || variable("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|it| it.contains("service.name="));
    let builder = if named { builder } else { builder.with_service_name("antiphon") };
    builder
        .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build()
}

impl Otlp {
    /// Where it sends to, for people.
    fn place(&self) -> String {
        let port = match self.protocol {
            OtlpProtocol::Grpc => 4317,
            OtlpProtocol::Http => 4318,
        };
        let endpoint = self.endpoint.clone().or_else(|| variable(TRACES_ENDPOINT));
        let endpoint = endpoint.or_else(|| variable(ENDPOINT));
        format!("`{}`", endpoint.unwrap_or_else(|| format!("http://localhost:{port}")))
    }

    fn error(&self, error: impl fmt::Display) -> TelemetryError {
        let endpoint = self.place().trim_matches('`').to_string();
        TelemetryError::Exporter { endpoint, message: error.to_string() }
    }

    /// The address for a signal: over HTTP each has its path.
    fn address(&self, signal: &str) -> Option<String> {
        let endpoint = self.endpoint.as_ref()?;
        Some(match self.protocol {
            OtlpProtocol::Grpc => endpoint.clone(),
            OtlpProtocol::Http => format!("{}/v1/{signal}", endpoint.trim_end_matches('/')),
        })
    }

    /// Whom to believe, where the collector is spoken to in secret.
    fn trust(&self, signal: Signal) -> Result<Option<Trust>, TelemetryError> {
        let own = match signal {
            Signal::Traces => TRACES_ENDPOINT,
            Signal::Metrics => METRICS_ENDPOINT,
        };
        let endpoint = self.endpoint.clone().or_else(|| variable(own));
        let endpoint = endpoint.or_else(|| variable(ENDPOINT)).unwrap_or_default();
        let is_secret =
            endpoint.trim().get(..8).is_some_and(|it| it.eq_ignore_ascii_case("https://"));
        is_secret.then(|| Trust::of(signal, &variable)).transpose()
    }

    fn spans(&self) -> Result<OtlpSpans, TelemetryError> {
        let (address, trust) = (self.address("traces"), self.trust(Signal::Traces)?);
        let built = match self.protocol {
            OtlpProtocol::Grpc => {
                let mut builder = OtlpSpans::builder().with_tonic();
                if let Some(trust) = trust {
                    builder = builder.with_tls_config(trust.grpc());
                }
                match address {
                    Some(address) => builder.with_endpoint(address).build(),
                    None => builder.build(),
                }
            }
            OtlpProtocol::Http => {
                let mut builder =
                    OtlpSpans::builder().with_http().with_protocol(Protocol::HttpBinary);
                if let Some(client) = client(trust)? {
                    builder = builder.with_http_client(client);
                }
                match address {
                    Some(address) => builder.with_endpoint(address).build(),
                    None => builder.build(),
                }
            }
        };
        built.map_err(|error| self.error(error))
    }

    fn metrics(&self) -> Result<MetricExporter, TelemetryError> {
        let (address, trust) = (self.address("metrics"), self.trust(Signal::Metrics)?);
        let built = match self.protocol {
            OtlpProtocol::Grpc => {
                let mut builder = MetricExporter::builder().with_tonic();
                if let Some(trust) = trust {
                    builder = builder.with_tls_config(trust.grpc());
                }
                match address {
                    Some(address) => builder.with_endpoint(address).build(),
                    None => builder.build(),
                }
            }
            OtlpProtocol::Http => {
                let http = MetricExporter::builder().with_http();
                let mut builder = http.with_protocol(Protocol::HttpBinary);
                if let Some(client) = client(trust)? {
                    builder = builder.with_http_client(client);
                }
                match address {
                    Some(address) => builder.with_endpoint(address).build(),
                    None => builder.build(),
                }
            }
        };
        built.map_err(|error| self.error(error))
    }
}

/// The HTTP client, where it is not the usual one.
fn client(trust: Option<Trust>) -> Result<Option<reqwest::blocking::Client>, TelemetryError> {
    trust.map_or(Ok(None), |trust| trust.http(&variable))
}

/// Says once that something does not take what it is given.
#[derive(Clone)]
struct Told {
    tell: Tell,
    place: Arc<str>,
    done: Arc<AtomicBool>,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Told").field(&self.place).finish()
    }
}

impl Told {
    fn new(tell: &Tell, place: &str) -> Self {
        Self { tell: tell.clone(), place: place.into(), done: Arc::default() }
    }

    fn look(&self, result: &OTelSdkResult) {
        if let Err(error) = result
            && !self.done.swap(true, Relaxed)
        {
            let place = &self.place;
            (self.tell)(format!("{place} does not take the telemetry, some is lost: {error}"));
        }
    }
}

/// An exporter that is looked after.
#[derive(Debug)]
struct Telling<E> {
    inner: E,
    told: Told,
}

impl<E: SpanExporter> SpanExporter for Telling<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.inner.export(batch).await;
        self.told.look(&result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Telling<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let result = self.inner.export(metrics).await;
        self.told.look(&result);
        result
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.inner.temporality()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telemetry_is_off_unless_someone_asks() {
        #[track_caller]
        fn check(
            settings: Telemetry,
            env: &[(&str, &str)],
            expected: Option<(&str, OtlpProtocol)>,
        ) {
            let variable = |name: &str| {
                env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string())
            };
            let found = otlp(&settings, &variable).expect("valid variables");
            let expected = expected.map(|(endpoint, protocol)| Otlp {
                endpoint: Some(endpoint.to_string()).filter(|it| !it.is_empty()),
                protocol,
            });
            assert_eq!(found, expected, "{settings:?} {env:?}");
        }
        let (grpc, http) = (OtlpProtocol::Grpc, OtlpProtocol::Http);
        let none = Telemetry::default;
        let set = |otlp| Telemetry { otlp: Some(otlp), ..none() };
        let to = Telemetry { endpoint: Some("http://a:1".into()), ..none() };
        let over = Telemetry { protocol: Some(http), ..to.clone() };
        let address = (ENDPOINT, "http://b:2");
        check(none(), &[], None);
        check(none(), &[("OTEL_TRACES_EXPORTER", "otlp")], Some(("", grpc)));
        check(none(), &[address], Some(("", grpc)));
        check(none(), &[address, (PROTOCOL, "http/protobuf")], Some(("", http)));
        check(none(), &[address, ("OTEL_SDK_DISABLED", "true")], None);
        check(none(), &[(TRACES_ENDPOINT, "http://b:2")], Some(("", grpc)));
        check(set(true), &[], Some(("", grpc)));
        check(set(false), &[address], None);
        check(to, &[address], Some(("http://a:1", grpc)));
        check(over, &[(PROTOCOL, "grpc")], Some(("http://a:1", http)));
    }

    #[test]
    fn a_protocol_that_nobody_speaks_is_refused() {
        let variable = |name: &str| (name == PROTOCOL).then(|| "carrier-pigeon".to_string());
        let settings = Telemetry { otlp: Some(true), ..Telemetry::default() };
        let error = otlp(&settings, &variable).expect_err("an unknown protocol");
        assert_eq!(
            error.to_string(),
            "`OTEL_EXPORTER_OTLP_PROTOCOL` is `carrier-pigeon`; `grpc` or `http/protobuf` is expected"
        );
    }

    #[test]
    fn each_signal_has_its_path_over_http_only() {
        let mut otlp = Otlp { endpoint: Some("http://a:1/".into()), protocol: OtlpProtocol::Http };
        assert_eq!(otlp.address("traces").as_deref(), Some("http://a:1/v1/traces"));
        otlp.protocol = OtlpProtocol::Grpc;
        assert_eq!(otlp.address("traces").as_deref(), Some("http://a:1/"));
        otlp.endpoint = None;
        assert_eq!(otlp.address("traces"), None);
    }
}
