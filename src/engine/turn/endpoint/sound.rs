//! What the voice says about the end, beside the words.

use antiphon_actors::prosody::Prosody;

/// What is looked at, in the order of [`features`].
pub const NAMES: [&str; 7] = ["low", "high", "falling", "rising", "faded", "drawn_out", "brief"];

/// Speech shorter than this is brief, in seconds.
const BRIEF: f32 = 0.5;

/// Each between 0 and 1, in the order of [`NAMES`]; 0 also where it cannot be told.
pub fn features(prosody: &Prosody) -> [f32; NAMES.len()] {
    let part =
        |value: Option<f32>, full: f32| value.map_or(0.0, |value| (value / full).clamp(0.0, 1.0));
    [
        part(prosody.register, -4.0),
        part(prosody.register, 4.0),
        part(prosody.slope, -20.0),
        part(prosody.slope, 20.0),
        part(prosody.fade, -15.0),
        part(prosody.lengthening, 1.0),
        f32::from(u8::from(prosody.speech < BRIEF)),
    ]
}
