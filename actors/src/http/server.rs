//! A server for tests, which speaks HTTP/1.1 as it is told to, and a worker without its stage.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::error::StageError;
use crate::time::Clock;
use crate::turn::{TurnBoard, TurnView};
use crate::worker::{Worker, WorkerIo};

/// What may take long on a busy machine, but not for ever.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A step of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Waits until the test says go.
    Wait,
    /// Sends nothing until the client hangs up.
    UntilHungUp,
    /// Closes the connection.
    Close,
}

#[derive(Default)]
struct State {
    answers: Mutex<Vec<Vec<Step>>>,
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
}

/// The server. It gives its answers to posts in order, the last one again and again; it has no list
/// of models.
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<State>,
    asked: Arc<Semaphore>,
    go: Arc<Semaphore>,
    hung_up: Arc<Semaphore>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(answers: impl IntoIterator<Item = Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        *state.answers.lock().unwrap() = answers.into_iter().collect();
        let [asked, go, hung_up] = [(); 3].map(|()| Arc::new(Semaphore::new(0)));
        let signals = (asked.clone(), go.clone(), hung_up.clone());
        let served = state.clone();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                served.connections.fetch_add(1, Relaxed);
                let (state, (asked, go, hung_up)) = (served.clone(), signals.clone());
                connections.spawn(async move {
                    let mut stream = stream;
                    while let Some(request) = read_request(&mut stream).await {
                        let steps = if request.method == "POST" {
                            state.requests.lock().unwrap().push(request);
                            asked.add_permits(1);
                            let mut answers = state.answers.lock().unwrap();
                            if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
                        } else {
                            answer("404 Not Found", &[], "")
                        };
                        if !play(&steps, &mut stream, &go, &hung_up).await {
                            return;
                        }
                    }
                });
            }
        });
        Self { address, state, asked, go, hung_up, task }
    }

    /// The address, with `/v1`.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// All posts so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.requests.lock().unwrap().clone()
    }

    /// How often a client connected.
    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Relaxed)
    }

    /// Waits for the next post.
    pub(crate) async fn asked(&self) {
        wait(&self.asked, "no request came").await;
    }

    /// Lets one [`Step::Wait`] pass.
    pub(crate) fn go(&self) {
        self.go.add_permits(1);
    }

    /// Waits until a client hung up in [`Step::UntilHungUp`].
    pub(crate) async fn hung_up(&self) {
        wait(&self.hung_up, "the connection stayed open").await;
    }
}

async fn wait(semaphore: &Semaphore, otherwise: &str) {
    let permit = tokio::time::timeout(PATIENCE, semaphore.acquire()).await.expect(otherwise);
    permit.unwrap().forget();
}

/// Carries out an answer; false when the connection is done.
async fn play(steps: &[Step], stream: &mut TcpStream, go: &Semaphore, hung_up: &Semaphore) -> bool {
    for step in steps {
        match step {
            Step::Send(bytes) => {
                if stream.write_all(bytes).await.is_err() || stream.flush().await.is_err() {
                    return false;
                }
            }
            Step::Wait => go.acquire().await.unwrap().forget(),
            Step::UntilHungUp => {
                let mut byte = [0];
                while stream.read(&mut byte).await.is_ok_and(|read| read > 0) {}
                hung_up.add_permits(1);
                return false;
            }
            Step::Close => return false,
        }
    }
    true
}

async fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let mut request = Request {
        method: first.next().unwrap().to_string(),
        path: first.next().unwrap().to_string(),
        ..Request::default()
    };
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        request.headers.insert(name.to_ascii_lowercase(), value.trim().to_string());
    }
    let length: usize = request.headers.get("content-length").map_or(0, |it| it.parse().unwrap());
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    request.body = body;
    Some(request)
}

/// A whole answer.
pub(crate) fn answer(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<Step> {
    let body = body.as_ref();
    let mut head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    vec![Step::Send([head.as_bytes(), b"\r\n", body].concat())]
}

/// A good answer of JSON.
pub(crate) fn json(body: &str) -> Vec<Step> {
    answer("200 OK", &[("content-type", "application/json")], body)
}

/// An error.
pub(crate) fn error(status: &str, message: &str) -> Vec<Step> {
    let body = serde_json::json!({ "error": { "message": message } }).to_string();
    answer(status, &[("content-type", "application/json")], body)
}

/// The head of an answer that comes in pieces.
pub(crate) fn streamed(content_type: &str) -> Step {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    Step::Send(head.into_bytes())
}

/// A piece of such an answer.
pub(crate) fn piece(bytes: impl AsRef<[u8]>) -> Step {
    let bytes = bytes.as_ref();
    let size = format!("{:x}\r\n", bytes.len());
    Step::Send([size.as_bytes(), bytes, b"\r\n"].concat())
}

/// The end of such an answer.
pub(crate) fn end() -> Step {
    Step::Send(b"0\r\n\r\n".to_vec())
}

/// An address at which nobody listens.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/v1", listener.local_addr().unwrap())
}

/// A worker without its stage.
pub(crate) struct Rig<J, D> {
    jobs: mpsc::Sender<J>,
    done: mpsc::Receiver<D>,
    pub(crate) board: Arc<TurnBoard>,
    pub(crate) ready: String,
    task: tokio::task::JoinHandle<Result<(), StageError>>,
}

impl<J, D> Drop for Rig<J, D> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<J: Send + 'static, D: Send + 'static> Rig<J, D> {
    /// Starts the worker and waits until it is ready.
    pub(crate) async fn start(worker: Worker<J, D>) -> Self {
        let (jobs, receiver) = mpsc::channel(8);
        let (results, done) = mpsc::channel(1_024);
        let (ready, is_ready) = oneshot::channel();
        let board = TurnBoard::new();
        let give = Arc::new(move |done, _credit| {
            results.try_send(done).unwrap_or_else(|_| panic!("too many results"));
        });
        let (turns, clock) = (board.watch(), Clock::start());
        let io = WorkerIo::new(receiver, give, turns, clock, Arc::default(), |_| "test", ready);
        let task = tokio::spawn(worker(io));
        let ready = is_ready.await.unwrap().what;
        Self { jobs, done, board, ready, task }
    }

    pub(crate) async fn give(&self, job: J) {
        self.jobs.send(job).await.unwrap_or_else(|_| panic!("the worker ended"));
    }

    /// The next result.
    pub(crate) async fn done(&mut self) -> D {
        let done = tokio::time::timeout(PATIENCE, self.done.recv()).await;
        done.expect("no result came").expect("the worker ended")
    }

    /// Whether there is no result now.
    pub(crate) fn is_silent(&mut self) -> bool {
        self.done.try_recv().is_err()
    }

    /// Moves the conversation on.
    pub(crate) fn next_turn(&self) {
        let view = self.board.get();
        self.board.set(TurnView { turn: view.turn.next(), ..view });
    }
}
