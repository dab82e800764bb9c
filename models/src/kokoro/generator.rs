//! From the decoder's rows and the melody to samples: [iSTFTNet](https://arxiv.org/abs/2203.02395)
//! with a source of its own.

use candle_core::{Device, Tensor};

use super::Watch;
use super::blocks::SnakeBlock;
use super::config::Config;
use super::layers::{Conv1d, ConvTranspose1d, Steps, leaky_relu};
use super::packed;
use super::source::Source;
use super::stft::Stft;
use super::weights::Weights;
use crate::Result;
use crate::random::Noise;

const SLOPE: f64 = 0.1;
const LAST_SLOPE: f64 = 0.01;
/// Of the convolution that makes spectra.
const LAST_KERNEL: usize = 7;

pub(super) struct Generator {
    pub(super) source: Source,
    pub(super) stft: Stft,
    steps: Vec<Step>,
    last: Conv1d,
}

/// One step that raises the rate.
struct Step {
    up: ConvTranspose1d,
    source: Conv1d,
    source_block: SnakeBlock,
    /// Their mean is what goes on.
    blocks: Vec<SnakeBlock>,
}

impl Step {
    fn packed(&self) -> Option<packed::Step<'_>> {
        let (up, crop) = self.up.packed()?;
        Some(packed::Step {
            up,
            crop,
            source: self.source.packed()?,
            source_block: self.source_block.packed()?,
            blocks: self.blocks.iter().map(SnakeBlock::packed).collect::<Option<_>>()?,
        })
    }
}

impl Generator {
    pub(super) fn load(weights: &Weights, config: &Config) -> Result<Self> {
        let sizes = &config.generator;
        let name = |part: &str, n: usize| format!("decoder.generator.{part}.{n}");
        let spectrum = sizes.fft + 2;
        let step = |n: usize| -> Result<Step> {
            let (rate, kernel) = sizes.ups[n];
            let channels = sizes.channels >> (n + 1);
            let later: usize = sizes.ups[n + 1..].iter().map(|(rate, _)| rate).product();
            let is_last = n + 1 == sizes.ups.len();
            let (source_kernel, steps, block_kernel) = if is_last {
                (1, Steps::same(1, 1), 11)
            } else {
                let steps = Steps { stride: later, padding: later.div_ceil(2), dilation: 1 };
                (2 * later, steps, 7)
            };
            let block = |name: &str, kernel, dilations| {
                SnakeBlock::load(weights, name, channels, kernel, dilations, config.style)
            };
            let blocks = sizes.blocks.iter().enumerate().map(|(m, &(kernel, dilations))| {
                block(&name("resblocks", n * sizes.blocks.len() + m), kernel, dilations)
            });
            Ok(Step {
                up: weights.conv_transpose(
                    &name("ups", n),
                    [2 * channels, channels, kernel],
                    rate,
                )?,
                source: weights.conv(
                    &name("noise_convs", n),
                    [channels, spectrum, source_kernel],
                    steps,
                )?,
                source_block: block(&name("noise_res", n), block_kernel, [1, 3, 5])?,
                blocks: blocks.collect::<Result<_>>()?,
            })
        };
        let channels = sizes.channels >> sizes.ups.len();
        Ok(Self {
            source: Source::load(weights, sizes.scale())?,
            stft: Stft::new(sizes.fft, sizes.hop),
            steps: (0..sizes.ups.len()).map(step).collect::<Result<_>>()?,
            last: weights.exact_fast_conv(
                "decoder.generator.conv_post",
                [spectrum, channels, LAST_KERNEL],
                Steps::same(LAST_KERNEL, 1),
            )?,
        })
    }

    /// The spectra of the source's samples, `[frames, 2·bins]`, on `device` in f32.
    pub(super) fn excitation(&self, wave: &[f32], device: &Device) -> Result<Tensor> {
        let spectra = self.stft.transform(wave);
        let width = 2 * self.stft.bins();
        let frames = spectra.len() / width;
        Ok(Tensor::from_vec(spectra, (frames, width), device)?)
    }

    /// `rows` `[time, channels]` and the source's spectra to what the inverse transform takes, in f32.
    pub(super) fn spectra(
        &self,
        rows: &Tensor,
        excitation: &Tensor,
        style: &Tensor,
        watch: Watch<'_>,
    ) -> Result<Tensor> {
        if let Some(packed) = self.packed() {
            return packed.spectra(rows, excitation, style, watch);
        }
        let mut rows = rows.clone();
        for (n, step) in self.steps.iter().enumerate() {
            let source = step.source.forward(excitation)?;
            let source = step.source_block.forward(&source, style)?;
            let mut raised = step.up.forward(&leaky_relu(&rows, SLOPE)?)?;
            if n + 1 == self.steps.len() {
                // Mirrored before its start, to as many moments as the spectra have.
                raised = Tensor::cat(&[&raised.narrow(0, 1, 1)?, &raised], 0)?;
            }
            let raised = (raised + source)?;
            let mut sum = step.blocks[0].forward(&raised, style)?;
            for block in &step.blocks[1..] {
                super::done(watch, "generator")?;
                sum = (sum + block.forward(&raised, style)?)?;
            }
            rows = (sum / step.blocks.len() as f64)?;
        }
        self.last.forward(&leaky_relu(&rows, LAST_SLOPE)?)
    }

    /// The kernels, where they are those of main memory.
    fn packed(&self) -> Option<packed::Generator<'_>> {
        Some(packed::Generator {
            steps: self.steps.iter().map(Step::packed).collect::<Option<_>>()?,
            last: self.last.packed()?,
            slope: SLOPE as f32,
            last_slope: LAST_SLOPE as f32,
        })
    }

    /// Samples at 24 kHz of `rows` `[time, channels]`, for the melody `pitch` `[time]` in Hz.
    pub(super) fn forward(
        &self,
        rows: &Tensor,
        pitch: &[f32],
        style: &Tensor,
        noise: &mut Noise,
        watch: Watch<'_>,
    ) -> Result<Vec<f32>> {
        let wave = self.source.wave(pitch, noise)?;
        let excitation = self.excitation(&wave, rows.device())?;
        super::done(watch, "source")?;
        let spectra = self.spectra(rows, &excitation, style, watch)?;
        super::done(watch, "generator")?;
        let samples = self.stft.inverse(&spectra.flatten_all()?.to_vec1::<f32>()?);
        super::done(watch, "transform")?;
        Ok(samples)
    }
}
