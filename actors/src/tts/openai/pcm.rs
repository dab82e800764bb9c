//! Bytes of a server to samples: raw 16-bit PCM, or a WAV file if it sends one all the same.

/// The longest header of a WAV file that is taken, in bytes.
const HEADER: usize = 64 << 10;
/// A declared length from here on means "until the end": what a server writes that cannot know.
const UNKNOWN_FROM: u32 = 0x7fff_f000;
/// What tells raw PCM from a file.
const MAGIC: usize = 12;

/// Decodes a stream of sound, however its bytes are cut.
#[derive(Debug)]
pub(super) struct Decoder {
    state: State,
    layout: Layout,
    is_mpeg: bool,
}

/// How the sound is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    rate: u32,
    channels: u16,
    sample: Sample,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sample {
    Int16,
    Float32,
}

#[derive(Debug)]
enum State {
    /// What it is, is not known yet.
    Start(Vec<u8>),
    /// In the header of a WAV file.
    Header(Vec<u8>),
    /// In the sound: bytes of an unfinished frame, and how many are still to come, if that is known.
    Sound { held: Vec<u8>, left: Option<u64> },
}

impl Decoder {
    /// A decoder for raw PCM of `rate` samples a second, unless the bytes say otherwise.
    pub(super) fn new(rate: u32, content_type: &str) -> Self {
        Self {
            state: State::Start(Vec::new()),
            layout: Layout { rate, channels: 1, sample: Sample::Int16 },
            is_mpeg: matches!(content_type, "audio/mpeg" | "audio/mp3" | "audio/aac"),
        }
    }

    /// Samples a second; certain once there are samples.
    pub(super) fn rate(&self) -> u32 {
        self.layout.rate
    }

    /// Takes bytes and appends the samples that they complete, mono in -1 to 1.
    ///
    /// # Errors
    /// With what the bytes are, if they are neither raw PCM nor a WAV file that can be played.
    pub(super) fn push(&mut self, bytes: &[u8], samples: &mut Vec<f32>) -> Result<(), String> {
        match &mut self.state {
            State::Start(begun) => {
                begun.extend_from_slice(bytes);
                if begun.len() < MAGIC {
                    return Ok(());
                }
                let begun = std::mem::take(begun);
                self.recognise(begun, samples)
            }
            State::Header(begun) => {
                begun.extend_from_slice(bytes);
                let begun = std::mem::take(begun);
                self.header(begun, samples)
            }
            State::Sound { held, left } => {
                let bytes = match left {
                    Some(left) => {
                        let most = usize::try_from(*left).unwrap_or(usize::MAX);
                        let (bytes, _) = bytes.split_at(bytes.len().min(most));
                        *left -= bytes.len() as u64;
                        bytes
                    }
                    None => bytes,
                };
                held.extend_from_slice(bytes);
                let used = self.layout.decode(held, samples);
                held.drain(..used);
                Ok(())
            }
        }
    }

    /// The stream ended.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub(super) fn finish(&mut self, samples: &mut Vec<f32>) -> Result<(), String> {
        match &mut self.state {
            State::Start(begun) => {
                let begun = std::mem::take(begun);
                self.recognise(begun, samples)
            }
            State::Header(_) => Err("a WAV file that ends in its header".to_string()),
            // Half a frame is no sound.
            State::Sound { .. } => Ok(()),
        }
    }

    fn recognise(&mut self, begun: Vec<u8>, samples: &mut Vec<f32>) -> Result<(), String> {
        if begun.starts_with(b"RIFF") && begun.get(8..12) == Some(b"WAVE") {
            return self.header(begun, samples);
        }
        // Two bytes of raw PCM may look like MPEG's, so these count only where the server says so.
        let is_mpeg = self.is_mpeg && matches!(*begun, [0xff, second, ..] if second >= 0xe0);
        let other = match &*begun {
            [b'I', b'D', b'3', ..] => Some("MP3"),
            [b'O', b'g', b'g', b'S', ..] => Some("Ogg"),
            [b'f', b'L', b'a', b'C', ..] => Some("FLAC"),
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Some("WebM"),
            _ if is_mpeg => Some("MP3 or AAC"),
            _ => None,
        };
        if let Some(other) = other {
            return Err(other.to_string());
        }
        self.state = State::Sound { held: Vec::new(), left: None };
        self.push(&begun, samples)
    }

    fn header(&mut self, begun: Vec<u8>, samples: &mut Vec<f32>) -> Result<(), String> {
        let Some((layout, start, left)) = read_header(&begun)? else {
            if begun.len() > HEADER {
                return Err("a WAV file with an endless header".to_string());
            }
            self.state = State::Header(begun);
            return Ok(());
        };
        self.layout = layout;
        self.state = State::Sound { held: Vec::new(), left };
        self.push(&begun[start..], samples)
    }
}

impl Layout {
    /// Decodes whole frames; how many bytes they were.
    fn decode(self, bytes: &[u8], samples: &mut Vec<f32>) -> usize {
        let size = self.sample.bytes();
        let channels = usize::from(self.channels);
        let frames = bytes.chunks_exact(size * channels);
        let used = bytes.len() - frames.remainder().len();
        samples.extend(frames.map(|frame| {
            let sum: f32 = frame.chunks_exact(size).map(|it| self.sample.decode(it)).sum();
            sum / f32::from(self.channels)
        }));
        used
    }
}

impl Sample {
    fn bytes(self) -> usize {
        match self {
            Self::Int16 => 2,
            Self::Float32 => 4,
        }
    }

    fn decode(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::Int16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
            (Self::Float32, &[a, b, c, d]) => {
                let sample = f32::from_le_bytes([a, b, c, d]);
                if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
            }
            (Self::Int16 | Self::Float32, _) => 0.0,
        }
    }
}

/// The layout of a WAV file, where its sound starts, and its length if that is known; none while
/// bytes are missing.
#[allow(clippy::type_complexity)]
fn read_header(bytes: &[u8]) -> Result<Option<(Layout, usize, Option<u64>)>, String> {
    let mut layout = None;
    let mut at = MAGIC;
    loop {
        let (Some(id), Some(size)) = (bytes.get(at..at + 4), u32_at(bytes, at + 4)) else {
            return Ok(None);
        };
        let start = at + 8;
        if id == b"data" {
            let layout = layout.ok_or("a WAV file without a format")?;
            let left = (1..UNKNOWN_FROM).contains(&size).then_some(u64::from(size));
            return Ok(Some((layout, start, left)));
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size > HEADER {
            return Err("a WAV file with an endless header".to_string());
        }
        if id == b"fmt " {
            let Some(format) = bytes.get(start..start + size) else { return Ok(None) };
            layout = Some(read_format(format)?);
        }
        at = start + size + size % 2;
    }
}

fn read_format(bytes: &[u8]) -> Result<Layout, String> {
    let missing = || "a WAV file with a torn format".to_string();
    let mut tag = u16_at(bytes, 0).ok_or_else(missing)?;
    let channels = u16_at(bytes, 2).ok_or_else(missing)?;
    let rate = u32_at(bytes, 4).ok_or_else(missing)?;
    let bits = u16_at(bytes, 14).ok_or_else(missing)?;
    if tag == 0xfffe {
        // The tag stands at the start of the sub-format.
        tag = u16_at(bytes, 24).ok_or_else(missing)?;
    }
    let sample = match (tag, bits) {
        (1, 16) => Sample::Int16,
        (3, 32) => Sample::Float32,
        _ => return Err(format!("a WAV file with {bits}-bit samples of format {tag}")),
    };
    if !(1..=8).contains(&channels) || !(8_000..=192_000).contains(&rate) {
        return Err(format!("a WAV file with {channels} channels at {rate} Hz"));
    }
    Ok(Layout { rate, channels, sample })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn decode(bytes: &[u8], size: usize, content_type: &str) -> Result<(u32, Vec<f32>), String> {
        let (mut decoder, mut samples) = (Decoder::new(24_000, content_type), Vec::new());
        for piece in bytes.chunks(size) {
            decoder.push(piece, &mut samples)?;
        }
        decoder.finish(&mut samples)?;
        Ok((decoder.rate(), samples))
    }

    fn raw(samples: &[i16]) -> Vec<u8> {
        samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
    }

    fn wav(channels: u16, float: bool, samples: &[i16]) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let (bits_per_sample, sample_format) = match float {
            true => (32, hound::SampleFormat::Float),
            false => (16, hound::SampleFormat::Int),
        };
        let spec = hound::WavSpec { channels, sample_rate: 44_100, bits_per_sample, sample_format };
        let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
        for sample in samples {
            match float {
                true => writer.write_sample(f32::from(*sample) / 32_768.0).unwrap(),
                false => writer.write_sample(*sample).unwrap(),
            }
        }
        writer.finalize().unwrap();
        file.into_inner()
    }

    const SOUND: [i16; 8] = [0, 16_384, -16_384, 32_767, -32_768, 8_192, 0, 0];

    fn sound() -> Vec<f32> {
        SOUND.iter().map(|sample| f32::from(*sample) / 32_768.0).collect()
    }

    #[test]
    fn raw_and_wav_are_decoded_however_cut() {
        let unknown = |size: u32| {
            let mut file = wav(1, false, &SOUND);
            let at = file.len() - 2 * SOUND.len() - 4;
            file[at..at + 4].copy_from_slice(&size.to_le_bytes());
            file
        };
        let doubled: Vec<i16> = SOUND.iter().flat_map(|sample| [*sample; 2]).collect();
        let with_tail = [&*wav(1, false, &SOUND), b"LIST\x04\0\0\0abcd"].concat();
        let cases = [
            ("raw", raw(&SOUND), 24_000),
            ("raw with half a sample", [&*raw(&SOUND), &[7]].concat(), 24_000),
            ("WAV", wav(1, false, &SOUND), 44_100),
            ("WAV of floats", wav(1, true, &SOUND), 44_100),
            ("stereo", wav(2, false, &doubled), 44_100),
            ("WAV of unknown length", unknown(0xffff_ffff), 44_100),
            ("WAV of no length", unknown(0), 44_100),
            ("WAV with a tail", with_tail, 44_100),
        ];
        for (name, bytes, rate) in cases {
            for size in [1, 2, 3, 7, 11, 1_000] {
                assert_eq!(decode(&bytes, size, ""), Ok((rate, sound())), "{name} by {size}");
            }
        }
    }

    #[test]
    fn little_sound_is_sound() {
        assert_eq!(decode(&[], 1, ""), Ok((24_000, vec![])));
        assert_eq!(decode(&raw(&SOUND[..3]), 1, ""), Ok((24_000, sound()[..3].to_vec())));
    }

    #[test]
    fn other_formats_are_named() {
        let eight_bit = {
            let mut file = wav(1, false, &SOUND);
            file[34] = 8;
            file
        };
        let endless = [b"RIFF\0\0\0\0WAVE".as_slice(), b"junk\0\0\0\x40"].concat();
        let cases: [(&[u8], &str, Option<&str>); 10] = [
            (b"ID3\x04\0\0\0\0\0\0\0\0\0", "", Some("MP3")),
            (b"OggS\0\0\0\0\0\0\0\0\0", "", Some("Ogg")),
            (b"fLaC\0\0\0\0\0\0\0\0\0", "", Some("FLAC")),
            (b"\x1a\x45\xdf\xa3\0\0\0\0\0\0\0\0\0", "", Some("WebM")),
            (b"\xff\xfb\x90\0\0\0\0\0\0\0\0\0\0", "audio/mpeg", Some("MP3 or AAC")),
            // The same bytes are quiet sound.
            (b"\xff\xfb\x90\0\0\0\0\0\0\0\0\0\0", "audio/pcm", None),
            (&raw(&SOUND), "audio/mpeg", None),
            (&eight_bit, "", Some("a WAV file with 8-bit samples of format 1")),
            (&wav(1, false, &SOUND)[..40], "", Some("a WAV file that ends in its header")),
            (&endless, "", Some("a WAV file with an endless header")),
        ];
        for (bytes, content_type, expected) in cases {
            let result = decode(bytes, 5, content_type);
            assert_eq!(result.err().as_deref(), expected, "{bytes:?} as {content_type:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            wav_file in any::<bool>(),
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            size in 1usize..50,
        ) {
            let bytes = if wav_file { [b"RIFF\0\0\0\0WAVEfmt ", &*bytes].concat() } else { bytes };
            prop_assert_eq!(decode(&bytes, size, ""), decode(&bytes, usize::MAX, ""));
        }
    }
}
