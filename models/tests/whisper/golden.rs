//! What transformers computed from the fixtures, and the sound that it heard.

use safetensors::SafeTensors;

use super::fixtures::fixtures;

/// What the reference computed.
pub struct Golden(Vec<u8>);

impl Golden {
    pub fn of(name: &str) -> Self {
        Self(
            std::fs::read(fixtures().join("whisper").join(format!("{name}.golden.safetensors")))
                .unwrap(),
        )
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        SafeTensors::deserialize(&self.0).unwrap().tensor(name).unwrap().data().to_vec()
    }

    pub fn f32s(&self, name: &str) -> Vec<f32> {
        self.bytes(name).chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    }

    pub fn ids(&self, name: &str) -> Vec<u32> {
        let id = |b: &[u8]| i64::from_le_bytes(b.try_into().unwrap()) as u32;
        self.bytes(name).chunks(8).map(id).collect()
    }

    /// The signal that the reference heard, by the formula of `make.py`.
    pub fn signal(&self) -> Vec<f32> {
        let p: Vec<f64> = self
            .bytes("signal")
            .chunks(8)
            .map(|b| f64::from_le_bytes(b.try_into().unwrap()))
            .collect();
        signal(p[0], p[1], p[2], p[3], p[4] as u32)
    }
}

pub fn signal(start: f64, end: f64, seconds: f64, noise: f64, seed: u32) -> Vec<f32> {
    use std::f64::consts::PI;
    let mut state = seed;
    (0..(seconds * 16_000.0) as usize)
        .map(|i| {
            let t = i as f64 / 16_000.0;
            let chirp = (2.0 * PI * (start * t + (end - start) / (2.0 * seconds) * t * t)).sin();
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let random = f64::from(state >> 8) / f64::from(1 << 23) - 1.0;
            (0.5 * chirp * (PI * t / seconds).sin() + noise * random) as f32
        })
        .collect()
}
