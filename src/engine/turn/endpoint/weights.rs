//! Weights of the rules, fitted by `models/rehearsal/endpoint/fit.py`, which says on what.

use super::{sound, text};

/// Of the rules on words, by name.
pub(super) const TEXT: [(&str, f32); text::NAMES.len()] = [
    ("full_stop", 0.99),
    ("question_mark", 1.98),
    ("comma_or_dots", -0.47),
    ("filler", -5.95),
    ("stalling", -4.08),
    ("determiner", -4.41),
    ("preposition", -4.39),
    ("stranded_preposition", -1.16),
    ("particle", -0.78),
    ("conjunction", -5.53),
    ("auxiliary", -2.89),
    ("elliptic_auxiliary", 0.57),
    ("contraction", -3.24),
    ("subject", -3.02),
    ("transitive", -0.91),
    ("degree", -2.06),
    ("asking_word", -2.26),
    ("identifier_short", -3.83),
    ("identifier_long", -0.88),
    ("digits", -0.59),
    ("number", 0.12),
    ("spelling", -2.88),
    ("name", 1.49),
    ("subordinate", -3.71),
    ("answer", 1.80),
    ("one_word", -0.02),
    ("two_words", -0.55),
    ("question", 0.17),
    ("verbless", 0.66),
    ("open_list", -3.50),
    ("closer", 0.62),
    ("long", 2.67),
];

/// Of words at which no rule looks.
pub(super) const TEXT_BIAS: f32 = -1.42;

/// Of the log-odds of a mark that ends a sentence.
pub(super) const MARK: f32 = 0.69;

/// Of a recogniser that says how sure it is of the mark.
pub(super) const MARK_BIAS: f32 = -0.16;

/// Of a recogniser that writes no marks.
pub(super) const BARE_BIAS: f32 = 0.83;

/// Of a question that it wrote.
pub(super) const BARE_QUESTION: f32 = 0.70;

/// Of what is heard, by name.
pub(super) const SOUND: [(&str, f32); sound::NAMES.len()] = [
    ("low", 0.19),
    ("high", 1.10),
    ("falling", 2.53),
    ("rising", -2.60),
    ("rising_question", 0.78),
    ("faded", 0.82),
    ("drawn_out", 0.18),
    ("brief", -0.92),
];

/// Of speech at which nothing is heard.
pub(super) const SOUND_BIAS: f32 = -0.16;
