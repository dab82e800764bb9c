//! The hub's HTTP protocol: what a repository holds, what a file is, and its bytes.

use std::{collections::BTreeSet, io::Read, time::Duration};

use serde::Deserialize;
use ureq::{
    Agent, Body,
    config::AutoHeaderValue,
    http::{HeaderMap, Response, StatusCode, header},
    tls::{RootCerts, TlsConfig},
};

use super::{
    super::{HubName, name::is_path},
    HubSettings,
    address::{escape, is_loopback, is_secure, join, same_origin},
    cache::is_commit,
};
use crate::Error;

/// The most that a listing of a repository may take.
const LISTING_LIMIT: u64 = 32 << 20;

/// Redirects in a row that are followed.
const REDIRECTS: usize = 8;

/// Why the hub gave no answer or not the wanted one.
#[derive(Debug)]
pub(super) enum Fault {
    /// The hub cannot be reached or is out of order: what the cache has may do.
    Unreachable(String),
    /// The hub's answer, or a fault on this machine, which trying again will not change.
    Final(String),
    /// An error that is complete already.
    Error(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What a revision of a repository holds.
#[derive(Debug)]
pub(super) struct Listing {
    pub commit: String,
    pub files: BTreeSet<String>,
}

/// What the hub says of one file.
#[derive(Debug)]
pub(super) struct Metadata {
    pub etag: String,
    /// The length in bytes.
    pub size: Option<u64>,
}

/// A file's bytes on their way.
pub(super) struct Download {
    /// The position of the first byte in the file.
    pub start: u64,
    pub body: Box<dyn Read + Send>,
}

pub(super) struct Client<'a> {
    settings: &'a HubSettings,
    hub: &'a HubName,
    agent: Agent,
}

impl<'a> Client<'a> {
    pub fn new(settings: &'a HubSettings, hub: &'a HubName) -> Result<Self, Fault> {
        let endpoint = &settings.endpoint;
        if !(endpoint.starts_with("http://") || endpoint.starts_with("https://")) {
            return Err(Fault::Final(format!(
                "`HF_ENDPOINT` is `{endpoint}`; an address that starts with `https://` or \
                 `http://` is expected"
            )));
        }
        let timeout = Some(settings.timeout);
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            // Redirects are followed here, so that the token goes to the hub alone.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(timeout)
            .timeout_recv_response(timeout)
            .timeout_per_read(timeout)
            .accept_encoding(AutoHeaderValue::Provided("identity".to_string().into()))
            .user_agent(concat!("antiphon/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build());
        if is_loopback(endpoint) {
            config = config.proxy(None);
        }
        Ok(Self { settings, hub, agent: config.build().new_agent() })
    }

    /// Asks which commit a revision is and which files it has.
    pub fn listing(&self, revision: &str) -> Result<Listing, Fault> {
        #[derive(Deserialize)]
        struct Info {
            sha: String,
            siblings: Vec<Sibling>,
        }
        #[derive(Deserialize)]
        struct Sibling {
            rfilename: String,
        }
        let url = format!(
            "{}/api/models/{}/revision/{}",
            self.settings.endpoint,
            self.hub.repository(),
            escape(revision, false)
        );
        let response = self.get(&url, None, self.settings.timeout)?;
        let mut response = self.checked(response, revision, None)?;
        let text = response
            .body_mut()
            .with_config()
            .limit(LISTING_LIMIT)
            .read_to_string()
            .map_err(|e| unreachable(&url, &e))?;
        let info: Info = serde_json::from_str(&text)
            .map_err(|e| strange(&url, &format!("no listing of a repository ({e})")))?;
        if !is_commit(&info.sha) {
            return Err(strange(&url, &format!("`{}` for a commit", plain(&info.sha))));
        }
        let names = info.siblings.into_iter().map(|sibling| sibling.rfilename);
        let files = names.filter(|name| is_path(name)).collect();
        Ok(Listing { commit: info.sha.to_ascii_lowercase(), files })
    }

    /// Asks for a file's checksum and length.
    pub fn metadata(&self, commit: &str, file: &str) -> Result<Metadata, Fault> {
        let mut url = self.file_url(commit, file);
        for _ in 0..REDIRECTS {
            let mut request = self.agent.head(&url);
            if let Some(token) = self.token_for(&url) {
                request = request.header(header::AUTHORIZATION, token);
            }
            let response = request.call().map_err(|e| unreachable(&url, &e))?;
            // A renamed repository redirects within the hub; the redirect to the storage carries
            // the file's true tag, which the storage's own answer does not.
            let next = location(&response).and_then(|to| join(&url, to));
            if let Some(next) = next
                && same_origin(&next, &self.settings.endpoint)
                && !response.headers().contains_key("x-linked-etag")
            {
                url = next;
                continue;
            }
            let response = self.checked(response, commit, Some(file))?;
            let headers = response.headers();
            let etag = text(headers, "x-linked-etag").or_else(|| text(headers, "etag"));
            let etag = etag.map(|tag| tag.trim_start_matches("W/").trim_matches('"').to_string());
            // The tag becomes a file name, so it must not lead anywhere else.
            let etag = etag
                .filter(|tag| is_file_name(tag))
                .ok_or_else(|| strange(&url, &format!("no usable entity tag for `{file}`")))?;
            let is_redirect = response.status().is_redirection();
            let size = text(headers, "x-linked-size")
                .or_else(|| text(headers, "content-length").filter(|_| !is_redirect))
                .and_then(|size| size.parse().ok());
            return Ok(Metadata { etag, size });
        }
        Err(strange(&url, "a circle of redirects"))
    }

    /// Asks for a file's bytes from `start` on. The hub may send the whole file instead, or say
    /// with `None` that there is nothing from there on.
    pub fn download(
        &self,
        commit: &str,
        file: &str,
        start: u64,
    ) -> Result<Option<Download>, Fault> {
        let url = self.file_url(commit, file);
        let response = self.get(&url, (start > 0).then_some(start), self.settings.silence)?;
        if start > 0 && response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            return Ok(None);
        }
        let response = self.checked(response, commit, Some(file))?;
        let start = if response.status() == StatusCode::PARTIAL_CONTENT {
            let range = text(response.headers(), "content-range").unwrap_or_default();
            let first = range
                .strip_prefix("bytes ")
                .and_then(|range| range.split_once('-'))
                .and_then(|(first, _)| first.parse::<u64>().ok());
            if first != Some(start) {
                let found = format!("the range `{}`, not from byte {start} on", plain(range));
                return Err(strange(&url, &found));
            }
            start
        } else {
            0
        };
        // The length is checked against the file's own by whoever reads.
        let body = response.into_body().into_with_config().limit(u64::MAX).reader();
        Ok(Some(Download { start, body: Box::new(body) }))
    }

    /// Gets an address and follows redirects; no read may take longer than `silence`.
    fn get(
        &self,
        url: &str,
        start: Option<u64>,
        silence: Duration,
    ) -> Result<Response<Body>, Fault> {
        let mut url = url.to_string();
        for _ in 0..REDIRECTS {
            let request = self.agent.get(&url);
            let mut request = request.config().timeout_per_read(Some(silence)).build();
            if let Some(token) = self.token_for(&url) {
                request = request.header(header::AUTHORIZATION, token);
            }
            if let Some(start) = start {
                request = request.header(header::RANGE, format!("bytes={start}-"));
            }
            let response = request.call().map_err(|e| unreachable(&url, &e))?;
            match location(&response) {
                None => return Ok(response),
                Some(to) => match join(&url, to) {
                    Some(next) if is_secure(&next) || !is_secure(&url) => url = next,
                    _ => return Err(strange(&url, &format!("a redirect to `{}`", plain(to)))),
                },
            }
        }
        Err(strange(&url, "a circle of redirects"))
    }

    fn file_url(&self, commit: &str, file: &str) -> String {
        let repository = self.hub.repository();
        format!("{}/{repository}/resolve/{commit}/{}", self.settings.endpoint, escape(file, true))
    }

    /// Returns the header with the token when `url` is the hub's own.
    fn token_for(&self, url: &str) -> Option<String> {
        let token = self.settings.token.as_ref()?;
        same_origin(url, &self.settings.endpoint).then(|| token.header())
    }

    /// Turns a refusal into words.
    fn checked(
        &self,
        response: Response<Body>,
        revision: &str,
        file: Option<&str>,
    ) -> Result<Response<Body>, Fault> {
        let status = response.status();
        if status.is_success() || status.is_redirection() {
            return Ok(response);
        }
        let code = text(response.headers(), "x-error-code").unwrap_or_default();
        let said = text(response.headers(), "x-error-message").map(plain).unwrap_or_default();
        let said = if said.is_empty() { said } else { format!(" (the hub says: {said})") };
        let endpoint = &self.settings.endpoint;
        let repository = self.hub.repository();
        let token = if self.settings.token.is_some() {
            "the token in use does not give access to it"
        } else {
            "no token is set; `HF_TOKEN` takes one"
        };
        let reason = match (status.as_u16(), code) {
            (_, "GatedRepo") => format!(
                "its owner grants access on request: accept the terms at \
                 `{endpoint}/{repository}`, then set `HF_TOKEN` to a token of that account from \
                 `{endpoint}/settings/tokens`; {token}{said}"
            ),
            (_, "RevisionNotFound") => {
                format!(
                    "the repository has no revision `{revision}`; a branch, tag or commit \
                         that it has is expected"
                )
            }
            (404, "EntryNotFound") => {
                format!("revision `{revision}` has no file `{}`", file.unwrap_or_default())
            }
            (401 | 404, _) => format!(
                "the hub has no such repository, or a private one ({status}): check the name; \
                 {token}{said}"
            ),
            (403, _) => format!("access is refused ({status}); {token}{said}"),
            (429, _) => {
                return Err(Fault::Unreachable(format!(
                    "the hub at `{endpoint}` limits the rate of requests ({status}); try again \
                     later or set `HF_TOKEN`{said}"
                )));
            }
            (408 | 500.., _) => {
                return Err(Fault::Unreachable(format!(
                    "the hub at `{endpoint}` is out of order ({status}); try again later{said}"
                )));
            }
            _ => format!("the hub at `{endpoint}` answers {status}{said}"),
        };
        Err(Fault::Final(reason))
    }
}

/// Describes a request that had no answer.
fn unreachable(url: &str, error: &ureq::Error) -> Fault {
    let host = url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    Fault::Unreachable(format!("`{host}` cannot be reached ({error})"))
}

fn strange(url: &str, found: &str) -> Fault {
    Fault::Final(format!("`{url}` answers with {found}; is `HF_ENDPOINT` a hub?"))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn location(response: &Response<Body>) -> Option<&str> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    is_redirect.then(|| text(response.headers(), "location"))?
}

/// Strips what a foreign text could do to a terminal, and its length.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn is_file_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && !text.starts_with('.')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// Waits before a broken transfer is taken up again.
pub(super) fn pause(duration: Duration) {
    if !duration.is_zero() {
        std::thread::sleep(duration);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_file_names() {
        for good in ["abc", "5891b5", "a-1_b.c"] {
            assert!(is_file_name(good), "{good}");
        }
        for bad in ["", "..", "../x", "a/b", ".hidden", "a b", "a\\b", &"a".repeat(129)] {
            assert!(!is_file_name(bad), "{bad}");
        }
        assert_eq!(plain("a\x1b[31mb\r\n"), "a[31mb");
    }
}
