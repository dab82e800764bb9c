//! The real microphone and loudspeaker, on a sound server of the test's own.
//!
//! Its one sink is the air of a room: on the left is what a microphone hears, on the right what the
//! program says, and on a third channel what a user says, who is heard on the left too. In a room
//! with echo the right comes back on the left. A recording of all has one clock to the sample.

mod barge_in;

use std::fs::{self, File, Permissions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::conversation::{AUDIBLE, Sound, asked, objects};
use crate::support::{Place, Run};

const PROGRAMS: [&str; 4] = ["pulseaudio", "pactl", "paplay", "parec"];
const PLUGIN: &str = "libasound_module_pcm_pulse.so";
const SERVER: &str = "load-module module-native-protocol-unix auth-anonymous=1 socket=";
/// What the room holds. Without rewinds the air is as a sound card is: what it took sounds.
const AIR: &str = "load-module module-null-sink sink_name=air norewinds=1 rate=48000 channels=3 \
                   channel_map=front-left,front-right,aux0";
const DEVICES: [&str; 3] = [
    "load-module module-remap-source source_name=microphone master=air.monitor channels=1 \
     channel_map=mono master_channel_map=front-left remix=no",
    "set-default-sink loudspeaker",
    "set-default-source microphone",
];
/// A loudspeaker that no microphone hears, and one that it hears as two files of impulse responses
/// say.
const APART: &str = "load-module module-remap-sink sink_name=loudspeaker master=air channels=1 \
                     channel_map=mono master_channel_map=front-right remix=no";
const ECHOING: &str = "load-module module-virtual-surround-sink sink_name=loudspeaker \
                       sink_master=air channels=1 channel_map=mono rate=48000";
/// Channels of the air.
const CHANNELS: usize = 3;
const MICROPHONE: usize = 0;
const PROGRAM: usize = 1;
const USER: usize = 2;
/// How far the program may be off, in seconds.
const TOLERANCE: f64 = 0.030;
const ALSA: &str = "pcm.!default { type pulse }\nctl.!default { type pulse }\n";
/// Frames a second of the air.
const RATE: u32 = 48_000;
/// The longest that anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Runs of which the sound server says itself that it ran out of sound.
const TRIES: usize = 5;
const UNDERRUN: &str = "underrun of 'ALSA Playback'";

/// A child that is killed when the test ends, however it ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A room with a sound server in it.
struct Room {
    place: Place,
    /// How the loudspeaker is made.
    loudspeaker: String,
    _server: Killed,
}

impl Room {
    /// A room without echo, in which somebody can ask `questions`; `None` with a message where that
    /// cannot be.
    fn new(questions: &[&str]) -> Option<Self> {
        Self::with(questions, None)
    }

    /// A room with that echo.
    fn with(questions: &[&str], echo: Option<&[f32]>) -> Option<Self> {
        if let Some(missing) = missing() {
            println!("skipped 1 test: no {missing} to make a virtual sound device of");
            return None;
        }
        let place = asked(questions)?;
        for at in 0..questions.len() {
            let file = place.path().join(format!("q{at}.wav"));
            let said = Sound::read(&file);
            // To the microphone, and alone.
            write(&file, said.rate as u32, &[&said.channels[0], &said.channels[0]]);
        }
        let loudspeaker = echo.map_or(APART.to_owned(), |echo| {
            let [left, right] = ["left.wav", "right.wav"].map(|file| place.path().join(file));
            let mut direct = vec![0.0; echo.len()];
            direct[0] = 1.0;
            write(&left, RATE, &[echo]);
            write(&right, RATE, &[&direct]);
            format!("{ECHOING} hrir_left={} hrir_right={}", left.display(), right.display())
        });
        let run = place.path().join("run");
        fs::create_dir(&run).expect("a writable folder");
        fs::set_permissions(&run, Permissions::from_mode(0o700)).expect("a folder of ours");
        let script = format!("{SERVER}{}\n", place.path().join("socket").display());
        place.write("room.pa", script.as_bytes());
        place.write("alsa.conf", ALSA.as_bytes());
        let log = File::create(place.path().join("server.log")).expect("a writable folder");
        let server = prepare(&place, Command::new("pulseaudio"))
            .args(["-n", "-F", "room.pa", "--daemonize=no", "--use-pid-file=no", "--system=false"])
            .args(["--exit-idle-time=60", "--log-target=stderr", "--log-level=debug"])
            .stderr(log)
            .spawn()
            .expect("PulseAudio starts");
        let mut room = Self { place, loudspeaker, _server: Killed(server) };
        until("the sound server", || {
            let ended = room._server.0.try_wait().expect("a child").is_some();
            assert!(!ended, "PulseAudio ended: {}", room.log());
            room.command("pactl").arg("info").output().expect("pactl").status.success()
        });
        room.plug_in();
        Some(room)
    }

    /// A command in the room that hears and sounds through its server.
    fn command(&self, program: &str) -> Command {
        let mut command = prepare(&self.place, Command::new(program));
        command.stderr(Stdio::null());
        command
    }

    /// Runs `pactl`; what it says.
    fn control(&self, args: &[&str]) -> String {
        let output = self.command("pactl").args(args).stderr(Stdio::piped()).output();
        Run::from(output.expect("pactl starts")).ok()
    }

    fn plug_in(&self) {
        for line in [AIR, &self.loudspeaker].into_iter().chain(DEVICES) {
            self.control(&line.split(' ').collect::<Vec<_>>());
        }
    }

    /// Pulls microphone and loudspeaker out.
    fn pull_out(&self) {
        self.control(&["unload-module", "module-null-sink"]);
    }

    /// What the server said so far.
    fn log(&self) -> String {
        fs::read_to_string(self.place.path().join("server.log")).expect("a log")
    }

    /// Records the air to `air.raw` as long as the result is kept.
    fn record(&self) -> Killed {
        let path = self.place.path().join("air.raw");
        let file = File::create(&path).expect("a writable folder");
        let recorder = self
            .command("parec")
            .args(["--raw", "--device=air.monitor", "--format=s16le", "--latency-msec=20"])
            .args(["--rate=48000", "--channels=3", "--channel-map=front-left,front-right,aux0"])
            .stdout(file)
            .spawn()
            .expect("parec starts");
        until("a recording", || fs::metadata(&path).is_ok_and(|file| file.len() > 0));
        Killed(recorder)
    }

    /// What was recorded of the air.
    fn air(&self) -> Sound {
        self.air_from(0)
    }

    /// What was recorded of the air after that many frames.
    fn air_from(&self, frames: usize) -> Sound {
        let mut file = File::open(self.place.path().join("air.raw")).expect("a recording");
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start((2 * CHANNELS * frames) as u64)).expect("a recording");
        file.read_to_end(&mut bytes).expect("a recording");
        let mut channels = vec![Vec::new(); CHANNELS];
        for frame in bytes.chunks_exact(2 * CHANNELS) {
            for (channel, sample) in channels.iter_mut().zip(frame.chunks_exact(2)) {
                let sample = i16::from_le_bytes([sample[0], sample[1]]);
                channel.push(f32::from(sample) / 32_768.0);
            }
        }
        Sound { rate: RATE.into(), channels }
    }

    /// Starts the program, with its own recording in `r.wav` and its turns in `t.jsonl`.
    fn start(&self) -> Program<'_> {
        for file in ["r.wav", "t.jsonl"] {
            fs::remove_file(self.place.path().join(file)).ok();
        }
        let (out, err) = (self.place.path().join("out"), self.place.path().join("err"));
        let args = ["--pipeline", "voice.toml", "--record", "r.wav", "--turns", "t.jsonl"];
        let child = prepare(&self.place, self.place.command(args))
            .stdout(File::create(&out).expect("a writable folder"))
            .stderr(File::create(&err).expect("a writable folder"))
            .spawn()
            .expect("the program starts");
        let turns = self.place.path().join("t.jsonl");
        let mut program = Program { room: self, child: Killed(child), err, turns };
        program.says("\nready in ");
        program
    }

    /// Somebody speaks.
    fn ask(&self, file: &str) {
        let mut command = self.command("paplay");
        command.args(["--device=air", "--channel-map=front-left,aux0", "--no-remix", file]);
        assert!(command.status().expect("paplay starts").success(), "{}", self.log());
    }
}

/// The program in a room.
struct Program<'a> {
    room: &'a Room,
    child: Killed,
    err: PathBuf,
    turns: PathBuf,
}

impl Program<'_> {
    /// Waits until `antiphon top` shows that of microphone and speaker.
    fn shows(&mut self, what: &str, is: impl Fn(&Value) -> bool) {
        let place = &self.room.place;
        until(what, || {
            assert_eq!(self.child.0.try_wait().expect("a child"), None, "{}", self.stderr());
            let top = prepare(place, place.command(["top", "--json", "--once"])).output();
            let top = Run::from(top.expect("the program starts"));
            let Ok(view) = serde_json::from_str::<Value>(&top.stdout) else { return false };
            let stages = view["stages"].as_array().expect("stages");
            let devices = ["mic", "speaker"];
            stages.iter().filter(|stage| devices.iter().any(|id| stage["stage"] == *id)).all(&is)
        });
    }

    fn stderr(&self) -> String {
        fs::read_to_string(&self.err).expect("standard error")
    }

    /// Waits until standard error has that piece.
    fn says(&mut self, piece: &str) {
        until(piece, || {
            let ended = self.child.0.try_wait().expect("a child");
            assert_eq!(ended, None, "{}", self.stderr());
            self.stderr().contains(piece)
        });
    }

    /// Waits until that many turns are over.
    fn answers(&mut self, turns: usize) {
        until("the end of the turn", || {
            assert_eq!(self.child.0.try_wait().expect("a child"), None, "{}", self.stderr());
            fs::read_to_string(&self.turns).is_ok_and(|text| text.matches('\n').count() >= turns)
        });
    }

    /// Interrupts it and waits for its end; the turns.
    fn stop(mut self) -> Vec<Value> {
        let pid = self.child.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
        let mut status = None;
        until("the end", || {
            status = self.child.0.try_wait().expect("a child");
            status.is_some()
        });
        let code = status.and_then(|status| status.code());
        assert_eq!(code, Some(0), "{}", self.stderr());
        objects(&self.turns)
    }
}

/// Writes channels of one length.
fn write(path: &Path, rate: u32, channels: &[&[f32]]) {
    let sample_format = hound::SampleFormat::Int;
    let spec = hound::WavSpec {
        channels: channels.len() as u16,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format,
    };
    let mut file = hound::WavWriter::create(path, spec).expect("a writable folder");
    for at in 0..channels[0].len() {
        for channel in channels {
            let sample = (channel[at].clamp(-1.0, 1.0) * 32_767.0) as i16;
            file.write_sample(sample).expect("a writable folder");
        }
    }
    file.finalize().expect("a writable folder");
}

/// What is missing for a room, if anything.
fn missing() -> Option<&'static str> {
    let there = |program: &&str| {
        let version = Command::new(program).arg("--version").stdout(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    };
    if let Some(program) = PROGRAMS.iter().find(|program| !there(program)) {
        return Some(program);
    }
    let mut folders = vec![PathBuf::from("/usr/lib"), PathBuf::from("/usr/lib64")];
    let inside = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    folders.extend(inside.map(|entry| entry.path()));
    let has = |folder: &PathBuf| folder.join("alsa-lib").join(PLUGIN).is_file();
    (!folders.iter().any(has)).then_some(PLUGIN)
}

/// Gives a command the server of that place, whatever the user has.
fn prepare(place: &Place, mut command: Command) -> Command {
    let path = place.path();
    command
        .current_dir(path)
        .env("HOME", path)
        .env("XDG_CONFIG_HOME", path)
        .env("XDG_RUNTIME_DIR", path.join("run"))
        .env("TMPDIR", path.join("run"))
        .env("PULSE_SERVER", format!("unix:{}", path.join("socket").display()))
        .env("ALSA_CONFIG_PATH", path.join("alsa.conf"))
        .env("DBUS_SESSION_BUS_ADDRESS", "disabled:")
        .env_remove("PULSE_RUNTIME_PATH")
        .env_remove("PULSE_SINK")
        .env_remove("PULSE_SOURCE")
        .stdin(Stdio::null());
    command
}

/// Waits until something holds.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Where question and reply begin and end, in seconds.
#[derive(Debug)]
struct Edges {
    question: (f64, f64),
    reply: (f64, f64),
}

impl Edges {
    fn of(sound: &Sound) -> Option<Self> {
        let side = |channel| sound.edges(channel, AUDIBLE, 0.0, f64::INFINITY);
        Some(Self { question: side(0)?, reply: side(1)? })
    }

    fn dead_air(&self) -> f64 {
        self.reply.0 - self.question.1
    }
}

/// Asks a program that is ready a question, ends it, and compares what it says with what sounded;
/// an error where the sound server says itself that it ran out of sound meanwhile.
fn hold(room: &Room, mut program: Program) -> Result<(), String> {
    let log = room.log().len();
    let recorder = room.record();
    room.ask("q0.wav");
    program.answers(1);
    let turns = program.stop();
    drop(recorder);
    let underruns = room.log()[log..].matches(UNDERRUN).count();
    let record = Sound::read(&room.place.path().join("r.wav"));
    let result = compare(&turns, &room.air(), &record);
    match result {
        Err(error) if underruns > 0 => Err(format!("{error}, with {underruns} underruns")),
        Err(error) => panic!("{error}"),
        Ok(()) => Ok(()),
    }
}

fn compare(turns: &[Value], air: &Sound, record: &Sound) -> Result<(), String> {
    let [turn] = turns else { return Err(format!("{} turns: {turns:?}", turns.len())) };
    let (Some(air), Some(record)) = (Edges::of(air), Edges::of(record)) else {
        return Err(format!("no question, or no reply, in a recording: {turn}"));
    };
    let said = turn["dead_air_ms"].as_f64().ok_or_else(|| format!("no dead air: {turn}"))?;
    println!(
        "{:?} {:?}: dead air {said:.1} ms, in the air {:.1} ms, in the program's recording {:.1} ms",
        turn["user_text"].as_str().unwrap_or_default(),
        turn["agent_text"].as_str().unwrap_or_default(),
        air.dead_air() * 1e3,
        record.dead_air() * 1e3,
    );
    let length = |edges: (f64, f64)| edges.1 - edges.0;
    for (what, found, sounded) in [
        ("dead air", said / 1e3, air.dead_air()),
        ("dead air in the program's recording", record.dead_air(), air.dead_air()),
        ("length of the question", length(record.question), length(air.question)),
        ("length of the reply", length(record.reply), length(air.reply)),
    ] {
        if (found - sounded).abs() > TOLERANCE {
            return Err(format!("{what}: {found} s, {sounded} s in the air"));
        }
    }
    Ok(())
}

/// Tries until the sound server had sound in time.
fn in_time(mut run: impl FnMut() -> Result<(), String>) {
    for attempt in 1..=TRIES {
        let Err(error) = run() else { return };
        println!("run {attempt} of {TRIES} does not count: {error}");
    }
    panic!("in each of {TRIES} runs the sound server ran out of sound");
}

#[test]
fn dead_air_is_what_sounds() {
    let Some(room) = Room::new(&["What is the capital of Italy?"]) else { return };
    in_time(|| hold(&room, room.start()));
}

#[test]
fn devices_that_are_pulled_out_and_put_back_are_used_again() {
    let Some(room) = Room::new(&["What is the capital of Italy?"]) else { return };
    in_time(|| {
        let mut program = room.start();
        room.pull_out();
        program.shows("restarts above 0", |stage| stage["restarts"].as_u64() > Some(0));
        room.plug_in();
        program.shows("ready", |stage| stage["state"] == "ready");
        hold(&room, program)
    });
}
