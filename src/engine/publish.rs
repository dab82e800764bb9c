//! The live view: what a running pipeline tells everyone of its user over a Unix socket.
//!
//! A connection gets a [`Live`] as one JSON line at once, and another each [`EVERY`]. Nothing is
//! read from it.
//!
//! Invariant: a reader holds up nothing but its own connection, and that not for long.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use antiphon_actors::Phase;
use antiphon_actors::stats::StageSnapshot;
use serde::{Deserialize, Serialize};

/// How long it is from one line to the next.
pub const EVERY: Duration = Duration::from_millis(500);
/// How long a line waits for a reader whose buffer is full before the connection is closed.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(1);
/// Connections at one time; more are closed at once.
#[cfg(unix)]
const READERS: usize = 16;
/// Ends the name of a socket; before it stands the number of the process.
pub const SUFFIX: &str = ".sock";

/// A running pipeline at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// The number of the process.
    pub pid: u32,
    /// The pipeline's name.
    pub pipeline: String,
    /// Time since the pipeline's clock started.
    pub seconds: f64,
    /// The turns that were begun, as users count them.
    pub turn: u64,
    /// The attempt to answer that is current.
    pub attempt: u64,
    /// What the conversation is doing.
    pub phase: Phase,
    /// Time since the phase was entered.
    pub phase_seconds: f64,
    /// The pipeline is ending.
    pub closing: bool,
    /// All stages, and the turn authority last.
    pub stages: Vec<StageSnapshot>,
}

/// Looks at the pipeline.
pub type Source = Arc<dyn Fn() -> Live + Send + Sync>;

/// Publishes until it is dropped.
#[derive(Debug)]
pub struct Publisher {
    #[cfg(unix)]
    task: tokio::task::JoinHandle<()>,
    path: PathBuf,
}

impl Publisher {
    /// Publishes on `PID.sock` in the first of `folders` that serves; must be called within a
    /// runtime.
    ///
    /// # Errors
    /// Why the last of them does not serve. Nothing depends on a live view, so this is to be
    /// mentioned only.
    #[cfg(unix)]
    pub fn start(folders: &[PathBuf], source: Source) -> io::Result<Self> {
        let mut result = Err(io::Error::other("no folder for its socket"));
        for folder in folders {
            result = listen(folder);
            if result.is_ok() {
                break;
            }
        }
        let (listener, path) = result?;
        Ok(Self { task: tokio::spawn(accept(listener, source)), path })
    }

    /// Publishes nothing.
    ///
    /// # Errors
    /// Always: there are no Unix sockets here.
    #[cfg(not(unix))]
    pub fn start(_folders: &[PathBuf], _source: Source) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no Unix sockets"))
    }

    /// Where the socket is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(unix)]
impl Drop for Publisher {
    fn drop(&mut self) {
        self.task.abort();
        // Whoever removed it before did the work.
        std::fs::remove_file(&self.path).ok();
    }
}

/// Where sockets may be, the preferred place first: `$XDG_RUNTIME_DIR/antiphon`, and a folder of
/// the user among the temporary files.
pub fn folders() -> Vec<PathBuf> {
    #[cfg(unix)]
    let own = Some(std::env::temp_dir().join(format!("antiphon-{}", user())));
    #[cfg(not(unix))]
    let own = None;
    std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("antiphon"))
        .into_iter()
        .chain(own)
        .collect()
}

/// The number of the user that the process acts for.
#[cfg(unix)]
fn user() -> u32 {
    // SAFETY: as POSIX has it: no argument, no failure, and a `uid_t`, which is 32 bits wide on
    // all systems that the standard library gives a `u32` for it.
    unsafe extern "C" {
        safe fn geteuid() -> u32;
    }
    geteuid()
}

/// Makes sure that a folder is there and that nobody else can put sockets into it.
#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    if is_private(folder) {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "not a folder of this user alone"))
}

/// Whether that is a folder which only its owner, this user, can enter.
#[cfg(unix)]
pub fn is_private(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    // A link could be turned elsewhere by its owner.
    std::fs::symlink_metadata(folder)
        .is_ok_and(|meta| meta.is_dir() && meta.uid() == user() && meta.mode() & 0o077 == 0)
}

#[cfg(unix)]
fn listen(folder: &Path) -> io::Result<(tokio::net::UnixListener, PathBuf)> {
    let pid = std::process::id();
    let (path, unready) = (folder.join(format!("{pid}{SUFFIX}")), folder.join(format!(".{pid}")));
    let bind = || {
        make_private(folder)?;
        // Left by a process of the same number that was killed.
        std::fs::remove_file(&unready).ok();
        let listener = tokio::net::UnixListener::bind(&unready)?;
        // Whoever sees the socket under its name can connect: one that refuses is of the dead.
        std::fs::rename(&unready, &path)?;
        Ok(listener)
    };
    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot listen on `{}`: {error}", path.display()))
    };
    bind().map_err(named).map(|listener| (listener, path.clone()))
}

#[cfg(unix)]
async fn accept(listener: tokio::net::UnixListener, source: Source) {
    // Dropped with this task, and all connections with it.
    let mut readers = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if readers.len() < READERS => {
                    readers.spawn(serve(stream, source.clone()));
                }
                Ok(_) => {}
                // Most likely the process has too many files open; there may be fewer soon.
                Err(_) => tokio::time::sleep(EVERY).await,
            },
            Some(_) = readers.join_next() => {}
        }
    }
}

/// Writes lines until the reader leaves or does not read.
#[cfg(unix)]
async fn serve(mut stream: tokio::net::UnixStream, source: Source) {
    use tokio::io::AsyncWriteExt;
    use tokio::time::{MissedTickBehavior, interval, timeout};

    let mut every = interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let Ok(mut line) = serde_json::to_vec(&source()) else { return };
        line.push(b'\n');
        match timeout(PATIENCE, stream.write_all(&line)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}
