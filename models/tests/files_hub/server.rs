//! A small HTTP server on the loopback interface that speaks the hub's protocol and misbehaves on
//! request. Files of a thousand bytes or more are "large": their bytes come from another origin
//! after a redirect, as on the real hub.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use sha1::Sha1;
use sha2::{Digest, Sha256};

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What the server does wrong.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Close the connection after so many bytes of a large file, so many times.
    pub cut: Option<(usize, usize)>,
    /// Send the byte at this position of a large file wrongly.
    pub damage: Option<usize>,
    /// Send the whole file whatever range was asked for.
    pub ignore_range: bool,
    /// Announce large files with this length.
    pub announce: Option<u64>,
    /// Answer addresses that contain the text with a status and an `X-Error-Code`.
    pub refuse: Option<(&'static str, u16, &'static str)>,
    /// Send this entity tag for every file.
    pub etag: Option<&'static str>,
    /// Send this text for the listing.
    pub listing: Option<String>,
    /// Answer for the old name with a redirect to the new one.
    pub renamed: Option<(&'static str, &'static str)>,
    /// Fall silent after so many bytes of a large file, so many times, until the client hangs up.
    pub silent: Option<(usize, usize)>,
    /// Send half of a large file, then wait until so many `HEAD` requests have come.
    pub wait_for_heads: Option<usize>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
}

#[derive(Default)]
struct State {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    commit: Mutex<String>,
    faults: Mutex<Faults>,
    requests: Mutex<Vec<Request>>,
    came: Condvar,
    closed: Mutex<bool>,
}

pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
}

impl Server {
    pub fn start(files: &[(&str, Vec<u8>)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        *state.commit.lock().unwrap() = COMMIT.into();
        let server = Self { address, state: state.clone() };
        server.set_files(files);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if *state.closed.lock().unwrap() {
                    return;
                }
                let state = state.clone();
                std::thread::spawn(move || {
                    // A client may hang up at any point; what it did is in the log.
                    serve(&state, stream.unwrap(), address).ok();
                });
            }
        });
        server
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn set_files(&self, files: &[(&str, Vec<u8>)]) {
        let files = files.iter().map(|(name, bytes)| (name.to_string(), bytes.clone()));
        *self.state.files.lock().unwrap() = files.collect();
    }

    pub fn set_commit(&self, commit: &str) {
        *self.state.commit.lock().unwrap() = commit.into();
    }

    pub fn set_faults(&self, faults: Faults) {
        *self.state.faults.lock().unwrap() = faults;
    }

    /// Returns the requests since the last call.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut *self.state.requests.lock().unwrap())
    }

    /// Returns the `Range` headers of the requests for large bytes since the last call.
    pub fn ranges(&self) -> Vec<Option<String>> {
        let is_body = |request: &Request| request.path.starts_with("/storage/");
        let requests = self.requests().into_iter().filter(is_body);
        requests.map(|request| request.headers.get("range").cloned()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        *self.state.closed.lock().unwrap() = true;
        // Wakes the accepting thread, which then ends.
        TcpStream::connect(self.address).ok();
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub fn git_sha1(bytes: &[u8]) -> String {
    hex(&Sha1::digest([format!("blob {}\0", bytes.len()).as_bytes(), bytes].concat()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn serve(state: &State, stream: TcpStream, address: SocketAddr) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut parts = line.split_whitespace();
    let (method, path) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((key, value)) => headers.insert(key.to_ascii_lowercase(), value.to_string()),
            None => break,
        };
    }
    let request = Request { method: method.into(), path: path.into(), headers };
    state.requests.lock().unwrap().push(request.clone());
    state.came.notify_all();
    answer(state, &request, stream, address)
}

fn answer(
    state: &State,
    request: &Request,
    mut stream: TcpStream,
    address: SocketAddr,
) -> std::io::Result<()> {
    let faults = state.faults.lock().unwrap().clone();
    let commit = state.commit.lock().unwrap().clone();
    if let Some((part, status, code)) = faults.refuse
        && request.path.contains(part)
    {
        let head = format!("X-Error-Code: {code}\r\nX-Error-Message: as told\r\n");
        return head_and_body(&mut stream, status, &head, b"");
    }
    if let Some((old, new)) = faults.renamed
        && request.path.contains(old)
    {
        let head = format!("Location: {}\r\n", request.path.replace(old, new));
        return head_and_body(&mut stream, 307, &head, b"");
    }
    let files = state.files.lock().unwrap().clone();
    if request.path.starts_with("/api/models/") {
        let siblings: Vec<_> =
            files.keys().map(|name| serde_json::json!({ "rfilename": name })).collect();
        let listing = serde_json::json!({ "sha": commit, "siblings": siblings, "private": false });
        let listing = faults.listing.unwrap_or_else(|| listing.to_string());
        return head_and_body(&mut stream, 200, "", listing.as_bytes());
    }
    if let Some(name) = request.path.strip_prefix("/storage/") {
        return send_large(state, &faults, request, &files[name], stream);
    }
    let name = request.path.split_once("/resolve/").and_then(|(_, rest)| {
        let (revision, name) = rest.split_once('/')?;
        (revision == commit || revision == "main").then_some(name)
    });
    let Some((name, bytes)) = name.and_then(|name| Some((name, files.get(name)?))) else {
        return head_and_body(&mut stream, 404, "X-Error-Code: EntryNotFound\r\n", b"");
    };
    let large = bytes.len() >= 1000;
    let etag = if large { sha256(bytes) } else { git_sha1(bytes) };
    let etag = faults.etag.map_or(etag, str::to_string);
    if large {
        let head = format!(
            "X-Repo-Commit: {commit}\r\nX-Linked-Etag: \"{etag}\"\r\nX-Linked-Size: {}\r\n\
             Location: http://localhost:{}/storage/{name}\r\n",
            faults.announce.unwrap_or(bytes.len() as u64),
            address.port()
        );
        return head_and_body(&mut stream, 302, &head, b"");
    }
    let head = format!("X-Repo-Commit: {commit}\r\nETag: W/\"{etag}\"\r\n");
    if request.method == "HEAD" {
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n{head}\r\n",
            bytes.len()
        )
    } else {
        head_and_body(&mut stream, 200, &head, bytes)
    }
}

fn send_large(
    state: &State,
    faults: &Faults,
    request: &Request,
    bytes: &[u8],
    mut stream: TcpStream,
) -> std::io::Result<()> {
    let mut bytes = bytes.to_vec();
    if let Some(at) = faults.damage {
        bytes[at] ^= 1;
    }
    let range = request.headers.get("range").filter(|_| !faults.ignore_range);
    let start = range.map_or(0, |range| {
        range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap()
    });
    if start >= bytes.len() {
        return head_and_body(&mut stream, 416, "", b"");
    }
    let body = &bytes[start..];
    let (status, range) = match range {
        Some(_) => (
            "206 Partial Content",
            format!("Content-Range: bytes {start}-{}/{}\r\n", bytes.len() - 1, bytes.len()),
        ),
        None => ("200 OK", String::new()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{range}\r\n",
        body.len()
    )?;
    if let Some((after, times)) = faults.cut
        && times > 0
    {
        state.faults.lock().unwrap().cut = Some((after, times - 1));
        return stream.write_all(&body[..after.min(body.len())]);
    }
    if let Some((after, times)) = faults.silent
        && times > 0
    {
        state.faults.lock().unwrap().silent = Some((after, times - 1));
        stream.write_all(&body[..after.min(body.len())])?;
        return std::io::copy(&mut stream, &mut std::io::sink()).map(drop);
    }
    if let Some(heads) = faults.wait_for_heads {
        let (first, rest) = body.split_at(body.len() / 2);
        stream.write_all(first)?;
        stream.flush()?;
        let few = |requests: &mut Vec<Request>| {
            let of_large = |r: &&Request| r.method == "HEAD" && r.path.ends_with(".gguf");
            requests.iter().filter(of_large).count() < heads
        };
        let requests = state.requests.lock().unwrap();
        let limit = Duration::from_secs(120);
        let (_requests, waited) = state.came.wait_timeout_while(requests, limit, few).unwrap();
        assert!(!waited.timed_out(), "the other process never asked");
        return stream.write_all(rest);
    }
    stream.write_all(body)
}

fn head_and_body(
    stream: &mut TcpStream,
    status: u16,
    head: &str,
    body: &[u8],
) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status} -\r\nConnection: close\r\nContent-Length: {}\r\n{head}\r\n",
        body.len()
    )?;
    stream.write_all(body)
}
