//! Writes the file that goes to the server.

/// The shortest file, in seconds: OpenAI refuses anything below 0.1 s.
const SHORTEST: f64 = 0.2;

/// A WAV file with one channel of 16-bit samples, padded with silence if it is very short.
///
/// Layout after the Microsoft and IBM multimedia programming interface (1991).
pub(super) fn encode(samples: &[f32], rate: u32) -> Vec<u8> {
    let shortest = (f64::from(rate) * SHORTEST) as usize;
    let padding = shortest.saturating_sub(samples.len());
    // Ten minutes are 19 MB, far from what the header can say.
    let data = u32::try_from(2 * (samples.len() + padding)).unwrap_or(u32::MAX);
    let mut wav = Vec::with_capacity(44 + 2 * (samples.len() + padding));
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&data.saturating_add(36).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt ");
    wav.extend_from_slice(&16_u32.to_le_bytes());
    // Integers, one channel.
    wav.extend_from_slice(&1_u16.to_le_bytes());
    wav.extend_from_slice(&1_u16.to_le_bytes());
    wav.extend_from_slice(&rate.to_le_bytes());
    wav.extend_from_slice(&rate.saturating_mul(2).to_le_bytes());
    wav.extend_from_slice(&2_u16.to_le_bytes());
    wav.extend_from_slice(&16_u16.to_le_bytes());
    wav.extend_from_slice(b"data");
    wav.extend_from_slice(&data.to_le_bytes());
    for sample in samples {
        wav.extend_from_slice(&to_i16(*sample).to_le_bytes());
    }
    wav.resize(wav.len() + 2 * padding, 0);
    wav
}

fn to_i16(sample: f32) -> i16 {
    // The cast takes what is not a number for silence.
    (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for count in [0, 1, 3_199, 3_200, 5_000] {
            let samples: Vec<f32> = (0..count).map(|i| (i as f32 / 7.0).sin() * 1.2).collect();
            let file = encode(&samples, 16_000);
            let mut reader = hound::WavReader::new(&*file).unwrap();
            let spec = hound::WavSpec {
                channels: 1,
                sample_rate: 16_000,
                bits_per_sample: 16,
                sample_format: hound::SampleFormat::Int,
            };
            assert_eq!(reader.spec(), spec);
            let read: Vec<i16> = reader.samples().map(Result::unwrap).collect();
            assert_eq!(read.len(), samples.len().max(3_200));
            for (index, read) in read.iter().enumerate() {
                let sample = samples.get(index).copied().unwrap_or(0.0).clamp(-1.0, 1.0);
                let back = f32::from(*read) / 32_767.0;
                assert!((back - sample).abs() < 1e-4, "{index}: {back} for {sample}");
            }
        }
        assert_eq!(to_i16(f32::NAN), 0);
    }
}
