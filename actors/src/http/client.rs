//! A server with an interface like OpenAI's.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use antiphon_config::Secret;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use tokio::time::Instant;

use super::fault::{Again, Fault, Hidden, retry_after};
use super::wait::Watch;
use crate::error::StageError;

/// The longest pause that a server may ask for: after that the user has left.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The most that is read of an error, in bytes.
const ERROR_BYTES: usize = 64 << 10;
/// The most that is read of a list of models, in bytes: some servers have hundreds.
const LIST_BYTES: usize = 1 << 20;
/// The longest wait for the words of an error.
const ERROR_WAIT: Duration = Duration::from_secs(2);
/// How long an unused connection is kept: people think between two sentences.
const KEEP_CONNECTION: Duration = Duration::from_secs(300);

/// A server with an interface like OpenAI's.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    /// Up to and with `/v1`; with a user and password only if there is no key.
    base: Url,
    key: Option<Secret>,
    model: String,
    hidden: Hidden,
    connect_timeout: Duration,
}

impl Client {
    /// A client of the server at `base_url`. Connects to nothing.
    ///
    /// # Errors
    /// Gives up when `base_url` is not the address of a server; asks for a restart when the
    /// system's certificates, which an `https` address needs, cannot be read.
    pub(crate) fn new(
        base_url: &str,
        api_key: Option<&Secret>,
        model: &str,
        connect_timeout: Duration,
    ) -> Result<Self, StageError> {
        let mut base = parse(base_url)?;
        let key = api_key.map(|key| key.expose().trim()).filter(|key| !key.is_empty());
        let key = key.map(Secret::new);
        let secrets = base.password().map(Secret::new).into_iter().chain(key.clone());
        let hidden = Hidden::new(secrets.chain(base.query().map(Secret::new)));
        if key.is_some() && !(clear_user(&mut base)) {
            return Err(malformed("cannot have a user"));
        }
        // The second call in a process finds the provider in place.
        rustls::crypto::ring::default_provider().install_default().ok();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("antiphon/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(KEEP_CONNECTION)
            .redirect(Policy::none());
        if base.scheme() == "http" {
            // The certificates of the system are not needed, and may not be there.
            http = http.tls_certs_only([]);
        }
        if is_loopback(&base) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| {
            let cause = hidden.quote(&root_cause(&error));
            StageError::restart(format_args!("cannot prepare connections to a server: {cause}"))
        })?;
        Ok(Self { http, base, key, model: model.to_string(), hidden, connect_timeout })
    }

    /// The address without its secrets, for messages.
    pub(crate) fn shown(&self, path: &[&str]) -> String {
        shown(&self.url(path))
    }

    /// Posts a request and waits for the head of a good answer, until `end`.
    ///
    /// # Errors
    /// With what to do about it, and whether another attempt may help.
    pub(crate) async fn post(
        &self,
        path: &[&str],
        fill: impl FnOnce(RequestBuilder) -> RequestBuilder,
        end: Instant,
        watch: &mut Watch<'_>,
    ) -> Result<Body, Fault> {
        let url = self.shown(path);
        let began = Instant::now();
        let sent = watch.until(end, fill(self.request(Method::POST, path)).send()).await;
        let response = sent
            .map_err(|stop| {
                let limit = end.saturating_duration_since(began).as_millis();
                stop.fault(|| format!("`{url}` gave no answer within {limit} ms"))
            })?
            .map_err(|error| self.transport_fault(&url, &error))?;
        let body = Body { response, url, hidden: self.hidden.clone() };
        if body.response.status().is_success() {
            return Ok(body);
        }
        Err(self.refused(body, end, watch).await)
    }

    /// Opens a connection for the first request to use, by asking for the models, and says what is
    /// wrong with the server; nothing depends on it.
    pub(crate) fn warm_up(&self) {
        let client = self.clone();
        tokio::spawn(async move {
            if let Err(note) = client.ask_models().await {
                tracing::warn!("{note}");
            }
        });
    }

    async fn ask_models(&self) -> Result<(), String> {
        let url = self.shown(&["models"]);
        let request = self.request(Method::GET, &["models"]).timeout(self.connect_timeout);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Err(self.transport_text(&url, &error)),
            // Slow, or unlike HTTP: the first request will tell.
            Err(_) => return Ok(()),
        };
        let status = response.status();
        // The connection is free for others once the body is read.
        let mut body = Body { response, url, hidden: self.hidden.clone() };
        let mut read = 0;
        while let Ok(Some(piece)) = body.response.chunk().await {
            read += piece.len();
            if read > LIST_BYTES {
                break;
            }
        }
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(format!("`{}` answers {status}{}", body.url, self.advice(status, None)))
            }
            // Many servers have no list of models.
            _ => Ok(()),
        }
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let request = self.http.request(method, self.url(path));
        match &self.key {
            Some(key) => request.bearer_auth(key.expose()),
            None => request,
        }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    fn transport_fault(&self, url: &str, error: &reqwest::Error) -> Fault {
        // What cannot be written as a request never will.
        let again = if error.is_builder() { Again::Never } else { Again::Backoff };
        Fault::failed(self.transport_text(url, error), again)
    }

    fn transport_text(&self, url: &str, error: &reqwest::Error) -> String {
        let cause = self.hidden.quote(&root_cause(error));
        if error.is_builder() {
            return format!("cannot ask `{url}`: {cause}; is there an odd character in `api_key`?");
        }
        match (error.is_connect(), error.is_timeout()) {
            (true, true) => {
                let limit = self.connect_timeout.as_millis();
                format!("no connection to `{url}` within {limit} ms; is `base_url` right?")
            }
            (true, false) => {
                format!("cannot connect to `{url}`: {cause}; does the server run there?")
            }
            (false, _) => format!("`{url}` broke off before it answered: {cause}"),
        }
    }

    async fn refused(&self, mut body: Body, end: Instant, watch: &mut Watch<'_>) -> Fault {
        let status = body.response.status();
        let headers = body.response.headers();
        let location = headers.get(LOCATION).and_then(|to| to.to_str().ok());
        let location = location.and_then(|to| self.base.join(to).ok()).map(|to| shown(&to));
        let asked = retry_after(headers);
        let url = body.url.clone();
        let end = end.min(Instant::now() + ERROR_WAIT);
        let text = match body.collect(ERROR_BYTES, end, watch).await {
            Ok(text) | Err(Collect::Late(text) | Collect::TooLong(text)) => text,
            Err(Collect::Fault(Fault::Stale)) => return Fault::Stale,
            Err(Collect::Fault(Fault::Failed { .. })) => String::new(),
        };
        let words = self.hidden.message(&text);
        let colon = if words.is_empty() { "" } else { ": " };
        let advice = self.advice(status, location.as_deref());
        let mut message = format!("`{url}` answered {status}{colon}{words}{advice}");
        let again = match (may_pass(status), asked) {
            (false, _) => Again::Never,
            (true, None) => Again::Backoff,
            (true, Some(pause)) if pause <= LONGEST_PAUSE => Again::After(pause),
            (true, Some(pause)) => {
                message += &format!("; it asks for a pause of {} s", pause.as_secs());
                Again::Never
            }
        };
        Fault::Failed { message, again }
    }

    /// What to do about a status.
    fn advice(&self, status: StatusCode, location: Option<&str>) -> String {
        match (status, &self.key, location) {
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, None, _) => {
                "; no `api_key` was sent: set the variable that it names".to_string()
            }
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, Some(_), _) => {
                "; is the variable that `api_key` names right?".to_string()
            }
            (StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED, ..) => {
                let path = self.base.path().trim_end_matches('/');
                if path.ends_with("/v1") {
                    format!("; does the server have the model `{}`?", self.model)
                } else {
                    "; `base_url` should end with `/v1`".to_string()
                }
            }
            (status, _, Some(to)) if status.is_redirection() => {
                format!("; it has moved to `{to}`, and `base_url` should say so")
            }
            _ => String::new(),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.shown(&[]))
    }
}

/// The answer to a request, as it comes.
pub(crate) struct Body {
    response: Response,
    url: String,
    hidden: Hidden,
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum Collect {
    /// It took too long; what came.
    Late(String),
    /// It was longer than the limit; its beginning.
    TooLong(String),
    /// It broke off, or the turn moved.
    Fault(Fault),
}

impl Body {
    /// The address without its secrets, for messages.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What no message may hold.
    pub(crate) fn hidden(&self) -> &Hidden {
        &self.hidden
    }

    /// The type of the content without its parameters, in small letters; empty without one.
    pub(crate) fn content_type(&self) -> String {
        let value = self.response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = value.and_then(|value| value.split(';').next()).unwrap_or_default();
        essence.trim().to_ascii_lowercase()
    }

    /// The next bytes; none at the end. `late` says what it means that none came by `end`.
    ///
    /// # Errors
    /// When the answer breaks off, comes late, or nobody wants it any more.
    pub(crate) async fn next(
        &mut self,
        end: Instant,
        watch: &mut Watch<'_>,
        late: impl FnOnce(&str) -> Fault,
    ) -> Result<Option<Vec<u8>>, Fault> {
        match watch.until(end, self.response.chunk()).await {
            Ok(Ok(piece)) => Ok(piece.map(|piece| piece.to_vec())),
            Ok(Err(error)) => {
                let cause = self.hidden.quote(&root_cause(&error));
                let message = format!("the answer of `{}` broke off: {cause}", self.url);
                Err(Fault::failed(message, Again::Backoff))
            }
            Err(super::Stop::Stale) => Err(Fault::Stale),
            Err(super::Stop::TimedOut) => Err(late(&self.url)),
        }
    }

    /// The whole body as text.
    ///
    /// # Errors
    /// When it is longer than `most` bytes, late, broken off, or nobody wants it any more.
    pub(crate) async fn collect(
        &mut self,
        most: usize,
        end: Instant,
        watch: &mut Watch<'_>,
    ) -> Result<String, Collect> {
        let mut bytes = Vec::new();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        loop {
            let mut is_late = false;
            let next = self.next(end, watch, |_| {
                is_late = true;
                Fault::Stale
            });
            match next.await {
                Ok(Some(piece)) => bytes.extend_from_slice(&piece),
                Ok(None) => return Ok(text(&bytes)),
                Err(_) if is_late => return Err(Collect::Late(text(&bytes))),
                Err(fault) => return Err(Collect::Fault(fault)),
            }
            if bytes.len() > most {
                bytes.truncate(most);
                return Err(Collect::TooLong(text(&bytes)));
            }
        }
    }
}

/// Whether the same request may be answered well later.
fn may_pass(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS
    ) || status.is_server_error()
}

fn parse(base_url: &str) -> Result<Url, StageError> {
    if base_url.trim().is_empty() {
        return Err(malformed("is empty"));
    }
    let mut url = Url::parse(base_url.trim())
        .map_err(|error| malformed(&format!("is not the address of a server ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(malformed("does not begin with `http://` or `https://`"));
    }
    url.set_fragment(None);
    Ok(url)
}

fn malformed(what: &str) -> StageError {
    // The text itself is not shown: a password may stand in it.
    StageError::give_up(format_args!(
        "`base_url` {what}; the address of a server up to and with `/v1` is expected, such as \
         `http://localhost:11434/v1`"
    ))
}

fn clear_user(url: &mut Url) -> bool {
    url.set_username("").is_ok() && url.set_password(None).is_ok()
}

fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    // An address that can have no user has none.
    clear_user(&mut url);
    url.to_string()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|ip| ip.is_loopback())
}

/// The innermost words of an error: the outer ones only say that a request failed.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    // The outermost level alone shows an address.
    match cause.downcast_ref::<reqwest::Error>() {
        Some(_) => "the connection failed".to_string(),
        None => cause.to_string(),
    }
}
