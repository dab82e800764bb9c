//! What this process takes of the machine, from `/proc`.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Bytes of a page.
const PAGE: u64 = 4096;
/// Ticks of `/proc/self/stat` in a second, which Linux fixes for user space.
const TICKS: f64 = 100.0;

/// Processor time until a moment.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    cpu: Duration,
    wall: Duration,
}

impl Usage {
    /// Processor time until now.
    pub fn now() -> Result<Self> {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        let wall = START.get_or_init(Instant::now).elapsed();
        let text = std::fs::read_to_string("/proc/self/stat").context("`/proc/self/stat`")?;
        // The name of the program comes second, in brackets, and may hold spaces.
        let fields: Vec<_> =
            text.rsplit_once(')').context("no name")?.1.split_whitespace().collect();
        let ticks = |place: usize| -> Result<f64> {
            Ok(fields.get(place).context("`/proc/self/stat` is short")?.parse()?)
        };
        let cpu = Duration::from_secs_f64((ticks(11)? + ticks(12)?) / TICKS);
        Ok(Self { cpu, wall })
    }

    /// What was taken since an earlier moment.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self { cpu: self.cpu - earlier.cpu, wall: self.wall - earlier.wall }
    }

    /// Share of one core.
    pub fn core_percent(&self) -> f64 {
        100.0 * self.cpu.as_secs_f64() / self.wall.as_secs_f64().max(1e-9)
    }
}

/// Bytes of memory that are resident now.
pub fn resident() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").context("`/proc/self/statm`")?;
    let pages: u64 =
        text.split_whitespace().nth(1).context("`/proc/self/statm` is short")?.parse()?;
    Ok(pages * PAGE)
}
