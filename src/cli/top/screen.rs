//! The terminal while `top` draws on it.

use std::io::{IsTerminal, Read, stdin};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use console::Term;

/// The second screen of the terminal, as editors use it.
const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";
const HOME: &str = "\x1b[H";
const CLEAR_LINE: &str = "\x1b[K";
const CLEAR_BELOW: &str = "\x1b[J";

/// Draws over what was there, and gives the terminal back as it was.
#[derive(Debug)]
pub(super) struct Screen {
    term: Term,
    /// How the keyboard was set; none if it is not read.
    keyboard: Option<String>,
}

impl Screen {
    pub(super) fn enter() -> Result<Self> {
        let screen = Self { term: Term::stdout(), keyboard: take_keyboard() };
        screen.term.write_str(ENTER).context("cannot draw")?;
        screen.term.hide_cursor().context("cannot draw")?;
        Ok(screen)
    }

    /// Columns of the terminal.
    pub(super) fn width(&self) -> usize {
        usize::from(self.term.size().1)
    }

    pub(super) fn draw(&self, lines: &[String]) -> Result<()> {
        let height = usize::from(self.term.size().0);
        let shown: Vec<_> = lines.iter().take(height).map(String::as_str).collect();
        let text = shown.join(&format!("{CLEAR_LINE}\r\n"));
        // In one piece, or it would flicker.
        let text = format!("{HOME}{text}{CLEAR_LINE}{CLEAR_BELOW}");
        self.term.write_str(&text).context("cannot draw")
    }

    /// Whether `q` was pressed.
    pub(super) fn is_left(&self) -> bool {
        let mut keys = [0; 64];
        self.keyboard.is_some()
            && stdin().lock().read(&mut keys).is_ok_and(|read| keys[..read].contains(&b'q'))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        self.term.show_cursor().ok();
        self.term.write_str(LEAVE).ok();
        if let Some(keyboard) = &self.keyboard {
            stty(&[keyboard]);
        }
    }
}

/// Has keys come one by one, unseen, without waiting for them; says how it was before.
fn take_keyboard() -> Option<String> {
    if !stdin().is_terminal() {
        return None;
    }
    let before = stty(&["-g"])?;
    stty(&["-icanon", "-echo", "min", "0", "time", "0"])?;
    Some(before)
}

/// Every POSIX system has this program; what it does is not in the standard library.
fn stty(args: &[&str]) -> Option<String> {
    let output = Command::new("stty")
        .args(args)
        .stdin(Stdio::inherit())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}
