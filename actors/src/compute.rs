//! Where a stage's network runs, from its settings.

use antiphon_config::{Device, Dtype};
use antiphon_models::device::{Ask, Compute, DType, Dtypes, Place};

use crate::error::StageError;

/// What the settings of a stage ask for.
pub fn ask(device: Device, dtype: Dtype) -> Ask {
    Ask {
        place: match device {
            Device::Auto => Place::Auto,
            Device::Cpu => Place::Cpu,
            Device::Cuda(number) => Place::Cuda(number.into()),
            Device::Metal(number) => Place::Metal(number.into()),
        },
        dtype: match dtype {
            Dtype::Auto => None,
            Dtype::F32 => Some(DType::F32),
            Dtype::F16 => Some(DType::F16),
            Dtype::Bf16 => Some(DType::BF16),
        },
    }
}

/// Opens what the settings of a stage ask for, for a network with these types.
///
/// # Errors
/// A fault that says what cannot be had: trying again does not help.
pub(crate) fn choose(device: Device, dtype: Dtype, dtypes: &Dtypes) -> Result<Compute, StageError> {
    Compute::choose(ask(device, dtype), dtypes).map_err(|e| StageError::give_up(e.to_string()))
}
