//! Weights of the rules, fitted by `models/rehearsal/endpoint/fit.py`, which says on what.

use super::{sound, text};

/// Of the rules on words, by name.
pub(super) const TEXT: [(&str, f32); text::NAMES.len()] = [
    ("full_stop", 2.97),
    ("question_mark", 5.02),
    ("comma_or_dots", -0.33),
    ("filler", -5.65),
    ("stalling", -4.07),
    ("determiner", -5.24),
    ("preposition", -3.38),
    ("stranded_preposition", -1.47),
    ("particle", -0.97),
    ("conjunction", -2.80),
    ("auxiliary", -3.19),
    ("elliptic_auxiliary", 1.33),
    ("contraction", -3.10),
    ("subject", -2.52),
    ("transitive", -1.08),
    ("degree", -0.12),
    ("asking_word", -3.18),
    ("identifier_short", -3.35),
    ("identifier_long", -0.11),
    ("digits", -0.37),
    ("number", 0.12),
    ("spelling", -1.90),
    ("name", -2.65),
    ("subordinate", -3.72),
    ("answer", 1.94),
    ("one_word", -1.59),
    ("two_words", -1.21),
    ("question", 0.56),
    ("verbless", 0.21),
    ("open_list", -3.09),
    ("closer", 0.45),
];

/// Of words at which no rule looks.
pub(super) const TEXT_BIAS: f32 = -0.35;

/// Of what is heard, by name.
pub(super) const SOUND: [(&str, f32); sound::NAMES.len()] = [
    ("low", 0.3),
    ("falling", 0.3),
    ("rising", 0.0),
    ("faded", 0.3),
    ("drawn_out", -0.2),
    ("brief", -0.5),
];

/// Of speech at which nothing is heard.
pub(super) const SOUND_BIAS: f32 = 0.0;
