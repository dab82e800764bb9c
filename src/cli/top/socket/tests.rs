use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread::JoinHandle;

use antiphon::engine::publish::Publisher;
use antiphon_actors::Phase;
use tempfile::{TempDir, tempdir};
use tokio::sync::oneshot;

use super::*;

/// Long enough for any machine; no test that passes waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

fn live(seconds: f64) -> Live {
    Live {
        pid: std::process::id(),
        pipeline: "voice".into(),
        seconds,
        turn: 1,
        attempt: 2,
        phase: Phase::Hearing,
        phase_seconds: 0.5,
        closing: false,
        stages: Vec::new(),
    }
}

/// A publisher on a thread of its own, whose clock runs ahead as soon as nothing else is to do.
struct Published {
    _place: TempDir,
    folders: Vec<PathBuf>,
    looks: Arc<AtomicU32>,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Published {
    fn new() -> Self {
        let place = tempdir().expect("a temporary folder");
        // The first is no place for a socket.
        let folders = vec![place.path().join("missing/antiphon"), place.path().join("antiphon")];
        let looks = Arc::new(AtomicU32::new(0));
        let (stop, stopped) = oneshot::channel();
        let (started, ready) = std::sync::mpsc::channel();
        let (own, count) = (folders.clone(), looks.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()
                .expect("a runtime");
            runtime.block_on(async move {
                let source = move || live(f64::from(count.fetch_add(1, Relaxed)));
                let publisher = Publisher::start(&own, Arc::new(source)).expect("a socket");
                started.send(publisher.path().to_path_buf()).expect("the test waits");
                stopped.await.ok();
            });
        });
        let path = ready.recv().expect("it starts");
        assert_eq!(path, folders[1].join(format!("{}.sock", std::process::id())));
        Self { _place: place, folders, looks, stop, thread }
    }

    fn feed(&self) -> Feed {
        let mut feeds = find(&self.folders).expect("a readable folder");
        assert_eq!(feeds.len(), 1, "{feeds:?}");
        feeds.remove(0)
    }

    fn stop(self) -> (TempDir, Vec<PathBuf>) {
        self.stop.send(()).expect("it runs");
        self.thread.join().expect("it ends well");
        (self._place, self.folders)
    }
}

#[track_caller]
fn line(feed: &mut Feed) -> Live {
    match feed.next(PATIENCE).expect("readable") {
        News::Line(line) => feed.parse(&line).expect("a picture"),
        other @ (News::Quiet | News::Ended) => panic!("no line but {other:?}"),
    }
}

/// Reads to the end; how many lines there were.
fn drain(feed: &mut Feed) -> usize {
    let mut lines = 0;
    loop {
        match feed.next(PATIENCE).expect("readable") {
            News::Line(_) => lines += 1,
            News::Quiet => panic!("no end within {PATIENCE:?}"),
            News::Ended => return lines,
        }
    }
}

#[test]
fn what_is_published_is_read() {
    let published = Published::new();
    let mut feed = published.feed();
    assert_eq!(feed.pid, std::process::id());
    for seconds in [0.0, 1.0, 2.0] {
        assert_eq!(line(&mut feed), live(seconds));
    }
    let (_place, folders) = published.stop();
    drain(&mut feed);
    assert_eq!(std::fs::read_dir(&folders[1]).expect("the folder stays").count(), 0);
    assert!(find(&folders).expect("a readable folder").is_empty());
}

#[test]
fn a_reader_that_never_reads_is_dropped_and_holds_up_nobody() {
    let published = Published::new();
    let mut idle = published.feed();
    let mut reader = published.feed();
    for _ in 0..3 {
        line(&mut reader);
    }
    // Nothing is read before the publisher has closed it: its last line is torn by a full buffer.
    let mut error = None;
    while error.is_none() {
        error = idle.stream.write(b"?").err();
        std::thread::yield_now();
    }
    assert!(published.looks.load(Relaxed) > 0);
    assert!(drain(&mut idle) > 10, "a reader may be slow for a while");
    // Whoever comes later is served.
    line(&mut published.feed());
    published.stop();
}

#[test]
fn sockets_of_the_dead_are_removed() {
    let published = Published::new();
    let folder = &published.folders[1];
    let dead = folder.join("99999999.sock");
    drop(UnixListener::bind(&dead).expect("a socket"));
    let other = folder.join("notes.txt");
    std::fs::write(&other, "mine").expect("a writable folder");
    assert_eq!(published.feed().pid, std::process::id());
    assert!(!dead.exists(), "the socket of a dead process is still there");
    assert!(other.exists(), "a file that is none of ours was removed");
    published.stop();
}

#[test]
fn a_folder_that_others_may_enter_is_not_trusted() {
    let published = Published::new();
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&published.folders[1], open).expect("our folder");
    assert!(find(&published.folders).expect("a readable folder").is_empty());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let result =
        runtime.block_on(async { Publisher::start(&published.folders, Arc::new(|| live(0.0))) });
    let error = result.expect_err("others may enter").to_string();
    assert!(error.ends_with(".sock`: not a folder of this user alone"), "{error}");
    published.stop();
}

#[test]
fn strange_lines_are_refused() {
    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let (mut there, here) = UnixStream::pair().expect("a pair of sockets");
        there.write_all(bytes).expect("room for a line");
        drop(there);
        let mut feed = Feed::new(7, here);
        let result = feed.next(PATIENCE).and_then(|news| match news {
            News::Line(line) => feed.parse(&line).map(|_| "understood"),
            News::Quiet => Ok("quiet"),
            News::Ended => Ok("ended"),
        });
        let found = result.map_or_else(|error| error.to_string(), str::to_string);
        assert!(found.contains(expected), "{found:?} for {:?}", String::from_utf8_lossy(bytes));
    }
    check(b"", "ended");
    check(b"{\"pid\":1", "ended");
    check(b"{\"pid\":1}\n", "is it of another version of the program?");
    check(b"\xff\n", "process 7 says what `top` does not understand");
    check(format!("{}\n", serde_json::to_string(&live(1.0)).unwrap()).as_bytes(), "understood");
}
