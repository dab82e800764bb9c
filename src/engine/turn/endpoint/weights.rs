//! Weights of the rules, fitted by `models/rehearsal/endpoint/fit.py`, which says on what.

use super::{sound, text};

/// Of the rules on words, by name.
pub(super) const TEXT: [(&str, f32); text::NAMES.len()] = [
    ("full_stop", 1.05),
    ("question_mark", 1.97),
    ("comma_or_dots", -0.49),
    ("filler", -5.77),
    ("stalling", -3.82),
    ("determiner", -5.02),
    ("preposition", -3.40),
    ("stranded_preposition", -1.14),
    ("particle", -0.91),
    ("conjunction", -2.80),
    ("auxiliary", -3.03),
    ("elliptic_auxiliary", 1.80),
    ("contraction", -3.28),
    ("subject", -2.21),
    ("transitive", -1.05),
    ("degree", -0.38),
    ("asking_word", -2.51),
    ("identifier_short", -3.77),
    ("identifier_long", 0.14),
    ("digits", -0.23),
    ("number", 0.37),
    ("spelling", -2.57),
    ("name", -2.94),
    ("subordinate", -2.87),
    ("answer", 0.98),
    ("one_word", -1.40),
    ("two_words", -1.23),
    ("question", 0.48),
    ("verbless", 0.28),
    ("open_list", -2.43),
    ("closer", 0.32),
];

/// Of words at which no rule looks.
pub(super) const TEXT_BIAS: f32 = 0.19;

/// Of the log-odds of a mark that ends a sentence.
pub(super) const MARK: f32 = 0.55;

/// Of a recogniser that says how sure it is of the mark.
pub(super) const MARK_BIAS: f32 = -0.01;

/// Of what is heard, by name.
pub(super) const SOUND: [(&str, f32); sound::NAMES.len()] = [
    ("low", -0.21),
    ("high", 2.00),
    ("falling", 1.86),
    ("rising", -0.91),
    ("faded", 0.38),
    ("drawn_out", 0.19),
    ("brief", -0.82),
];

/// Of speech at which nothing is heard.
pub(super) const SOUND_BIAS: f32 = -0.01;
