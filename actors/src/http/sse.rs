//! Server-sent events, after the WHATWG HTML standard, section 9.2.

/// The longest event that is taken, in bytes.
const LIMIT: usize = 4 << 20;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// What the server calls it; mostly empty.
    pub(crate) name: String,
    /// Its data, lines joined with line feeds.
    pub(crate) data: String,
}

/// Reads events from bytes, however these are cut.
///
/// Beyond the standard, a field `error` is taken for an event of that name, as llama.cpp sends it,
/// and an event that the end of the stream cuts off before its blank line counts.
#[derive(Debug, Default)]
pub(crate) struct Sse {
    /// The line so far.
    line: Vec<u8>,
    /// Whether the last byte was a carriage return, whose line feed may follow.
    after_return: bool,
    /// Whether a line was read: a byte order mark may stand before the first.
    begun: bool,
    event: Event,
    has_data: bool,
}

/// An event was longer than any server means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is longer than {LIMIT} bytes")]
pub(crate) struct TooLong;

impl Sse {
    /// Takes bytes and appends the events that they complete.
    ///
    /// # Errors
    /// When an event is too long; the stream is lost then.
    pub(crate) fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), TooLong> {
        for &byte in bytes {
            let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => self.end_line(events),
                _ => self.line.push(byte),
            }
            if self.line.len() + self.event.data.len() > LIMIT {
                return Err(TooLong);
            }
        }
        Ok(())
    }

    /// The stream ended: appends the event that was not finished.
    pub(crate) fn finish(&mut self, events: &mut Vec<Event>) {
        if !self.line.is_empty() {
            self.end_line(events);
        }
        self.dispatch(events);
    }

    fn end_line(&mut self, events: &mut Vec<Event>) {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let line = match std::mem::replace(&mut self.begun, true) {
            true => &line,
            false => line.strip_prefix('\u{feff}').unwrap_or(&line),
        };
        if line.is_empty() {
            self.dispatch(events);
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => self.add_data(value),
            "event" => self.event.name = value.to_string(),
            "error" => {
                self.event.name = field.to_string();
                self.add_data(value);
            }
            // Comments have an empty field; identifiers and waits are for reconnecting.
            _ => {}
        }
    }

    fn add_data(&mut self, value: &str) {
        if std::mem::replace(&mut self.has_data, true) {
            self.event.data.push('\n');
        }
        self.event.data.push_str(value);
    }

    fn dispatch(&mut self, events: &mut Vec<Event>) {
        let event = std::mem::take(&mut self.event);
        if std::mem::take(&mut self.has_data) {
            events.push(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let (mut sse, mut events) = (Sse::default(), Vec::new());
        for piece in pieces {
            sse.push(piece, &mut events).unwrap();
        }
        sse.finish(&mut events);
        events.into_iter().map(|event| (event.name, event.data)).collect()
    }

    #[test]
    fn events_are_read() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("", &[]),
            ("data: a\n\n", &[("", "a")]),
            ("data:a\n\n", &[("", "a")]),
            ("data:  a \n\n", &[("", " a ")]),
            ("data: a\r\n\r\n", &[("", "a")]),
            ("data: a\r\rdata: b\r\r", &[("", "a"), ("", "b")]),
            ("data: a\ndata: b\n\n", &[("", "a\nb")]),
            ("data\n\n", &[("", "")]),
            ("data:\ndata:\n\n", &[("", "\n")]),
            (": ping\n\n: ping\n\ndata: a\n\n", &[("", "a")]),
            ("event: error\ndata: {}\n\n", &[("error", "{}")]),
            ("error: {\"code\":500}\n\n", &[("error", "{\"code\":500}")]),
            ("event: ping\n\ndata: a\n\n", &[("", "a")]),
            ("id: 7\nretry: 10\ndata: a\n\n", &[("", "a")]),
            ("\u{feff}data: a\n\n", &[("", "a")]),
            ("data: \u{feff}é\n\n", &[("", "\u{feff}é")]),
            ("\n\n\n\ndata: a\n\n\n\n", &[("", "a")]),
            ("data: cut off", &[("", "cut off")]),
            ("data: [DONE]\n", &[("", "[DONE]")]),
            ("datas: a\n\n", &[]),
        ];
        for (text, expected) in cases {
            let read = read(&[text.as_bytes()]);
            let read: Vec<_> = read.iter().map(|(n, d)| (n.as_str(), d.as_str())).collect();
            assert_eq!(read, *expected, "{text:?}");
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let (mut sse, mut events) = (Sse::default(), Vec::new());
        let line = [b"data: ".as_slice(), &[b'x'; 1 << 20], b"\n"].concat();
        let results: Vec<_> = (0..5).map(|_| sse.push(&line, &mut events)).collect();
        assert_eq!(results.last(), Some(&Err(TooLong)));
    }

    proptest! {
        #[test]
        fn cutting_does_not_matter(
            text in "([a:é→\u{feff} \r\n]|data: ?|event: |error:|\r\n|\n\n){0,40}",
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(read(&pieces), read(&[bytes]));
        }
    }
}
