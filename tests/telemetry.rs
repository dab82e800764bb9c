//! Turns as a collector gets them: receivers of our own that decode the protobuf.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{HistogramDataPoint, Metric};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::Value;
use tonic::{Request, Response, Status};

use crate::conversation::{asked, objects};
use crate::support::{Place, Run};

const QUESTION: &str = "What is the capital of Italy?";

/// What collectors were sent.
#[derive(Clone, Default)]
struct Received {
    traces: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
    metrics: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
}

impl Received {
    fn spans(&self) -> Vec<Span> {
        let traces = self.traces.lock().expect("no panic");
        let resources = traces.iter().flat_map(|request| &request.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    /// What came last: all that was measured, as counts go on from one export to the next.
    fn metrics(&self) -> Vec<Metric> {
        let metrics = self.metrics.lock().expect("no panic");
        let resources = metrics.last().into_iter().flat_map(|it| &it.resource_metrics);
        let scopes = resources.flat_map(|resource| &resource.scope_metrics);
        scopes.flat_map(|scope| scope.metrics.clone()).collect()
    }
}

#[tonic::async_trait]
impl TraceService for Received {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.traces.lock().expect("no panic").push(request.into_inner());
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Received {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.metrics.lock().expect("no panic").push(request.into_inner());
        Ok(Response::new(Default::default()))
    }
}

/// A collector that speaks gRPC, for as long as the runtime lives.
fn grpc(received: &Received, identity: Option<&Identity>) -> (tokio::runtime::Runtime, SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();
    let incoming = tonic::transport::server::TcpIncoming::bind(([127, 0, 0, 1], 0).into());
    let incoming = incoming.expect("a free port");
    let address = incoming.local_addr().expect("an address");
    let mut server = tonic::transport::Server::builder();
    if let Some(identity) = identity {
        use tonic::transport::{Identity, ServerTlsConfig};
        let identity = Identity::from_pem(&identity.certificate, identity.key.serialize_pem());
        let tls = ServerTlsConfig::new().identity(identity);
        server = server.tls_config(tls).expect("a certificate and its key");
    }
    let server = server
        .add_service(TraceServiceServer::new(received.clone()))
        .add_service(MetricsServiceServer::new(received.clone()));
    runtime.spawn(server.serve_with_incoming(incoming));
    (runtime, address)
}

/// A collector that takes protobuf over HTTP.
fn http(received: &Received) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let received = received.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let received = received.clone();
            std::thread::spawn(move || serve(stream.expect("a connection"), &received));
        }
    });
    address
}

/// What a collector shows of itself: its certificate, which is its own voucher, and its key, in PEM.
struct Identity {
    certificate: String,
    key: rcgen::KeyPair,
}

impl Identity {
    fn new() -> Self {
        let names = ["localhost".to_string(), "127.0.0.1".to_string()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        Self { certificate: made.cert.pem(), key: made.signing_key }
    }
}

/// A collector that takes protobuf over HTTP within TLS, and lets those go who do not believe it.
fn https(received: &Received, identity: &Identity) -> SocketAddr {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let received = received.clone();
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(identity.key.serialize_pem().as_bytes());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions that ring has")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.expect("PEM")], key.expect("PEM"))
        .expect("a certificate and its key");
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (received, config) = (received.clone(), config.clone());
            std::thread::spawn(move || {
                let connection = rustls::ServerConnection::new(config).expect("a session");
                let stream = stream.expect("a connection");
                serve(rustls::StreamOwned::new(connection, stream), &received);
            });
        }
    });
    address
}

fn serve(stream: impl Read + Write, received: &Received) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut path, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("post ") {
                path = rest.split(' ').next().unwrap_or_default().to_string();
            } else if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            } else if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("the whole body");
        match path.as_str() {
            "/v1/traces" => {
                let request = ExportTraceServiceRequest::decode(&*body).expect("protobuf");
                received.traces.lock().expect("no panic").push(request);
            }
            "/v1/metrics" => {
                let request = ExportMetricsServiceRequest::decode(&*body).expect("protobuf");
                received.metrics.lock().expect("no panic").push(request);
            }
            _ => panic!("`{path}` is no path of a collector"),
        }
        let answer =
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        let stream = reader.get_mut();
        stream.write_all(answer.as_bytes()).and_then(|()| stream.flush()).expect("a reader");
    }
}

/// Holds a conversation of one turn, and gives what `--turns` says of it.
fn turn(place: &Place, env: &[(&str, &str)], set: &[&str]) -> (Run, Value) {
    let mut command = place.command(["--pipeline", "voice.toml", "--silent", "--input", "q0.wav"]);
    command.args(["--turns", "t.jsonl"]).envs(env.iter().copied());
    let plain = crate::support::PLAIN_TURNS.iter().chain(&["turn.eager_silence_ms=0"]);
    for set in plain.chain(set) {
        command.args(["--set", set]);
    }
    let run = Run::from(command.output().expect("the program starts"));
    assert_eq!(run.code, Some(0), "{run:#?}");
    let turns = objects(&place.path().join("t.jsonl"));
    let [turn] = &turns[..] else { panic!("{turns:#?}") };
    (run, turn.clone())
}

fn named<'a>(metrics: &'a [Metric], name: &str) -> &'a Data {
    let metric = metrics.iter().find(|it| it.name == name);
    metric.and_then(|it| it.data.as_ref()).unwrap_or_else(|| panic!("no {name:?} in {metrics:#?}"))
}

fn has(attributes: &[KeyValue], key: &str, expected: &str) -> bool {
    attributes.iter().any(|it| {
        let value = it.value.as_ref().and_then(|value| value.value.as_ref());
        it.key == key && value == Some(&AnyValue::StringValue(expected.into()))
    })
}

/// The histogram of one stage, which adds up.
#[track_caller]
fn histogram<'a>(metrics: &'a [Metric], name: &str, is: &[(&str, &str)]) -> &'a HistogramDataPoint {
    let Data::Histogram(histogram) = named(metrics, name) else { panic!("{name} is no histogram") };
    let points = &histogram.data_points;
    let of = |it: &&HistogramDataPoint| is.iter().all(|(key, to)| has(&it.attributes, key, to));
    let point = points.iter().find(of).unwrap_or_else(|| panic!("no {is:?} in {points:#?}"));
    assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1, "{point:#?}");
    assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count, "{point:#?}");
    // Steps and waits of a turn take no minute in sum.
    assert!(point.sum.is_some_and(|sum| sum > 0.0 && sum < 60.0), "{point:#?}");
    point
}

/// A count of one stage.
#[track_caller]
fn counted(metrics: &[Metric], name: &str, stage: &str) -> u64 {
    let Data::Sum(sum) = named(metrics, name) else { panic!("{name} is no sum") };
    let mut points = sum.data_points.iter().filter(|it| has(&it.attributes, "stage", stage));
    let Some(Number::AsInt(count)) = points.next().and_then(|it| it.value) else {
        panic!("no {stage:?} in {sum:#?}")
    };
    u64::try_from(count).expect("a count")
}

/// Requires the tree of a turn with the figures of `--turns`.
#[track_caller]
fn check(spans: &[Span], turn: &Value, said: bool) {
    let find = |name: &str| {
        let mut found = spans.iter().filter(|span| span.name == name);
        let span = found.next().unwrap_or_else(|| panic!("no `{name}` in {spans:#?}"));
        assert!(found.next().is_none(), "two of `{name}`");
        span
    };
    let (root, dead_air) = (find("turn"), find("dead_air"));
    assert!(root.parent_span_id.is_empty());
    assert!(spans.iter().all(|span| span.trace_id == root.trace_id));
    for name in ["user_speech", "attempt", "dead_air", "agent_speech"] {
        assert_eq!(find(name).parent_span_id, root.span_id, "{name}");
    }
    let mut at = dead_air.start_time_unix_nano;
    for name in ["endpoint_wait", "stt", "llm", "chunker", "tts", "leading_silence", "playout"] {
        let tile = find(name);
        assert_eq!(tile.parent_span_id, dead_air.span_id, "{name}");
        assert_eq!(tile.start_time_unix_nano, at, "a gap or an overlap before `{name}`");
        at = tile.end_time_unix_nano;
    }
    assert_eq!(at, dead_air.end_time_unix_nano);
    let ms = (at - dead_air.start_time_unix_nano) as f64 / 1e6;
    let expected = turn["dead_air_ms"].as_f64().expect("a figure");
    assert!((ms - expected).abs() < 0.001, "the span takes {ms} ms, the turn says {expected}");

    let content = format!("{spans:?}").contains("Rome");
    assert_eq!(content, said, "whether what was said is in the spans");
    let ids = spans.iter().filter(|span| span.name == "llm").flat_map(|span| &span.attributes);
    let ids: Vec<_> = ids.map(|attribute| attribute.key.as_str()).collect();
    for key in
        ["conversation.id", "session.id", "gen_ai.request.model", "gen_ai.usage.output_tokens"]
    {
        assert!(ids.contains(&key), "no {key:?} among {ids:?}");
    }
}

#[test]
fn a_collector_gets_each_turn_over_grpc() {
    let Some(place) = asked(&[QUESTION]) else { return };
    let received = Received::default();
    let (_runtime, address) = grpc(&received, None);
    let endpoint = format!("http://{address}");
    let (run, turn) = turn(&place, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)], &[]);
    assert!(!run.stderr.contains("does not take"), "{run:#?}");
    let (start, spans): (Vec<_>, Vec<_>) =
        received.spans().into_iter().partition(|span| span.name == "start");
    check(&spans, &turn, true);
    let [start] = &start[..] else { panic!("{start:#?}") };
    assert!(start.events.iter().any(|it| format!("{it:?}").contains("mic")), "{start:#?}");
    let metrics = received.metrics();
    for name in ["antiphon.turns", "antiphon.turn.dead_air", "antiphon.edge.dropped"] {
        named(&metrics, name);
    }
    assert_eq!(counted(&metrics, "antiphon.stage.restarts", "stt"), 0);
    // Each step is in both, and each frame that voice detection took had waited.
    for stage in ["vad", "stt", "llm", "speaker"] {
        let steps = histogram(&metrics, "antiphon.stage.process.duration", &[("stage", stage)]);
        assert_eq!(steps.count, counted(&metrics, "antiphon.stage.handled", stage), "{stage}");
    }
    // The words of a turn, their answer, and what of it was spoken.
    for (stage, job) in [("stt", "final"), ("llm", "answer"), ("tts", "chunk"), ("speaker", "play")]
    {
        let of = [("stage", stage), ("job", job)];
        let jobs = histogram(&metrics, "antiphon.stage.job.duration", &of);
        assert!(jobs.count >= 1 && jobs.sum > Some(0.0), "{stage} {job}: {jobs:#?}");
    }
    let into_stt = [("stage", "stt"), ("from", "vad")];
    let waits = histogram(&metrics, "antiphon.edge.wait.duration", &into_stt);
    let from_turn = [("stage", "llm"), ("from", "turn")];
    let prompts = histogram(&metrics, "antiphon.edge.wait.duration", &from_turn);
    assert!(waits.count > 10 && prompts.count >= 1, "{waits:#?} {prompts:#?}");
    let Data::Gauge(depth) = named(&metrics, "antiphon.edge.depth") else { panic!("no gauge") };
    assert!(depth.data_points.iter().any(|it| has(&it.attributes, "stage", "stt")), "{depth:#?}");
}

#[test]
fn a_collector_gets_each_turn_over_http_and_nothing_that_was_said() {
    let Some(place) = asked(&[QUESTION]) else { return };
    let received = Received::default();
    let endpoint = format!("telemetry.endpoint=http://{}", http(&received));
    let set = [endpoint.as_str(), "telemetry.protocol=http", "telemetry.content=false"];
    let (run, turn) = turn(&place, &[("OTEL_SERVICE_NAME", "mine")], &set);
    assert!(!run.stderr.contains("does not take"), "{run:#?}");
    let spans: Vec<_> = received.spans().into_iter().filter(|it| it.name != "start").collect();
    check(&spans, &turn, false);
    let traces = received.traces.lock().expect("no panic");
    let resource = traces[0].resource_spans[0].resource.as_ref().expect("a resource");
    assert!(format!("{resource:?}").contains("mine"), "{resource:?}");
}

#[test]
fn a_collector_is_spoken_to_in_secret_if_its_certificate_is_vouched_for() {
    let Some(place) = asked(&[QUESTION]) else { return };
    // Whichever test is first: the server needs it as well.
    drop(rustls::crypto::ring::default_provider().install_default());
    let (identity, other) = (Identity::new(), Identity::new());
    place.write("ca.pem", identity.certificate.as_bytes());
    place.write("other.pem", other.certificate.as_bytes());
    for protocol in ["grpc", "http/protobuf"] {
        let received = Received::default();
        let (_runtime, address) = match protocol {
            "grpc" => {
                let (runtime, address) = grpc(&received, Some(&identity));
                (Some(runtime), address)
            }
            _ => (None, https(&received, &identity)),
        };
        let endpoint = format!("https://{address}");
        let env = |certificate| {
            [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_CERTIFICATE", certificate),
            ]
        };
        // Nobody else vouches for it.
        for certificate in ["other.pem", ""] {
            let (run, _) = turn(&place, &env(certificate), &[]);
            let told = format!("the collector at `{endpoint}` does not take the telemetry");
            assert_eq!(run.stderr.matches(&told).count(), 1, "{protocol} {certificate}: {run:#?}");
            assert_eq!(received.spans().len(), 0, "{protocol} {certificate}");
            std::fs::remove_file(place.path().join("t.jsonl")).expect("a file");
        }
        let (run, turn) = turn(&place, &env("ca.pem"), &[]);
        assert!(!run.stderr.contains("does not take"), "{protocol}: {run:#?}");
        let spans: Vec<_> = received.spans().into_iter().filter(|it| it.name != "start").collect();
        check(&spans, &turn, true);
        named(&received.metrics(), "antiphon.turn.dead_air");
        std::fs::remove_file(place.path().join("t.jsonl")).expect("a file");
    }
}

#[test]
fn a_collector_that_is_away_is_told_of_once_and_holds_up_nothing() {
    let Some(place) = asked(&[QUESTION]) else { return };
    let free = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let endpoint = format!("telemetry.endpoint=http://{address}");
    let every = ("OTEL_BSP_SCHEDULE_DELAY", "200");
    let (run, turn) = turn(&place, &[every], &[&endpoint, "telemetry.file=traces.jsonl"]);
    let told = format!("the collector at `http://{address}` does not take the telemetry");
    assert_eq!(run.stderr.matches(&told).count(), 1, "{run:#?}");
    assert!(turn["agent_text"].as_str().is_some_and(|it| it.contains("Rome")), "{turn:#?}");

    let lines = objects(&place.path().join("traces.jsonl"));
    let spans: Vec<_> = lines
        .iter()
        .flat_map(|line| line["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array())
        .flatten()
        .map(|span| span["name"].as_str().expect("a name"))
        .collect();
    assert!(spans.contains(&"dead_air") && spans.contains(&"playout"), "{spans:?}");
}
