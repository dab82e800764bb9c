//! The keys and values of one sequence, on a device.

use std::fmt;
use std::sync::Arc;

use candle_core::Tensor;

use super::Target;
use crate::Result;
use crate::qwen3::Config;
use crate::qwen3::cache::PAGE;

/// Keys and values of each layer, `[kv_heads, room, head_dim]`, of which the first positions are in
/// use.
///
/// A copy shares the tensors until one of the two is written to.
#[derive(Clone)]
pub(crate) struct Held {
    target: Target,
    kv_heads: usize,
    head_dim: usize,
    /// None before there is room.
    layers: Vec<Option<Layer>>,
    /// Positions that there is room for.
    room: usize,
}

#[derive(Clone)]
struct Layer {
    keys: Arc<Tensor>,
    values: Arc<Tensor>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("room", &self.room).finish_non_exhaustive()
    }
}

impl Held {
    pub(super) fn new(config: &Config, target: &Target) -> Self {
        Self {
            target: target.clone(),
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            layers: vec![None; config.layers],
            room: 0,
        }
    }

    /// One of the same shape that holds nothing.
    pub(crate) fn emptied(&self) -> Self {
        let layers = vec![None; self.layers.len()];
        Self { target: self.target.clone(), layers, room: 0, ..*self }
    }

    pub(super) fn is_for(&self, config: &Config, target: &Target) -> bool {
        self.layers.len() == config.layers
            && (self.kv_heads, self.head_dim) == (config.kv_heads, config.head_dim)
            && self.target.dtype == target.dtype
            && self.target.device.same_device(&target.device)
    }

    /// Bytes allocated.
    pub(crate) fn memory(&self) -> usize {
        let position = 2 * self.kv_heads * self.head_dim * self.target.dtype.size_in_bytes();
        self.layers.len() * self.room * position
    }

    /// Makes room for `need` positions of at most `most`, of which `used` are in use. Room doubles,
    /// so that what is held is seldom copied.
    pub(crate) fn reserve(&mut self, need: usize, used: usize, most: usize) -> Result<()> {
        if need <= self.room {
            return Ok(());
        }
        let room = need.max((self.room * 2).min(most)).next_multiple_of(PAGE);
        let shape = (self.kv_heads, room, self.head_dim);
        let grown = |old: Option<&Tensor>| -> Result<Arc<Tensor>> {
            let new = Tensor::zeros(shape, self.target.dtype, &self.target.device)?;
            if let Some(old) = old.filter(|_| used > 0) {
                new.slice_set(&old.narrow(1, 0, used)?.contiguous()?, 1, 0)?;
            }
            Ok(Arc::new(new))
        };
        for layer in &mut self.layers {
            let (keys, values) = match layer {
                Some(layer) => (Some(&*layer.keys), Some(&*layer.values)),
                None => (None, None),
            };
            *layer = Some(Layer { keys: grown(keys)?, values: grown(values)? });
        }
        self.room = room;
        Ok(())
    }

    /// Stores keys and values, `[kv_heads, positions, head_dim]`, of the positions from `at` on.
    pub(super) fn store(
        &mut self,
        layer: usize,
        at: usize,
        keys: &Tensor,
        values: &Tensor,
    ) -> Result<()> {
        if let Some(layer) = &mut self.layers[layer] {
            own(&mut layer.keys)?.slice_set(keys, 1, at)?;
            own(&mut layer.values)?.slice_set(values, 1, at)?;
        }
        Ok(())
    }

    /// The first `total` keys and values of a layer.
    pub(super) fn layer(&self, layer: usize, total: usize) -> Result<(Tensor, Tensor)> {
        match &self.layers[layer] {
            Some(Layer { keys, values }) => {
                Ok((keys.narrow(1, 0, total)?, values.narrow(1, 0, total)?))
            }
            None => Err(super::another()),
        }
    }
}

/// The tensor itself, copied first if another cache has it too.
fn own(tensor: &mut Arc<Tensor>) -> Result<&Tensor> {
    if Arc::get_mut(tensor).is_none() {
        *tensor = Arc::new(tensor.copy()?);
    }
    Ok(tensor)
}
