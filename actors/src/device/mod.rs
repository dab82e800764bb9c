//! What the stages with sound devices share: finding one, and its clock.

mod clock;

use std::fmt::Write;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{BufferSize, ErrorKind, StreamConfig, SupportedBufferSize, SupportedStreamConfig};

pub(crate) use self::clock::SampleClock;
use crate::error::StageError;
use crate::time::Clock;

/// What helps where no device exists.
const WITHOUT_DEVICE: &str = "no sound device; use: antiphon --pipeline voice.toml --input \
                              question.wav --record conversation.wav --turns turns.jsonl";
/// Devices of ALSA that are not offered: one takes and gives nothing, and exists everywhere; the
/// others are bridges, whose libraries write to the terminal when there is nothing behind them.
const NOT_OFFERED: [&str; 3] = ["null", "jack", "oss"];
/// A stream that reports errors may go on as long as its last callback was no longer ago.
const PATIENCE: Duration = Duration::from_millis(300);

/// A device that was there before is waited for: a plug that was pulled out is put back.
const AWAY: Duration = Duration::from_secs(30);
/// How often it is looked whether it is back.
const LOOK: Duration = Duration::from_millis(250);

/// Which way sound goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Into the program.
    Input,
    /// Out of it.
    Output,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
        }
    }

    fn config(self, device: &cpal::Device) -> Result<SupportedStreamConfig, cpal::Error> {
        match self {
            Self::Input => device.default_input_config(),
            Self::Output => device.default_output_config(),
        }
    }
}

/// A device that was found, and how it likes to be driven.
pub(crate) struct Found {
    pub(crate) device: cpal::Device,
    pub(crate) name: String,
    pub(crate) config: SupportedStreamConfig,
}

impl Found {
    /// What `build` makes of the first configuration that the device takes: callbacks that often,
    /// or as the system likes.
    pub(crate) fn first<T>(
        &self,
        period: Duration,
        build: impl Fn(&StreamConfig) -> Result<T, cpal::Error>,
    ) -> Result<T, cpal::Error> {
        let mut tried = Err(cpal::ErrorKind::UnsupportedConfig.into());
        for config in self.configs(period) {
            tried = build(&config);
            if tried.is_ok() {
                break;
            }
        }
        tried
    }

    fn configs(&self, period: Duration) -> Vec<StreamConfig> {
        let config = self.config.config();
        let frames = period.as_nanos() * u128::from(config.sample_rate) / 1_000_000_000;
        let frames = u32::try_from(frames).unwrap_or(u32::MAX);
        let fixed = match *self.config.buffer_size() {
            SupportedBufferSize::Range { min, max } => Some(frames.clamp(min.max(1), max.max(1))),
            SupportedBufferSize::Unknown => None,
        };
        let fixed =
            fixed.map(|frames| StreamConfig { buffer_size: BufferSize::Fixed(frames), ..config });
        fixed
            .into_iter()
            .chain([StreamConfig { buffer_size: BufferSize::Default, ..config }])
            .collect()
    }
}

/// Finds a device by its name, or the system's `default`.
///
/// `again` says that the device was there before: then it is worth waiting for.
pub(crate) fn find(name: &str, direction: Direction, again: bool) -> Result<Found, StageError> {
    let fault = |message: String| {
        if again { StageError::restart(message) } else { StageError::give_up(message) }
    };
    #[cfg(target_os = "linux")]
    hush();
    let host = cpal::default_host();
    let device = if name == "default" {
        match direction {
            Direction::Input => host.default_input_device(),
            Direction::Output => host.default_output_device(),
        }
    } else {
        let devices = host.devices().map_err(|error| fault(format!("no sound: {error}")))?;
        devices.into_iter().find(|device| names(device).iter().any(|known| known == name))
    };
    let found = device.ok_or(None).and_then(|device| match direction.config(&device) {
        Ok(config) => Ok(Found { name: describe(&device), device, config }),
        Err(error) => Err(Some(error)),
    });
    found.map_err(|error| fault(missing(&host, name, direction, error)))
}

/// Opens a device by `open`, which may block; one that was there before is waited for, unless it
/// is no longer `wanted`.
pub(crate) async fn open<T: Send + 'static>(
    clock: Clock,
    again: bool,
    wanted: impl Fn() -> bool,
    open: impl Fn() -> Result<T, StageError> + Clone + Send + 'static,
) -> Result<T, StageError> {
    let began = clock.now();
    loop {
        let opened = tokio::task::spawn_blocking(open.clone())
            .await
            .map_err(|error| StageError::restart(format_args!("cannot open: {error}")))?;
        let now = clock.now();
        if opened.is_ok() || !again || !wanted() || now.since(began) >= AWAY {
            return opened;
        }
        clock.sleep_until(now + LOOK).await;
    }
}

/// Has libasound not write to the terminal: it complains of every device that it looks at in vain.
/// What matters comes back as an error.
#[cfg(target_os = "linux")]
fn hush() {
    use std::ffi::{c_int, c_void};
    unsafe extern "C" {
        fn snd_lib_error_set_handler(handler: *const c_void) -> c_int;
    }
    extern "C" fn quiet() {}
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // SAFETY: the library calls the handler with arguments that it does not look at, which
        // the caller alone clears away in every C convention of Linux. cpal links the library.
        unsafe { snd_lib_error_set_handler(quiet as extern "C" fn() as *const c_void) };
    });
}

/// The names that a device answers to: the system's id, and what people call it.
fn names(device: &cpal::Device) -> Vec<String> {
    let id = device.id().ok().map(|id| id.id().to_owned());
    id.into_iter().chain([device.to_string()]).collect()
}

fn describe(device: &cpal::Device) -> String {
    let mut names = names(device);
    names.dedup();
    match names.as_slice() {
        [id, name] => format!("`{id}` ({name})"),
        names => format!("`{}`", names.join(" ")),
    }
}

/// Says that a device is missing, and which are there.
fn missing(
    host: &cpal::Host,
    name: &str,
    direction: Direction,
    error: Option<cpal::Error>,
) -> String {
    let devices = host.devices().map(Iterator::collect).unwrap_or_else(|_| Vec::new());
    let usable: Vec<String> = devices
        .iter()
        .filter(|device| !names(device).iter().any(|name| NOT_OFFERED.contains(&name.as_str())))
        .filter(|device| direction.config(device).is_ok())
        .map(describe)
        .collect();
    if usable.is_empty() {
        return WITHOUT_DEVICE.to_owned();
    }
    let direction = direction.name();
    let mut message = match error {
        Some(error) => format!("cannot open the {direction} device `{name}`: {error}"),
        None => format!("no {direction} device is called `{name}`"),
    };
    // Writing to a string cannot fail.
    write!(message, "; there are {}", usable.join(", ")).ok();
    message
}

/// What a stream reports beside its sound.
#[derive(Debug, Default)]
pub(crate) struct Health {
    fault: Mutex<Option<Fault>>,
    xruns: AtomicU64,
}

#[derive(Debug)]
struct Fault {
    text: String,
    /// Whether the stream has surely ended.
    sure: bool,
}

impl Health {
    /// Takes an error of the stream.
    pub(crate) fn report(&self, error: &cpal::Error) {
        use ErrorKind::{
            DeviceChanged, DeviceNotAvailable, RealtimeDenied, StreamInvalidated, Xrun,
        };
        let kind = error.kind();
        if kind == Xrun {
            self.xruns.fetch_add(1, Relaxed);
        }
        // The stream goes on.
        if matches!(kind, Xrun | DeviceChanged | RealtimeDenied) {
            return;
        }
        // What else there is may pass: the ALSA plugin of PulseAudio fails while a stream starts.
        let sure = matches!(kind, DeviceNotAvailable | StreamInvalidated);
        let fault = Fault { text: error.to_string(), sure };
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// How often the device had no sound in time, or nobody took its sound in time.
    pub(crate) fn xruns(&self) -> u64 {
        self.xruns.load(Relaxed)
    }

    /// The fault that ended a stream whose last callback was so long ago.
    pub(crate) fn check(&self, name: &str, silent: Duration) -> Result<(), StageError> {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        match fault.take_if(|fault| fault.sure || silent < PATIENCE) {
            Some(Fault { text, sure: true }) => Err(failed(name, &text)),
            // It goes on; if not, it will say so again.
            Some(_) => Ok(()),
            None => fault.as_ref().map_or(Ok(()), |fault| Err(failed(name, &fault.text))),
        }
    }
}

fn failed(name: &str, fault: &str) -> StageError {
    StageError::restart(format_args!("the sound device {name} failed: {fault}"))
}

/// How long a sound is on its way between a callback and the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) length: Duration,
    /// Whether the device said so; otherwise it is a guess.
    pub(crate) said: bool,
}

impl Way {
    /// What the device says, unless that cannot be: sound servers say seconds while they wake up.
    pub(crate) fn new(
        said: Option<Duration>,
        possible: RangeInclusive<Duration>,
        guess: Duration,
    ) -> Self {
        match said {
            Some(length) if possible.contains(&length) => Self { length, said: true },
            _ => Self { length: guess, said: false },
        }
    }
}

/// The length of so many frames.
pub(crate) fn length(frames: u64, rate: u32) -> Duration {
    crate::time::samples_to_duration(frames, rate)
}

/// Calls a generic function with the type of a sample format.
macro_rules! with_sample_type {
    ($format:expr, $call:ident($($argument:expr),*)) => {
        match $format {
            cpal::SampleFormat::I8 => $call::<i8>($($argument),*),
            cpal::SampleFormat::I16 => $call::<i16>($($argument),*),
            cpal::SampleFormat::I24 => $call::<cpal::I24>($($argument),*),
            cpal::SampleFormat::I32 => $call::<i32>($($argument),*),
            cpal::SampleFormat::U8 => $call::<u8>($($argument),*),
            cpal::SampleFormat::U16 => $call::<u16>($($argument),*),
            cpal::SampleFormat::U32 => $call::<u32>($($argument),*),
            cpal::SampleFormat::F32 => $call::<f32>($($argument),*),
            cpal::SampleFormat::F64 => $call::<f64>($($argument),*),
            other => Err(cpal::Error::with_message(
                cpal::ErrorKind::UnsupportedConfig,
                format!("its samples are `{other}`"),
            )),
        }
    };
}
pub(crate) use with_sample_type;

#[cfg(test)]
mod tests;
