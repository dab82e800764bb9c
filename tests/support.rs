//! Runs the program and makes sound for it.

use std::f64::consts::TAU;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Settings with which each turn ends after the same silence.
pub const PLAIN_TURNS: [&str; 2] = ["turn.end_of_turn=silence", "turn.end_silence_ms=500"];

/// What a run of the program left behind.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8 output");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Run {
    /// Requires success and returns standard output.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.stdout
    }

    /// Requires exit code 1, silence on standard output and exactly this on standard error.
    #[track_caller]
    pub fn fails(self, expected: &str) {
        assert_eq!((self.code, self.stdout.as_str()), (Some(1), ""), "{self:#?}");
        assert_eq!(self.stderr, format!("error: {expected}\n"));
    }
}

/// A folder of its own for one test, in which the program runs, away from the hub and from the
/// user's settings.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn command<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_antiphon"));
        command
            .args(args)
            .current_dir(self.path())
            .env("HF_HOME", self.path().join("hub"))
            .env("HF_HUB_OFFLINE", "1")
            .env_remove("ANTIPHON_THREADS")
            .stdin(Stdio::null());
        command
    }

    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run {
        self.command(args).output().expect("the program starts").into()
    }

    /// Runs with `input` on standard input.
    pub fn pipe<S: AsRef<std::ffi::OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        input: &[u8],
    ) -> Run {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // A program that fails early does not read to the end.
        child.stdin.take().expect("a pipe").write_all(input).ok();
        child.wait_with_output().expect("the program ends").into()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).expect("a writable folder");
    }

    /// Writes a WAV file of `seconds` that holds `wave(t)` on every channel.
    pub fn wav(&self, name: &str, spec: hound::WavSpec, seconds: f64, wave: fn(f64) -> f64) {
        let mut writer =
            hound::WavWriter::create(self.path().join(name), spec).expect("a writable folder");
        for frame in 0..(f64::from(spec.sample_rate) * seconds) as u32 {
            let value = wave(f64::from(frame) / f64::from(spec.sample_rate));
            for _ in 0..spec.channels {
                match spec.sample_format {
                    hound::SampleFormat::Float => writer.write_sample(value as f32),
                    hound::SampleFormat::Int => {
                        let full_scale = 2f64.powi(i32::from(spec.bits_per_sample) - 1) - 1.0;
                        writer.write_sample((value * full_scale) as i32)
                    }
                }
                .expect("a writable file");
            }
        }
        writer.finalize().expect("a writable file");
    }
}

pub fn silence(_: f64) -> f64 {
    0.0
}

pub fn tone(t: f64) -> f64 {
    0.3 * (TAU * 440.0 * t).sin()
}

/// 16-bit mono at 16 kHz.
pub const PLAIN: hound::WavSpec = hound::WavSpec {
    channels: 1,
    sample_rate: 16_000,
    bits_per_sample: 16,
    sample_format: hound::SampleFormat::Int,
};

/// A place to transcribe in; `None` with a message where the program was built without weights.
pub fn listener() -> Option<Place> {
    let place = Place::new();
    let hears = place.run(["models", "list"]).ok().contains("rehearsal-stt-en ");
    if !hears {
        println!("skipped 1 test: the program was built without `rehearsal-stt-en`");
    }
    hears.then_some(place)
}

/// The folder of human recordings, which is no part of the repository; `None` with a message
/// where it is missing.
pub fn recordings(skipped: usize) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1);
    let found = std::env::var_os("ANTIPHON_AUDIO")
        .map(PathBuf::from)
        .into_iter()
        .chain(beside.map(|folder| folder.join("shared/audio")))
        .find(|folder| folder.join("jfk.wav").is_file());
    if found.is_none() {
        println!("skipped {skipped} recordings: no `shared/audio` beside the repository");
    }
    found
}
