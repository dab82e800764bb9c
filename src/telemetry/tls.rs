//! Whom a collector that is spoken to in secret is believed to be.

use std::path::PathBuf;
use std::time::Duration;

use opentelemetry_otlp::tonic_types::transport::{Certificate, ClientTlsConfig};

use super::TelemetryError;
use super::export::Variable;

/// A file with the certificates of those who may vouch for the collector, in PEM.
const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
/// The same for one signal.
const TRACES_CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE";
const METRICS_CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE";
/// How long an export may take, in milliseconds, and where that is not said.
const TIMEOUT: &str = "OTEL_EXPORTER_OTLP_TIMEOUT";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Traces,
    Metrics,
}

/// Whom to believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Whoever the machine believes.
    Machine,
    /// Whoever these certificates vouch for.
    Certificates {
        /// The variable that names them, and the file.
        from: (&'static str, PathBuf),
        /// The file's content.
        pem: Vec<u8>,
    },
}

impl Trust {
    /// What the environment says.
    pub(super) fn of(signal: Signal, variable: Variable<'_>) -> Result<Self, TelemetryError> {
        let own = match signal {
            Signal::Traces => TRACES_CERTIFICATE,
            Signal::Metrics => METRICS_CERTIFICATE,
        };
        let Some((name, value)) =
            [own, CERTIFICATE].into_iter().find_map(|name| Some((name, variable(name)?)))
        else {
            return Ok(Self::Machine);
        };
        let path = PathBuf::from(value);
        match std::fs::read(&path) {
            Ok(pem) => Ok(Self::Certificates { from: (name, path), pem }),
            Err(source) => {
                Err(TelemetryError::Certificate { name, path, reason: source.to_string() })
            }
        }
    }

    /// For gRPC.
    pub(super) fn grpc(self) -> ClientTlsConfig {
        let config = ClientTlsConfig::new();
        match self {
            Self::Machine => config.with_enabled_roots(),
            Self::Certificates { pem, .. } => config.ca_certificate(Certificate::from_pem(pem)),
        }
    }

    /// For HTTP; nothing where the usual client serves.
    pub(super) fn http(
        self,
        variable: Variable<'_>,
    ) -> Result<Option<reqwest::blocking::Client>, TelemetryError> {
        let Self::Certificates { from: (name, path), pem } = self else { return Ok(None) };
        let fault = |reason: String| TelemetryError::Certificate { name, path, reason };
        let timeout = variable(TIMEOUT).and_then(|ms| ms.trim().parse().ok());
        let timeout = timeout.map_or(DEFAULT_TIMEOUT, Duration::from_millis);
        // It has a runtime of its own, which no other may hold while it begins.
        let build = move || -> Result<_, String> {
            let certificates =
                reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| error.to_string())?;
            if certificates.is_empty() {
                return Err("there is no certificate in it; PEM is expected".into());
            }
            let client = reqwest::blocking::Client::builder().tls_certs_only(certificates);
            client.timeout(timeout).build().map_err(|error| error.to_string())
        };
        match std::thread::spawn(build).join() {
            Ok(Ok(client)) => Ok(Some(client)),
            Ok(Err(reason)) => Err(fault(reason)),
            Err(_) => Err(fault("the client that uses it does not start".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_signal_goes_before_that_of_all() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, name).expect("a writable folder");
            path.display().to_string()
        };
        let (all, traces) = (file("all"), file("traces"));
        let variable = |name: &str| match name {
            CERTIFICATE => Some(all.clone()),
            TRACES_CERTIFICATE => Some(traces.clone()),
            _ => None,
        };
        let pem = |signal| match Trust::of(signal, &variable) {
            Ok(Trust::Certificates { pem, .. }) => String::from_utf8(pem).expect("a name"),
            other => panic!("{other:?}"),
        };
        assert_eq!((&*pem(Signal::Traces), &*pem(Signal::Metrics)), ("traces", "all"));
        let none = Trust::of(Signal::Traces, &|_| None).expect("nothing is wrong");
        assert_eq!(none, Trust::Machine);
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let trust = |path: &str| {
            let variable = |name: &str| (name == CERTIFICATE).then(|| path.to_string());
            Trust::of(Signal::Metrics, &variable)
        };
        let error = trust("/no/such/file.pem").expect_err("no file").to_string();
        let begin =
            "`OTEL_EXPORTER_OTLP_CERTIFICATE` names `/no/such/file.pem`, which cannot be used: ";
        assert!(error.starts_with(begin), "{error}");
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let trust = trust(file.path().to_str().expect("a path")).expect("a file");
        let error = trust.http(&|_| None).expect_err("it is empty").to_string();
        assert!(error.ends_with("there is no certificate in it; PEM is expected"), "{error}");
    }
}
