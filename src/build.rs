//! Which stage a kind is.
