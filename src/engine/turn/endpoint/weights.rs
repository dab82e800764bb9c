//! Weights of the rules, fitted by `models/rehearsal/endpoint/fit.py`, which says on what.

use super::{sound, text};

/// Of the rules on words, by name.
pub(super) const TEXT: [(&str, f32); text::NAMES.len()] = [
    ("full_stop", 0.73),
    ("question_mark", 1.40),
    ("comma_or_dots", -0.57),
    ("filler", -5.65),
    ("stalling", -3.74),
    ("determiner", -3.99),
    ("preposition", -3.44),
    ("stranded_preposition", -1.20),
    ("particle", -0.96),
    ("conjunction", -2.77),
    ("auxiliary", -2.87),
    ("elliptic_auxiliary", 1.97),
    ("contraction", -2.95),
    ("subject", -2.24),
    ("transitive", -1.04),
    ("degree", -0.39),
    ("asking_word", -2.95),
    ("identifier_short", -3.72),
    ("identifier_long", 0.16),
    ("digits", 0.05),
    ("number", 0.04),
    ("spelling", -2.48),
    ("name", -2.90),
    ("subordinate", -3.95),
    ("answer", 0.65),
    ("one_word", -1.50),
    ("two_words", -1.22),
    ("question", 0.27),
    ("verbless", 0.37),
    ("open_list", -2.60),
    ("closer", 0.42),
];

/// Of words at which no rule looks.
pub(super) const TEXT_BIAS: f32 = 0.38;

/// Of what is heard, by name.
pub(super) const SOUND: [(&str, f32); sound::NAMES.len()] = [
    ("low", 0.32),
    ("high", 1.94),
    ("falling", 1.69),
    ("rising", -0.46),
    ("faded", 0.34),
    ("drawn_out", 0.05),
    ("brief", -0.97),
];

/// Of speech at which nothing is heard.
pub(super) const SOUND_BIAS: f32 = -1.10;
