//! Weights of the rules, fitted by `models/rehearsal/endpoint/fit.py`, which says on what.

use super::{sound, text};

/// Of the rules on words, by name.
pub(super) const TEXT: [(&str, f32); text::NAMES.len()] = [
    ("full_stop", 1.00),
    ("question_mark", 1.98),
    ("comma_or_dots", -0.47),
    ("filler", -5.76),
    ("stalling", -4.38),
    ("determiner", -5.49),
    ("preposition", -4.57),
    ("stranded_preposition", -0.95),
    ("particle", -0.57),
    ("conjunction", -5.42),
    ("auxiliary", -2.83),
    ("elliptic_auxiliary", 0.89),
    ("contraction", -2.84),
    ("subject", -2.55),
    ("transitive", -0.71),
    ("degree", -1.98),
    ("asking_word", -2.86),
    ("identifier_short", -3.79),
    ("identifier_long", -0.81),
    ("digits", -0.63),
    ("number", 0.11),
    ("spelling", -2.87),
    ("name", -2.55),
    ("subordinate", -4.04),
    ("answer", 2.25),
    ("one_word", -0.08),
    ("two_words", -0.57),
    ("question", 0.22),
    ("verbless", 0.76),
    ("open_list", -3.37),
    ("closer", 0.68),
    ("long", 2.86),
];

/// Of words at which no rule looks.
pub(super) const TEXT_BIAS: f32 = -1.52;

/// Of the log-odds of a mark that ends a sentence.
pub(super) const MARK: f32 = 0.72;

/// Of a recogniser that says how sure it is of the mark.
pub(super) const MARK_BIAS: f32 = -0.33;

/// Of what is heard, by name.
pub(super) const SOUND: [(&str, f32); sound::NAMES.len()] = [
    ("low", 0.76),
    ("high", 1.15),
    ("falling", 2.28),
    ("rising", -2.54),
    ("rising_question", 1.15),
    ("faded", 1.79),
    ("drawn_out", 0.30),
    ("brief", -0.86),
];

/// Of speech at which nothing is heard.
pub(super) const SOUND_BIAS: f32 = -0.33;

/// Of what is heard where the words were not understood, by name.
pub(super) const ALONE: [(&str, f32); sound::ALONE.len()] =
    [("register", -0.41), ("slope", -0.44), ("fade", -0.85)];

/// Of such speech at which nothing is heard.
pub(super) const ALONE_BIAS: f32 = -0.40;
