//! The same network as candle's tensors, on candle's processor device: what runs on a graphics
//! device, but for the device's own arithmetic.

use antiphon_models::device::Compute;

use super::*;

/// How far types of 16 bits are from the reference: root mean square, relative to that of the
/// logits. Measured: up to 1.0e-3 and 7.5e-3.
const HALF: [(DType, f32); 2] = [(DType::F16, 0.002), (DType::BF16, 0.015)];

fn tensors(name: &str, dtype: DType) -> Arc<Qwen3> {
    let path = fixtures().join("qwen3").join(name);
    Qwen3::open(&path, &Compute::tensors(Device::Cpu, dtype)).unwrap()
}

fn exact(name: &str) -> (Arc<Qwen3>, Golden) {
    (tensors(name, DType::F32), golden(name))
}

/// The golden positions of a long prompt, one row after the other.
fn long_prompt(model: &Qwen3, golden: &Golden) -> Vec<f32> {
    let got = rows(&model.forward_all(&golden.tokens, &mut KvCache::new(model, 4096)).unwrap());
    golden.positions.iter().flat_map(|&at| got[at as usize].clone()).collect()
}

#[test]
fn logits_of_a_long_prompt_equal_the_reference() {
    for name in EXACT {
        let (model, golden) = exact(name);
        let got = long_prompt(&model, &golden);
        for (got, want) in got.chunks_exact(model.config().vocab).zip(&golden.logits) {
            let off = worst(got, want);
            assert!(off <= 1e-3, "{name}: off by {off}");
        }
    }
    for (name, tolerance) in ROUNDED {
        let (model, golden) = exact(name);
        let off = rms(&long_prompt(&model, &golden), &golden.logits.concat());
        println!("{name}: relative root mean square {off}");
        assert!(off <= tolerance, "{name}: off by {off}");
    }
}

#[test]
fn types_of_16_bits_stay_near_the_reference() {
    for (dtype, tolerance) in HALF {
        for name in ["single", "f16.gguf", "q8_0.gguf", "q4_k_m.gguf"] {
            let (model, golden) = (tensors(name, dtype), golden(name));
            let off = rms(&long_prompt(&model, &golden), &golden.logits.concat());
            println!("{name} in {}: relative root mean square {off}", dtype.as_str());
            let rounded = ROUNDED.iter().find(|(rounded, _)| *rounded == name);
            let tolerance = tolerance + rounded.map_or(0.0, |(_, tolerance)| *tolerance);
            assert!(off > 1e-4 && off <= tolerance, "{name}: off by {off}");
            let mut cache = KvCache::new(&model, 4096);
            model.forward(&golden.tokens[..400], &mut cache).unwrap();
            let config = model.config();
            let position = config.layers * 2 * config.kv_heads * config.head_dim * 2;
            assert_eq!(cache.memory(), 512 * position);
        }
    }
}

#[test]
fn greedy_tokens_equal_the_reference() {
    for name in EXACT {
        let (model, golden) = exact(name);
        let mut cache = KvCache::new(&model, 4096);
        let mut next = argmax(&model.forward(&golden.tokens[..12], &mut cache).unwrap());
        let mut got = vec![next];
        while got.len() < golden.greedy.len() {
            next = argmax(&model.forward(&[next], &mut cache).unwrap());
            got.push(next);
        }
        assert_eq!(got, golden.greedy, "{name}");
    }
}

#[test]
fn a_prompt_cut_anywhere_gives_the_same_logits() {
    for name in all() {
        let (model, golden) = exact(name);
        let prompt = &golden.tokens[..600];
        let want = model.forward(prompt, &mut KvCache::new(&model, 4096)).unwrap();
        for cuts in [vec![1, 599], vec![256, 344], vec![7, 300, 293], vec![590, 1, 1, 8]] {
            let mut cache = KvCache::new(&model, 4096);
            let (mut at, mut got) = (0, Vec::new());
            for cut in &cuts {
                got = model.forward(&prompt[at..at + cut], &mut cache).unwrap();
                at += cut;
            }
            let off = worst(&got, &want);
            assert!(off <= apart(name), "{name}: {cuts:?}: off by {off}");
            assert_eq!(cache.tokens(), prompt);
        }
        let mut read = KvCache::new(&model, 4096);
        model.read(&prompt[..599], &mut read, 100, &|| false).unwrap();
        let off = worst(&model.forward(&prompt[599..], &mut read).unwrap(), &want);
        assert!(off <= apart(name), "{name}: read ahead: off by {off}");
    }
}

#[test]
fn truncated_and_refilled_cache_equals_a_fresh_one() {
    for name in all() {
        let (model, golden) = exact(name);
        let mut cache = KvCache::new(&model, 4096);
        model.forward(&golden.tokens[..300], &mut cache).unwrap();
        let mut prompt = golden.tokens[..280].to_vec();
        prompt.extend(&golden.tokens[900..930]);
        let shared = cache.shared_prefix(&prompt);
        cache.truncate(shared);
        assert_eq!((shared, cache.len()), (280, 280));
        let got = model.forward(&prompt[shared..], &mut cache).unwrap();
        let want = model.forward(&prompt, &mut KvCache::new(&model, 4096)).unwrap();
        let off = worst(&got, &want);
        assert!(off <= apart(name), "{name}: off by {off}");
        cache.clear();
        assert!(cache.is_empty() && cache.memory() == 0);
    }
}

#[test]
fn a_copy_and_its_original_go_on_apart() {
    let (model, golden) = exact("single");
    let mut first = KvCache::new(&model, 4096);
    model.forward(&golden.tokens[..100], &mut first).unwrap();
    let mut second = first.clone();
    let ways = [&golden.tokens[200..230], &golden.tokens[300..330]];
    // In turns, so that each would find what the other wrote.
    for (one, other) in ways[0].iter().zip(ways[1]).take(ways[0].len() - 1) {
        model.forward(&[*one], &mut first).unwrap();
        model.forward(&[*other], &mut second).unwrap();
    }
    for (cache, way) in [(&mut first, ways[0]), (&mut second, ways[1])] {
        let got = model.forward(&way[way.len() - 1..], cache).unwrap();
        let prompt = [&golden.tokens[..100], way].concat();
        let want = model.forward(&prompt, &mut KvCache::new(&model, 4096)).unwrap();
        let off = worst(&got, &want);
        assert!(off <= 1e-3, "off by {off}");
    }
}

#[test]
fn batch_equals_single_sequences_of_different_lengths() {
    for name in all() {
        let (model, golden) = exact(name);
        let starts = [3, 40, 260, 1, 256, 255];
        let fill = |len: usize| {
            let mut cache = KvCache::new(&model, 4096);
            model.forward(&golden.tokens[..len], &mut cache).unwrap();
            cache
        };
        let mut together: Vec<KvCache> = starts.map(fill).into();
        let mut alone = together.clone();
        for round in 0..3 {
            let tokens: Vec<u32> =
                (0..starts.len()).map(|i| golden.tokens[500 + round + i]).collect();
            let mut caches: Vec<&mut KvCache> = together.iter_mut().collect();
            let got = model.forward_batch(&tokens, &mut caches).unwrap();
            for (index, got) in got.iter().enumerate() {
                let want = model.forward(&[tokens[index]], &mut alone[index]).unwrap();
                let off = worst(got, &want);
                assert!(off <= apart(name), "{name}: round {round}, {index}: off by {off}");
            }
        }
        assert_eq!(together[2].len(), 263);
    }
}

#[test]
fn cancelling_stops_between_chunks_and_keeps_what_was_computed() {
    let (model, golden) = exact("single");
    stops_between_chunks(&model, &golden);
}

#[test]
fn a_cache_belongs_to_where_its_network_is() {
    let (kernels, exact) = (load("single"), tensors("single", DType::F32));
    let half = tensors("single", DType::F16);
    for model in [&kernels, &exact, &half] {
        for other in [&kernels, &exact, &half] {
            let result = model.forward(&[1], &mut KvCache::new(other, 20));
            match result {
                Ok(_) => assert!(Arc::ptr_eq(model, other)),
                Err(error) => {
                    assert!(!Arc::ptr_eq(model, other));
                    assert!(error.to_string().contains("another network"), "{error}");
                }
            }
        }
    }
    let mut cache = KvCache::new(&exact, 20);
    let error = exact.forward(&[1; 21], &mut cache).unwrap_err();
    assert!(error.to_string().contains("context of 20") && cache.is_empty());
    exact.warm_up().unwrap();
}
