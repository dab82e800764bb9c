//! What the voice says about the end, beside the words.

use antiphon_actors::prosody::Prosody;

/// What is looked at, in the order of [`features`].
pub const NAMES: [&str; 8] =
    ["low", "high", "falling", "rising", "rising_question", "faded", "drawn_out", "brief"];

/// Speech shorter than this is brief, in seconds.
const BRIEF: f32 = 0.5;
/// A register, in semitones, a slope, in semitones a second, and a fade, in dB, that are plain.
const REGISTER: f32 = 4.0;
const SLOPE: f32 = 20.0;
const FADE: f32 = 15.0;

/// Each between 0 and 1, in the order of [`NAMES`]; 0 also where it cannot be told. A voice that
/// rises wants to go on, but for that of a question.
pub fn features(prosody: &Prosody, is_question: bool) -> [f32; NAMES.len()] {
    let part =
        |value: Option<f32>, full: f32| value.map_or(0.0, |value| (value / full).clamp(0.0, 1.0));
    let rising = part(prosody.slope, SLOPE);
    [
        part(prosody.register, -REGISTER),
        part(prosody.register, REGISTER),
        part(prosody.slope, -SLOPE),
        if is_question { 0.0 } else { rising },
        if is_question { rising } else { 0.0 },
        part(prosody.fade, -FADE),
        part(prosody.lengthening, 1.0),
        f32::from(u8::from(prosody.speech < BRIEF)),
    ]
}
