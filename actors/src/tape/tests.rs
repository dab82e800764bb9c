use super::*;
use crate::time::Time;

/// Records pieces (side, moment in samples of their rate, rate, samples) at 48 kHz.
fn record(pieces: &[(Side, u64, u32, &[f32])]) -> Vec<[f32; 2]> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("talk.wav");
    let recorder = Recorder::create(&path, 48_000).unwrap();
    let tape = recorder.handle();
    for (side, start, rate, samples) in pieces {
        let at = Time::ZERO.plus_samples(*start, *rate);
        tape(*side, Audio { samples: (*samples).into(), rate: *rate, at });
    }
    recorder.finish().unwrap();
    let mut reader = hound::WavReader::open(&path).unwrap();
    assert_eq!((reader.spec().channels, reader.spec().sample_rate), (2, 48_000));
    let samples: Vec<f32> =
        reader.samples::<i16>().map(|s| f32::from(s.unwrap()) / 32_768.0).collect();
    samples.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
}

#[test]
fn samples_lie_where_they_sounded() {
    let frames = record(&[
        (Side::Agent, 10, 48_000, &[0.5, -0.5]),
        (Side::Agent, 12, 48_000, &[0.25]),
        (Side::User, 5, 48_000, &[0.125]),
        (Side::Agent, 100, 48_000, &[1.0]),
    ]);
    assert_eq!(frames.len(), 101);
    for (n, frame) in frames.iter().enumerate() {
        let expected = match n {
            5 => [0.125, 0.0],
            10 => [0.0, 0.5],
            11 => [0.0, -0.5],
            12 => [0.0, 0.25],
            100 => [0.0, 32_767.0 / 32_768.0],
            _ => [0.0, 0.0],
        };
        assert_eq!(*frame, expected, "{n}");
    }
}

#[test]
fn converted_samples_lie_where_they_sounded_however_they_are_cut() {
    // A bump, as a single sample would ring: its top must lie at three times its place.
    let bump: Vec<f32> =
        (0..3200).map(|n| (-(f64::from(n) - 1234.0).powi(2) / 50.0).exp() as f32 / 2.0).collect();
    let check = |cut: usize| {
        let mut start = 8000;
        let mut pieces = Vec::new();
        for piece in bump.chunks(cut) {
            pieces.push((Side::User, start, 16_000, piece));
            start += piece.len() as u64;
        }
        let frames = record(&pieces);
        assert_eq!(frames.len(), (8000 + 3200) * 3, "cut {cut}");
        let top = (0..frames.len()).max_by(|a, b| frames[*a][0].total_cmp(&frames[*b][0]));
        assert_eq!(top, Some((8000 + 1234) * 3), "cut {cut}");
        frames
    };
    let whole = check(3200);
    assert!(whole == check(320));
    assert!(whole == check(7));
}

#[test]
fn a_long_silence_is_in_the_file() {
    let late = 48_000 * 60 * 2;
    let frames =
        record(&[(Side::User, 3, 48_000, &[0.5]), (Side::Agent, late, 48_000, &[0.5; 96_000])]);
    assert_eq!(frames.len() as u64, late + 96_000);
    assert_eq!(frames[3], [0.5, 0.0]);
    assert_eq!(frames[late as usize - 1], [0.0, 0.0]);
    assert_eq!(frames[late as usize], [0.0, 0.5]);
}

#[test]
fn a_side_may_be_seconds_behind_the_other() {
    let frames =
        record(&[(Side::User, 4 * 48_000, 48_000, &[0.5; 48]), (Side::Agent, 10, 48_000, &[0.25])]);
    assert_eq!(frames[10], [0.0, 0.25]);
    assert_eq!(frames[4 * 48_000], [0.5, 0.0]);
}

#[test]
fn a_recording_that_is_not_finished_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("torn.wav");
    let wav = wav::WavWriter::create(&path, 48_000).unwrap();
    let mut timeline = Timeline::new(wav, 48_000);
    timeline.put(0, 0, &vec![0.5; 48_000 * 20]).unwrap();
    let reader = hound::WavReader::open(&path).unwrap();
    assert!(reader.duration() >= 48_000 * 14, "{} frames", reader.duration());
}

#[test]
fn a_file_that_cannot_be_made_is_named() {
    let error = Recorder::create("no/such/folder/talk.wav", 48_000).unwrap_err().to_string();
    assert!(error.starts_with("cannot write the recording `no/such/folder/talk.wav`: "), "{error}");
}
