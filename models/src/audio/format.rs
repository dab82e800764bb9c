//! Says what a file that is not a WAV file looks like.

/// Names the format of a file by its first bytes, as a phrase for a message.
pub(super) fn describe(head: &[u8]) -> String {
    let known = by_signature(head).or_else(|| is_text(head).then_some("text"));
    match known {
        Some(name) => name.to_owned(),
        None => {
            let bytes: Vec<_> = head.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            format!("unknown data that begins with the bytes `{}`", bytes.join(" "))
        }
    }
}

fn by_signature(head: &[u8]) -> Option<&'static str> {
    /// Offset, signature, name.
    const SIGNATURES: [(usize, &[u8], &str); 22] = [
        (0, b"ID3", "an MP3 file"),
        (0, b"OggS", "an Ogg file (Vorbis or Opus)"),
        (0, b"fLaC", "a FLAC file"),
        (4, b"ftyp", "an MP4 or M4A file"),
        (0, b"\x1a\x45\xdf\xa3", "a Matroska or WebM file"),
        (8, b"AIFF", "an AIFF file"),
        (8, b"AIFC", "an AIFF file"),
        (0, b"caff", "a Core Audio file"),
        (0, b".snd", "a Sun audio file"),
        (0, b"#!AMR", "an AMR file"),
        (0, b"MThd", "a MIDI file"),
        (0, b"RIFX", "a big-endian RIFF file"),
        (0, b"riff", "a Wave64 file"),
        (8, b"AVI ", "an AVI video"),
        (8, b"WEBP", "a WebP image"),
        (0, b"\x89PNG", "a PNG image"),
        (0, b"\xff\xd8\xff", "a JPEG image"),
        (0, b"%PDF", "a PDF file"),
        (0, b"PK\x03\x04", "a zip archive"),
        (0, b"\x1f\x8b", "a gzip file"),
        (0, b"GGUF", "a GGUF model"),
        (0, b"\xff\xfe", "text in UTF-16"),
    ];
    if head.is_empty() {
        return Some("an empty file");
    }
    if head.iter().all(|byte| *byte == 0) {
        return Some("zero bytes only");
    }
    SIGNATURES
        .iter()
        .find(|(at, signature, _)| head.get(*at..).is_some_and(|rest| rest.starts_with(signature)))
        .map(|(_, _, name)| *name)
        .or_else(|| mpeg_frame(head))
}

/// Recognises a bare MPEG audio frame: eleven set bits, then version and layer.
fn mpeg_frame(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xff, second, ..] if second & 0xf6 == 0xf0 => Some("an AAC file"),
        [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 => Some("an MP3 file"),
        _ => None,
    }
}

/// Whether the bytes read as UTF-8 text, a character cut off at the end included.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    valid.chars().all(|c| !c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_named() {
        #[track_caller]
        fn check(head: &[u8], expected: &str) {
            assert_eq!(describe(head), expected, "for {head:02x?}");
        }
        check(b"", "an empty file");
        check(b"ID3\x04\0\0\0\0\0\0", "an MP3 file");
        check(b"\xff\xfb\x90\x64\0\0", "an MP3 file");
        check(b"\xff\xf1\x50\x80\0\0", "an AAC file");
        check(b"\xff\xfeh\0i\0", "text in UTF-16");
        check(b"OggS\0\x02", "an Ogg file (Vorbis or Opus)");
        check(b"fLaC\0\0\0\x22", "a FLAC file");
        check(b"\0\0\0\x20ftypM4A ", "an MP4 or M4A file");
        check(b"FORM\0\0\0\0AIFF", "an AIFF file");
        check(b"RIFF\0\0\0\0AVI LIST", "an AVI video");
        check("hello there, caf\u{e9}".as_bytes(), "text");
        check(&"hello there, caf\u{e9}".as_bytes()[..17], "text");
        check(b"\x01\x02\x03\x04\x05", "unknown data that begins with the bytes `01 02 03 04`");
        check(&[0; 12], "zero bytes only");
    }
}
