use proptest::prelude::*;

use super::*;
use crate::ops::rows::{Affine, Alpha};
use crate::ops::testing::{noise, relative};

/// The definition, in double precision: `[rows, outputs]` of an activated input.
fn plain(shape: Shape, x: &[f64], weight: &[f32], bias: &[f32]) -> Vec<f64> {
    let Shape { inputs, outputs, kernel, stride, padding, dilation } = shape;
    let length = x.len() / inputs;
    let rows = (length + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
    let mut out = Vec::new();
    for row in 0..rows {
        for output in 0..outputs {
            let mut sum = f64::from(bias[output]);
            for tap in 0..kernel {
                let Some(at) = (row * stride + tap * dilation).checked_sub(padding) else {
                    continue;
                };
                for input in (0..inputs).take_while(|_| at < length) {
                    let weight = weight[(output * inputs + input) * kernel + tap];
                    sum += x[at * inputs + input] * f64::from(weight);
                }
            }
            out.push(sum);
        }
    }
    out
}

fn shapes() -> impl Strategy<Value = (Shape, usize)> {
    let sizes = (1usize..70, 1usize..140, 1usize..12, 1usize..6, 1usize..4);
    (sizes, 0usize..12, 1usize..600).prop_map(
        |((inputs, outputs, kernel, dilation, stride), padding, length)| {
            let shape = Shape { inputs, outputs, kernel, stride, padding, dilation };
            (shape, length.max(dilation * (kernel - 1) + 1))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn convolution_matches_its_definition((shape, length) in shapes(), seed in any::<u32>()) {
        let x = noise(length * shape.inputs, seed);
        let weight = noise(shape.outputs * shape.inputs * shape.kernel, seed ^ 1);
        let bias = noise(shape.outputs, seed ^ 2);
        let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let want = plain(shape, &wide, &weight, &bias);
        for (method, most) in [(Method::Direct, 1e-6), (Method::Toom, 5e-6)] {
            let conv = Conv1d::new(shape, &weight, Some(&bias), method);
            let mut out = vec![f32::NAN; want.len()];
            conv.forward(&x, Activation::None, Tail::default(), &mut out);
            let off = relative(&out, &want);
            prop_assert!(off < most, "{method:?}: {off}");
        }
    }

    #[test]
    fn transposed_convolution_matches_candle(
        (inputs, outputs, kernel, stride) in (1usize..40, 1usize..40, 1usize..22, 1usize..11),
        length in 1usize..60,
        seed in any::<u32>(),
    ) {
        let device = candle_core::Device::Cpu;
        let x = noise(length * inputs, seed);
        let weight = noise(outputs * inputs * kernel, seed ^ 1);
        let bias = noise(outputs, seed ^ 2);
        let tensor = candle_core::Tensor::from_slice(&x, (1, length, inputs), &device).unwrap();
        let filter = candle_core::Tensor::from_slice(&weight, (inputs, outputs, kernel), &device);
        let tensor = tensor.transpose(1, 2).unwrap().contiguous().unwrap();
        let want = tensor.conv_transpose1d(&filter.unwrap(), 0, 0, stride, 1, 1).unwrap();
        let want = want.transpose(1, 2).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let conv = Conv1d::transposed((inputs, outputs, kernel), stride, &weight, &bias);
        let rows = conv.shape().rows(length);
        let mut out = vec![f32::NAN; rows * conv.shape().outputs];
        conv.forward(&x, Activation::None, Tail::default(), &mut out);
        let want: Vec<f64> = want
            .iter()
            .enumerate()
            .map(|(at, &want)| f64::from(want) + f64::from(bias[at % outputs]))
            .collect();
        // Past what the transposed convolution gives, nothing was added to the bias.
        let (inside, outside) = out.split_at(want.len().min(out.len()));
        prop_assert_eq!(inside.len(), want.len().min(out.len()));
        prop_assert!(relative(inside, &want[..inside.len()]) < 2e-6);
        for (at, &value) in outside.iter().enumerate() {
            prop_assert_eq!(value, bias[(inside.len() + at) % outputs]);
        }
    }
}

#[test]
fn activation_residual_sum_factor_and_moments_are_applied() {
    let (inputs, outputs, length) = (20, 33, 500);
    for (kernel, dilation) in [(1, 1), (3, 1), (7, 3), (11, 5)] {
        let shape = Shape::same(inputs, outputs, kernel, dilation);
        let x: Vec<f32> = noise(length * inputs, 1).iter().map(|x| x * 5.0).collect();
        let weight = noise(outputs * inputs * kernel, 2);
        let bias: Vec<f32> = noise(outputs, 3).iter().map(|x| x * 50.0).collect();
        let (scale, shift) = (noise(inputs, 4), noise(inputs, 5));
        let alpha: Vec<f32> = noise(inputs, 6).iter().map(|x| x * 3.0 + 4.0).collect();
        let affine = |x: f32, i: usize| f64::from(x) * f64::from(scale[i]) + f64::from(shift[i]);
        let leaky = |x: f64, slope: f64| if x > 0.0 { x } else { x * slope };
        let snake = |x: f64, i: usize| {
            let alpha = f64::from(alpha[i]);
            x + (alpha * x).sin().powi(2) / alpha
        };
        let each = |f: &dyn Fn(f32, usize) -> f64| -> Vec<f64> {
            x.iter().enumerate().map(|(at, &x)| f(x, at % inputs)).collect()
        };
        let alphas = Alpha::new(alpha.clone());
        let by = Affine { scale: &scale, shift: &shift };
        let cases = [
            (Activation::None, each(&|x, _| f64::from(x))),
            (Activation::Leaky(0.25), each(&|x, _| leaky(f64::from(x), 0.25))),
            (Activation::AffineLeaky(by, 0.25), each(&|x, i| leaky(affine(x, i), 0.25))),
            (Activation::AffineSnake(by, &alphas), each(&|x, i| snake(affine(x, i), i))),
        ];
        let residual = noise(length * outputs, 7);
        let before = noise(length * outputs, 8);
        for (activation, activated) in cases {
            let sums = plain(shape, &activated, &weight, &bias);
            for method in [Method::Direct, Method::Toom] {
                let conv = Conv1d::new(shape, &weight, Some(&bias), method);
                for bits in 0..4 {
                    let tail = Tail {
                        residual: (bits & 1 != 0).then_some(&residual),
                        accumulate: bits & 2 != 0,
                        factor: (bits == 3).then_some(1.0 / 3.0),
                    };
                    let mut out = before.clone();
                    let moments = conv.forward_measured(&x, activation, tail, &mut out);
                    let want: Vec<f64> = (0..sums.len())
                        .map(|at| {
                            let residual = tail.residual.map_or(0.0, |r| f64::from(r[at]));
                            let before = if tail.accumulate { f64::from(before[at]) } else { 0.0 };
                            let factor = tail.factor.map_or(1.0, f64::from);
                            (sums[at] + residual + before) * factor
                        })
                        .collect();
                    let off = relative(&out, &want);
                    assert!(off < 5e-6, "{shape:?} {method:?} {bits}: {off}");
                    for channel in 0..outputs {
                        let column = || want[channel..].iter().step_by(outputs);
                        let mean = column().sum::<f64>() / length as f64;
                        let square: f64 = column().map(|x| (x - mean).powi(2)).sum();
                        let deviation = (square / length as f64).sqrt();
                        let off = (f64::from(moments.mean[channel]) - mean).abs();
                        assert!(off < 1e-5 * (deviation + mean.abs()), "mean {off}");
                        let off = f64::from(moments.variance[channel]) / deviation.powi(2) - 1.0;
                        assert!(off.abs() < 1e-5, "variance {off}");
                    }
                }
            }
        }
    }
}
