//! Ctrl-C: the first raises a flag that loops and model steps look at, the second ends the
//! process at once.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, bail};

/// What a shell reports for a program that SIGINT ended.
pub(crate) const EXIT_CODE: u8 = 130;

static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Returns the flag that Ctrl-C raises, listening from the first call on.
///
/// # Errors
/// When the operating system refuses the handler.
pub(crate) fn flag() -> Result<Arc<AtomicBool>> {
    if let Some(flag) = FLAG.get() {
        return Ok(flag.clone());
    }
    let flag = Arc::new(AtomicBool::new(false));
    if FLAG.set(flag.clone()).is_ok() {
        let raised = flag.clone();
        ctrlc::set_handler(move || {
            if raised.swap(true, Ordering::Relaxed) {
                process::exit(i32::from(EXIT_CODE));
            }
        })
        .context("cannot listen for Ctrl-C")?;
    }
    Ok(flag)
}

/// Whether Ctrl-C has been pressed since [`flag`] was first called.
pub(crate) fn seen() -> bool {
    FLAG.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// Fails once Ctrl-C has been pressed.
///
/// # Errors
/// When [`seen`].
pub(crate) fn check() -> Result<()> {
    if seen() {
        bail!("interrupted");
    }
    Ok(())
}
