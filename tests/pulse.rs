//! The real microphone and loudspeaker, on a sound server of the test's own.
//!
//! Its one sink is the air of a room, in stereo: on the left a user speaks, on the right the
//! program. The microphone hears the left, the loudspeaker sounds on the right, and a recording of
//! both has one clock to the sample.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::conversation::{AUDIBLE, Sound, asked, near, objects, seconds, text};
use crate::support::{Place, Run};

const PROGRAMS: [&str; 4] = ["pulseaudio", "pactl", "paplay", "parec"];
const PLUGIN: &str = "libasound_module_pcm_pulse.so";
/// What the server loads. Without rewinds the sink is as a sound card is: what it took sounds.
const ROOM: &str = "\
load-module module-native-protocol-unix auth-anonymous=1 socket=SOCKET
load-module module-null-sink sink_name=air norewinds=1 rate=48000 channels=2 channel_map=left,right
load-module module-remap-sink sink_name=loudspeaker master=air channels=1 channel_map=mono \
    master_channel_map=right remix=no
set-default-sink loudspeaker
";
/// What is loaded last, so that it can be pulled out.
const MICROPHONE: [&str; 6] = [
    "module-remap-source",
    "source_name=microphone",
    "master=air.monitor",
    "channels=1",
    "channel_map=mono",
    "master_channel_map=left remix=no",
];
const ALSA: &str = "pcm.!default { type pulse }\nctl.!default { type pulse }\n";
/// Frames a second of the air.
const RATE: u32 = 48_000;
/// The longest that anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Runs of which the sound server says itself that sound came too late.
const TRIES: usize = 5;

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
    _server: Killed,
}

impl Room {
    /// A room in which somebody asked `questions`; `None` with a message where that cannot be.
    fn new(questions: &[&str]) -> Option<Self> {
        if let Some(missing) = missing() {
            println!("skipped 1 test: no {missing} to make a virtual sound device of");
            return None;
        }
        let place = asked(questions)?;
        let run = place.path().join("run");
        fs::create_dir(&run).expect("a writable folder");
        fs::set_permissions(&run, Permissions::from_mode(0o700)).expect("a folder of ours");
        let socket = place.path().join("socket");
        let script = ROOM.replace("SOCKET", socket.to_str().expect("UTF-8"));
        place.write("room.pa", script.as_bytes());
        place.write("alsa.conf", ALSA.as_bytes());
        let log = File::create(place.path().join("server.log")).expect("a writable folder");
        let server = prepare(&place, Command::new("pulseaudio"))
            .args(["-n", "-F", "room.pa", "--daemonize=no", "--use-pid-file=no", "--system=false"])
            .args(["--exit-idle-time=60", "--log-target=stderr", "--log-level=debug"])
            .stderr(log)
            .spawn()
            .expect("PulseAudio starts");
        let mut room = Self { place, _server: Killed(server) };
        until("the sound server", || {
            let ended = room._server.0.try_wait().expect("a child").is_some();
            assert!(!ended, "PulseAudio ended: {}", room.log());
            room.command("pactl").arg("info").output().expect("pactl").status.success()
        });
        room.plug_microphone();
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

    fn plug_microphone(&self) {
        self.control(&[&["load-module"], &MICROPHONE[..]].concat());
        self.control(&["set-default-source", "microphone"]);
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
            .args(["--rate=48000", "--channels=2", "--channel-map=left,right"])
            .stdout(file)
            .spawn()
            .expect("parec starts");
        until("a recording", || fs::metadata(&path).is_ok_and(|file| file.len() > 0));
        Killed(recorder)
    }

    /// What was recorded of the air.
    fn air(&self) -> Sound {
        let bytes = fs::read(self.place.path().join("air.raw")).expect("a recording");
        let mut channels = vec![Vec::new(), Vec::new()];
        for frame in bytes.chunks_exact(4) {
            for (channel, sample) in channels.iter_mut().zip(frame.chunks_exact(2)) {
                let sample = i16::from_le_bytes([sample[0], sample[1]]);
                channel.push(f32::from(sample) / 32_768.0);
            }
        }
        Sound { rate: RATE.into(), channels }
    }

    /// Starts the program, with its own recording in `r.wav` and its turns in `t.jsonl`.
    fn start(&self) -> Program {
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
        let mut program = Program { child: Killed(child), err, turns: self.place.path().into() };
        program.turns.push("t.jsonl");
        program.says("\nready in ");
        program
    }

    /// Somebody speaks.
    fn ask(&self, file: &str) {
        let mut command = self.command("paplay");
        command.args(["--device=air", "--channel-map=left", "--no-remix", file]);
        assert!(command.status().expect("paplay starts").success(), "{}", self.log());
    }
}

/// The program in a room.
struct Program {
    child: Killed,
    err: PathBuf,
    turns: PathBuf,
}

impl Program {
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
        assert_eq!(status.and_then(|status| status.code()), Some(0), "{}", self.stderr());
        objects(&self.turns)
    }
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
    fn of(sound: &Sound) -> Self {
        let side = |channel| sound.edges(channel, AUDIBLE, 0.0, f64::INFINITY).expect("sound");
        Self { question: side(0), reply: side(1) }
    }

    fn dead_air(&self) -> f64 {
        self.reply.0 - self.question.1
    }
}

/// Holds a conversation of one question; whether sound came in time, for the sound server.
fn converse(room: &Room) -> bool {
    let log = room.log().len();
    let recorder = room.record();
    let mut program = room.start();
    room.ask("q0.wav");
    program.answers(1);
    let stderr = program.stderr();
    let turns = program.stop();
    drop(recorder);
    let said = &room.log()[log..];
    let late: Vec<&str> = said.lines().chain(stderr.lines()).filter(|line| is_late(line)).collect();
    let (air, record) = (Edges::of(&room.air()), Sound::read(&room.place.path().join("r.wav")));
    let record = Edges::of(&record);
    let turn = &turns[0];
    println!(
        "{:?} {:?}: dead air {:.1} ms, in the air {:.1} ms; between question and reply the \
         program's recording is off by {:.1} ms, in the question by {:.1} ms, in the reply by \
         {:.1} ms; late: {late:?}",
        text(turn, "user_text"),
        text(turn, "agent_text"),
        seconds(turn, "dead_air_ms"),
        air.dead_air() * 1e3,
        (record.dead_air() - air.dead_air()) * 1e3,
        (record.question.1 - record.question.0 - air.question.1 + air.question.0) * 1e3,
        (record.reply.1 - record.reply.0 - air.reply.1 + air.reply.0) * 1e3,
    );
    if !late.is_empty() {
        return false;
    }
    assert_eq!(turns.len(), 1, "{turns:?}");
    near("dead air", seconds(turn, "dead_air_ms") / 1e3, air.dead_air(), 0.030);
    near("dead air in the recording", record.dead_air(), air.dead_air(), 0.030);
    true
}

/// Whether a line of a log says that sound came too late.
fn is_late(line: &str) -> bool {
    ["Underrun on", "ran dry", "were lost"].iter().any(|piece| line.contains(piece))
}

#[test]
fn dead_air_is_what_sounds() {
    let Some(room) = Room::new(&["What is the capital of Italy?"]) else { return };
    let held = (1..=TRIES).find(|_| converse(&room));
    assert!(held.is_some(), "in each of {TRIES} runs sound came too late for the sound server");
}
