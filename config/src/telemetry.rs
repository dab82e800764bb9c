//! Where turns are told of.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How traces and metrics are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OtlpProtocol {
    /// gRPC, as a rule on port 4317.
    Grpc,
    /// Protobuf over HTTP, as a rule on port 4318.
    Http,
}

/// Where turns are told of, as OpenTelemetry has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// Whether traces and metrics are sent to a collector, such as Jaeger; without it they are if
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` is set.
    pub otlp: Option<bool>,
    /// The collector; `OTEL_EXPORTER_OTLP_ENDPOINT` or this computer without it.
    #[schemars(extend("x-text" = "uri"))]
    pub endpoint: Option<String>,
    /// How it is spoken to; by `OTEL_EXPORTER_OTLP_PROTOCOL` or `grpc` without it.
    pub protocol: Option<OtlpProtocol>,
    /// A file that traces are appended to, as OTLP in JSON lines.
    #[schemars(with = "Option<String>", length(min = 1), extend("x-text" = "path"))]
    pub file: Option<PathBuf>,
    /// Whether traces hold what was said, and not only how long it took.
    pub content: bool,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            otlp: None,
            endpoint: None,
            protocol: None,
            file: None,
            // Nothing is sent unless someone asks, and who asks wants to know which turn it was.
            content: true,
        }
    }
}
