//! The programs that speak: where they are, and how they are told what to do.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use antiphon_config::{TtsProgram, TtsSystem};
use tokio::process::Command;

use crate::error::StageError;

/// Samples a second of eSpeak NG's voices, and what `say` is asked for.
pub(super) const RATE: u32 = 22_050;
/// The speed at which programs that know only a ratio speak, in words a minute.
const PLAIN_WPM: f64 = 175.0;
/// The pitch that changes nothing.
const PLAIN_PITCH: u32 = 50;

/// Waits for the text, speaks it into memory and writes the WAV file. The settings come through
/// the environment, so that nothing in them is read as a script.
const SAPI: &str = r#"
$ErrorActionPreference = 'Stop'
Add-Type -AssemblyName System.Speech
$voice = New-Object System.Speech.Synthesis.SpeechSynthesizer
if ($env:ANTIPHON_VOICE) { $voice.SelectVoice($env:ANTIPHON_VOICE) }
$voice.Rate = [int]$env:ANTIPHON_RATE
$format = New-Object System.Speech.AudioFormat.SpeechAudioFormatInfo 22050, 'Sixteen', 'Mono'
$memory = New-Object IO.MemoryStream
$reader = New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)
$text = [Security.SecurityElement]::Escape($reader.ReadToEnd())
$voice.SetOutputToAudioStream($memory, $format)
$voice.SpeakSsml("<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='$($voice.Voice.Culture.Name)'><prosody pitch='$env:ANTIPHON_PITCH'>$text</prosody></speak>")
$header = New-Object IO.MemoryStream
$write = New-Object IO.BinaryWriter $header
$write.Write([Text.Encoding]::ASCII.GetBytes('RIFF')); $write.Write([int](36 + $memory.Length))
$write.Write([Text.Encoding]::ASCII.GetBytes('WAVEfmt ')); $write.Write([int]16)
$write.Write([int16]1); $write.Write([int16]1); $write.Write([int]22050); $write.Write([int]44100)
$write.Write([int16]2); $write.Write([int16]16)
$write.Write([Text.Encoding]::ASCII.GetBytes('data')); $write.Write([int]$memory.Length)
$out = [Console]::OpenStandardOutput()
$header.WriteTo($out); $memory.WriteTo($out); $out.Flush()
"#;

/// A program that was found.
#[derive(Clone, Debug)]
pub(super) struct Program {
    kind: Kind,
    path: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Say,
    EspeakNg,
    Flite,
    Sapi,
}

impl Kind {
    /// The name of its file.
    fn file(self) -> &'static str {
        match self {
            Self::Say => "say",
            Self::EspeakNg => "espeak-ng",
            Self::Flite => "flite",
            Self::Sapi => "powershell",
        }
    }

    /// Those that are looked for, the best voice first.
    fn candidates(wanted: TtsProgram) -> &'static [Self] {
        match wanted {
            TtsProgram::Auto if cfg!(target_os = "macos") => {
                &[Self::Say, Self::EspeakNg, Self::Flite]
            }
            TtsProgram::Auto if cfg!(windows) => &[Self::Sapi, Self::EspeakNg],
            // Elsewhere `say` is another program.
            TtsProgram::Auto => &[Self::EspeakNg, Self::Flite],
            TtsProgram::Say => &[Self::Say],
            TtsProgram::EspeakNg => &[Self::EspeakNg],
            TtsProgram::Flite => &[Self::Flite],
            TtsProgram::Sapi => &[Self::Sapi],
        }
    }
}

impl Program {
    /// Finds a program in the folders of `search`, which is what `PATH` holds.
    ///
    /// # Errors
    /// A fault that says what was looked for and how to get it.
    pub(super) fn find(wanted: TtsProgram, search: Option<OsString>) -> Result<Self, StageError> {
        let candidates = Kind::candidates(wanted);
        let search = search.unwrap_or_default();
        for &kind in candidates {
            let file = format!("{}{}", kind.file(), env::consts::EXE_SUFFIX);
            if let Some(path) =
                env::split_paths(&search).map(|folder| folder.join(&file)).find(|it| it.is_file())
            {
                return Ok(Self { kind, path });
            }
        }
        let names: Vec<_> = candidates.iter().map(|kind| format!("`{}`", kind.file())).collect();
        let advice = if candidates.contains(&Kind::EspeakNg) || candidates.contains(&Kind::Flite) {
            let package = candidates.first().map_or("espeak-ng", |kind| match kind {
                Kind::Flite => "flite",
                Kind::Say | Kind::EspeakNg | Kind::Sapi => "espeak-ng",
            });
            format!("run `./setup`, or install the package `{package}`")
        } else {
            "set `program` to `auto` for the voice that this machine has".into()
        };
        let names = names.join(" and no ");
        Err(StageError::give_up(format!("no program that speaks: no {names} in `PATH`; {advice}")))
    }

    /// Its name, for messages.
    pub(super) fn name(&self) -> &'static str {
        self.kind.file()
    }

    /// Whether it can only write to a file that it can seek in; else it writes to its standard
    /// output.
    pub(super) fn needs_file(&self) -> bool {
        match self.kind {
            // `say` documents no other output; flite reads the header back to correct it.
            Kind::Say | Kind::Flite => true,
            Kind::EspeakNg | Kind::Sapi => false,
        }
    }

    /// The command that speaks what comes through its standard input until that ends.
    pub(super) fn command(&self, settings: &TtsSystem, file: Option<&Path>) -> Command {
        let mut command = Command::new(&self.path);
        let rate = settings.rate_wpm;
        match self.kind {
            Kind::EspeakNg => {
                command.args(["--stdout", "--stdin", "-b", "1"]);
                command.args(["-s", &rate.to_string(), "-p", &settings.pitch.to_string()]);
                if let Some(voice) = &settings.voice {
                    command.args(["-v", voice]);
                }
            }
            Kind::Flite => {
                let stretch = format!("duration_stretch={:.3}", PLAIN_WPM / f64::from(rate));
                command.args(["--setf", &stretch]);
                if settings.pitch != PLAIN_PITCH {
                    // The mean pitch of a speaking man, up or down by as much as an octave.
                    let mean = 110.0 * octaves(settings.pitch).exp2();
                    command.args(["--setf", &format!("int_f0_target_mean={mean:.1}")]);
                }
                if let Some(voice) = &settings.voice {
                    command.args(["-voice", voice]);
                }
                command.args(["-f", "-"]);
                command.arg("-o").args(file);
            }
            Kind::Say => {
                command.args(["-r", &rate.to_string()]);
                if let Some(voice) = &settings.voice {
                    command.args(["-v", voice]);
                }
                command.args(["--file-format=WAVE", &format!("--data-format=LEI16@{RATE}")]);
                command.args(["-f", "-"]);
                command.arg("-o").args(file);
            }
            Kind::Sapi => {
                command.args(["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", SAPI]);
                // From -10 to 10 it goes from a third of the speed to three times the speed.
                let steps = (f64::from(rate) / PLAIN_WPM).ln() / 3_f64.ln() * 10.0;
                command.env("ANTIPHON_RATE", format!("{:.0}", steps.clamp(-10.0, 10.0)));
                let percent = (octaves(settings.pitch).exp2() - 1.0) * 100.0;
                command.env("ANTIPHON_PITCH", format!("{percent:+.0}%"));
                command.env("ANTIPHON_VOICE", settings.voice.as_deref().unwrap_or_default());
            }
        }
        command
    }

    /// The text as the program is to get it: nothing in it is a command.
    pub(super) fn text(&self, speech: &str, settings: &TtsSystem) -> String {
        let plain: String = speech.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        // Both eSpeak NG and `say` take what is in double brackets for commands.
        let plain = plain.replace("[[", "[ [");
        match self.kind {
            Kind::Say if settings.pitch != PLAIN_PITCH => {
                format!("[[pbas {:+.1}]] {plain}", octaves(settings.pitch) * 12.0)
            }
            Kind::Say | Kind::EspeakNg | Kind::Flite | Kind::Sapi => plain,
        }
    }
}

/// A pitch setting as octaves above the voice's own.
fn octaves(pitch: u32) -> f64 {
    (f64::from(pitch) - f64::from(PLAIN_PITCH)) / 50.0
}
