//! How many threads the networks use.

use std::env;
use std::num::NonZeroUsize;

/// The pools of candle (quantised products) and of rayon (everything else) read these when they
/// are first used.
const VARIABLES: [&str; 2] = ["CANDLE_NUM_THREADS", "RAYON_NUM_THREADS"];

/// Limits the networks to `threads`; without it the environment or the physical cores decide.
///
/// Must be called before any other thread exists and before any network runs.
pub(crate) fn limit(threads: Option<NonZeroUsize>) {
    let Some(threads) = threads else { return };
    for name in VARIABLES {
        // SAFETY: the caller is `main` before it starts a thread, so nothing else reads or
        // writes the environment meanwhile.
        unsafe { env::set_var(name, threads.to_string()) };
    }
}
