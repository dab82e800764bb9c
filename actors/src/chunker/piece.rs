//! A piece of a reply, and why it ends where it does.

/// Why a piece ends where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The first clause of the reply.
    FirstClause,
    /// The end of a sentence.
    Sentence,
    /// The end of a line.
    Newline,
    /// The end of a line that is an item of a list.
    ListItem,
    /// The line that opens a block of code.
    CodeOpen,
    /// A line of a block of code, or the one that closes it.
    Code,
    /// No end was found in the length that a piece may have.
    MaxLength,
    /// The end of the reply.
    End,
}

impl Rule {
    /// The name that traces and counters carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstClause => "first_clause",
            Self::Sentence => "sentence",
            Self::Newline => "newline",
            Self::ListItem => "list_item",
            Self::CodeOpen => "code_open",
            Self::Code => "code",
            Self::MaxLength => "max_length",
            Self::End => "end",
        }
    }

    /// Whether the piece is spoken: the inside of a block of code is not.
    pub const fn is_spoken(self) -> bool {
        !matches!(self, Self::Code)
    }
}

/// A part of the reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text as it was written; the pieces joined are the whole reply. Blanks between two
    /// pieces stand at the beginning of the second.
    pub text: String,
    /// Why it ends here.
    pub rule: Rule,
}
