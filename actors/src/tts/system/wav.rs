//! Samples out of a WAV file that is still being written.
//!
//! Programs that write to a pipe cannot know the length that the header is to give, so they make
//! one up: the sound goes on until the pipe ends, whatever the header says.

/// Reads the bytes of a mono 16-bit PCM file as they come.
#[derive(Debug, Default)]
pub(super) struct WavStream {
    /// Bytes of the header that are not read yet, or half a sample.
    rest: Vec<u8>,
    format: Option<u32>,
    in_data: bool,
}

/// The most bytes before the sound; what is longer is no header.
const HEADER: usize = 64 << 10;

impl WavStream {
    /// Takes bytes and gives the samples in them, in -1 to 1, with their rate in Hz; none before
    /// the header is complete.
    ///
    /// # Errors
    /// What was found in place of mono 16-bit PCM.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Option<(Vec<f32>, u32)>, String> {
        self.rest.extend_from_slice(bytes);
        if !self.in_data && !self.header()? {
            return Ok(None);
        }
        let Some(rate) = self.format else {
            return Err("WAV sound before its format".into());
        };
        let whole = self.rest.len() / 2 * 2;
        let samples = self.rest[..whole]
            .chunks_exact(2)
            .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32768.0)
            .collect();
        self.rest.drain(..whole);
        Ok(Some((samples, rate)))
    }

    /// Reads up to the sound; false if more bytes are needed.
    fn header(&mut self) -> Result<bool, String> {
        if self.format.is_none() && self.rest.len() >= 12 {
            if &self.rest[..4] != b"RIFF" || &self.rest[8..12] != b"WAVE" {
                return Err("no WAV file".into());
            }
        } else if self.rest.len() < 12 {
            return Ok(false);
        }
        let mut at = 12;
        while let Some(head) = self.rest.get(at..at + 8) {
            let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
            if &head[..4] == b"data" {
                self.rest.drain(..at + 8);
                self.in_data = true;
                return Ok(true);
            }
            let end = at + 8 + length + length % 2;
            if end > HEADER {
                return Err("a WAV header without end".into());
            }
            if &head[..4] == b"fmt " {
                let Some(format) = self.rest.get(at + 8..at + 24) else { return Ok(false) };
                self.format = Some(parse_format(format)?);
            }
            at = end;
        }
        Ok(false)
    }
}

/// The rate in a `fmt ` chunk.
fn parse_format(bytes: &[u8]) -> Result<u32, String> {
    let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let (tag, channels, bits) = (short(0), short(2), short(14));
    let rate = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    // The extensible form says the same further on.
    let pcm = tag == 1 || tag == 0xfffe;
    if !pcm || channels != 1 || bits != 16 || rate == 0 {
        return Err(format!(
            "WAV format {tag} with {channels} channels of {bits} bits at {rate} Hz, expected mono \
             16-bit PCM"
        ));
    }
    Ok(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(channels: u16, data: &[i16], length: u32) -> Vec<u8> {
        let mut bytes = b"RIFF\xff\xff\xff\x7fWAVE".to_vec();
        bytes.extend(b"LIST\x03\0\0\0abc\0");
        bytes.extend(b"fmt \x10\0\0\0\x01\0");
        bytes.extend(channels.to_le_bytes());
        bytes.extend(22_050_u32.to_le_bytes());
        bytes.extend((22_050 * 2 * u32::from(channels)).to_le_bytes());
        bytes.extend((2 * channels).to_le_bytes());
        bytes.extend(16_u16.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend(length.to_le_bytes());
        bytes.extend(data.iter().flat_map(|sample| sample.to_le_bytes()));
        bytes
    }

    #[test]
    fn samples_come_whatever_the_pieces_and_whatever_the_length_in_the_header() {
        let data = [0, 16_384, -32_768, 32_767, -1];
        let expected: Vec<f32> = data.iter().map(|s| f32::from(*s) / 32768.0).collect();
        for length in [0, 4, 10, 0x7fff_f000] {
            let bytes = file(1, &data, length);
            for piece in [1, 2, 3, 7, 44, 1000] {
                let mut stream = WavStream::default();
                let mut found = Vec::new();
                for piece in bytes.chunks(piece) {
                    if let Some((samples, rate)) = stream.push(piece).unwrap() {
                        assert_eq!(rate, 22_050);
                        found.extend(samples);
                    }
                }
                assert_eq!(found, expected, "length {length} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn what_is_not_mono_pcm_is_named() {
        let check = |bytes: &[u8], expected: &str| {
            let error = WavStream::default().push(bytes).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check(&file(2, &[0, 0], 4), "2 channels");
        check(b"Error: no such voice", "no WAV file");
        check(b"RIFF\0\0\0\0WAVELIST\xff\xff\xff\x7f", "header without end");
        check(b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "before its format");
    }
}
