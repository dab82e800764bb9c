//! Weights of the rules, fitted by `models/rehearsal/endpoint/fit.py`, which says on what.

use super::{sound, text};

/// Of the rules on words, by name.
pub(super) const TEXT: [(&str, f32); text::NAMES.len()] = [
    ("full_stop", 1.02),
    ("question_mark", 2.01),
    ("comma_or_dots", -0.47),
    ("filler", -5.76),
    ("stalling", -4.40),
    ("determiner", -5.50),
    ("preposition", -3.46),
    ("stranded_preposition", -1.02),
    ("particle", -0.69),
    ("conjunction", -5.02),
    ("auxiliary", -2.96),
    ("elliptic_auxiliary", 0.85),
    ("contraction", -2.84),
    ("subject", -1.55),
    ("transitive", -0.88),
    ("degree", -2.06),
    ("asking_word", -2.91),
    ("identifier_short", -3.82),
    ("identifier_long", -0.85),
    ("digits", -0.67),
    ("number", 0.10),
    ("spelling", -2.88),
    ("name", -2.59),
    ("subordinate", -3.82),
    ("answer", 2.15),
    ("one_word", -0.16),
    ("two_words", -0.27),
    ("question", 0.26),
    ("verbless", 0.59),
    ("open_list", -2.95),
    ("closer", 0.58),
    ("long", 2.85),
];

/// Of words at which no rule looks.
pub(super) const TEXT_BIAS: f32 = -1.51;

/// Of the log-odds of a mark that ends a sentence.
pub(super) const MARK: f32 = 0.74;

/// Of a recogniser that says how sure it is of the mark.
pub(super) const MARK_BIAS: f32 = -0.30;

/// Of what is heard, by name.
pub(super) const SOUND: [(&str, f32); sound::NAMES.len()] = [
    ("low", 0.80),
    ("high", 1.39),
    ("falling", 2.34),
    ("rising", -2.52),
    ("rising_question", 1.18),
    ("faded", 1.77),
    ("drawn_out", 0.35),
    ("brief", -0.93),
];

/// Of speech at which nothing is heard.
pub(super) const SOUND_BIAS: f32 = -0.30;

/// Of what is heard where the words were not understood, by name.
pub(super) const ALONE: [(&str, f32); sound::ALONE.len()] =
    [("register", -0.41), ("slope", -0.44), ("fade", -0.85)];

/// Of such speech at which nothing is heard.
pub(super) const ALONE_BIAS: f32 = -0.40;
