//! A contender in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::protocol::{Reply, Request};

/// How to start a contender.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Name in the table.
    pub name: &'static str,
    /// Program and its arguments.
    pub argv: Vec<String>,
}

/// A running contender.
pub struct Running {
    /// Name in the table.
    pub name: &'static str,
    /// Seconds from starting the process until it could take work, warm-up included.
    pub ready_s: f64,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Running {
    /// Starts the process and waits until it is ready.
    ///
    /// # Errors
    /// When it cannot be started or ends before it is ready.
    pub fn start(spec: &Spec, threads: usize) -> Result<Self> {
        let begin = Instant::now();
        let count = threads.to_string();
        let mut child = Command::new(&spec.argv[0])
            .args(&spec.argv[1..])
            .env("RAYON_NUM_THREADS", &count)
            .env("CANDLE_NUM_THREADS", &count)
            .env("OMP_NUM_THREADS", &count)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{}`", spec.argv[0]))?;
        let input = child.stdin.take().context("no pipe to the contender")?;
        let output = BufReader::new(child.stdout.take().context("no pipe from the contender")?);
        let mut running = Self { name: spec.name, ready_s: 0.0, child, input, output };
        running.read()?;
        running.ready_s = begin.elapsed().as_secs_f64();
        Ok(running)
    }

    /// Gives work and waits for the answer.
    ///
    /// # Errors
    /// When the contender fails or has ended.
    pub fn ask(&mut self, request: &Request) -> Result<Reply> {
        serde_json::to_writer(&mut self.input, request)?;
        self.input.write_all(b"\n")?;
        self.input.flush()?;
        self.read()
    }

    /// Largest resident memory so far, in MiB; `None` where the system does not tell.
    pub fn peak_mib(&self) -> Option<f64> {
        let status = std::fs::read_to_string(
            Path::new("/proc").join(self.child.id().to_string()).join("status"),
        )
        .ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib / 1024.0)
    }

    fn read(&mut self) -> Result<Reply> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("`{}` ended without an answer", self.name);
        }
        let reply: Reply = serde_json::from_str(&line)
            .with_context(|| format!("`{}` said `{}`", self.name, line.trim()))?;
        if let Some(error) = reply.get("error") {
            bail!("`{}` failed: {error}", self.name);
        }
        Ok(reply)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A contender that has already ended cannot be killed again; nothing depends on it here.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
