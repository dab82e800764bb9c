//! Where a network runs: on the processor, with kernels of our own, or as candle tensors on a
//! graphics device.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use candle_core::{DType, Device, utils};

use crate::{Error, Result};

/// A device, as it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Place {
    /// The first graphics device that this program is built for and the machine has, else the
    /// processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// An Nvidia device, by its number.
    Cuda(usize),
    /// An Apple device, by its number.
    Metal(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
            Self::Metal(number) => write!(f, "metal:{number}"),
        }
    }
}

impl Place {
    /// Whether this program has the code for it; looks at no device.
    ///
    /// # Errors
    /// [`Error::Input`] that says with which feature to build, and what would be accepted.
    pub fn built_in(self) -> Result<()> {
        let (built, feature) = match self {
            Self::Auto | Self::Cpu => return Ok(()),
            Self::Cuda(_) => (utils::cuda_is_available(), "cuda"),
            Self::Metal(_) => (utils::metal_is_available(), "metal"),
        };
        if built {
            return Ok(());
        }
        let mut accepted = "`auto`, `cpu`".to_owned();
        for (built, name) in
            [(utils::cuda_is_available(), "cuda:0"), (utils::metal_is_available(), "metal:0")]
        {
            if built {
                accepted += &format!(", `{name}`");
            }
        }
        Err(Error::Input(format!(
            "device `{self}` is not built into this program: build it with `--features {feature}`, \
             or use one of {accepted}"
        )))
    }

    /// Opens the device; none for the processor.
    fn open(self) -> Result<Option<Device>> {
        self.built_in()?;
        match self {
            Self::Auto => {
                Ok([Self::Cuda(0), Self::Metal(0)].into_iter().find_map(|place| opened(place).ok()))
            }
            Self::Cpu => Ok(None),
            Self::Cuda(_) | Self::Metal(_) => opened(self).map(Some),
        }
    }
}

/// Devices in use: all networks on a device share it.
static OPENED: Mutex<Vec<(Place, Device)>> = Mutex::new(Vec::new());

fn opened(place: Place) -> Result<Device> {
    // A device is added whole or not at all.
    let mut devices = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, device)) = devices.iter().find(|(known, _)| *known == place) {
        return Ok(device.clone());
    }
    let device = connect(place).map_err(|reason| Error::Device { device: place, reason })?;
    devices.push((place, device.clone()));
    Ok(device)
}

fn connect(place: Place) -> Result<Device, String> {
    match place {
        Place::Auto | Place::Cpu => Ok(Device::Cpu),
        // One stream for all threads: each thread's own would not wait for the others' work.
        Place::Cuda(number) => Device::new_cuda_with_stream(number).map_err(|e| e.to_string()),
        Place::Metal(number) => {
            // candle takes the number for granted.
            #[cfg(feature = "metal")]
            {
                let found = candle_core::metal_backend::Device::all().len();
                if number >= found {
                    return Err(format!("this machine has {found} Metal devices, counted from 0"));
                }
            }
            Device::new_metal(number).map_err(|e| e.to_string())
        }
    }
}

/// The element types that a network can compute in; the first of each is what `auto` means.
#[derive(Clone, Copy, Debug)]
pub struct Dtypes {
    /// On the processor; at least one.
    pub processor: &'static [DType],
    /// As tensors on a device; none when the network runs on the processor only.
    pub device: &'static [DType],
}

/// Where a network runs and what it computes in.
#[derive(Clone, Debug)]
pub struct Compute {
    device: Option<Device>,
    dtype: DType,
}

impl Default for Compute {
    /// The processor, in single precision.
    fn default() -> Self {
        Self::processor(DType::F32)
    }
}

impl Compute {
    /// On the processor, with kernels of our own.
    pub fn processor(dtype: DType) -> Self {
        Self { device: None, dtype }
    }

    /// As tensors on `device`; candle's processor device serves where there is no other.
    pub fn tensors(device: Device, dtype: DType) -> Self {
        Self { device: Some(device), dtype }
    }

    /// Opens what was asked for; a type of none is `auto`.
    ///
    /// # Errors
    /// [`Error::Input`] for a device that is not built in, or a place or an element type that the
    /// network cannot use; [`Error::Device`] with the driver's word when the device does not answer.
    pub fn choose(place: Place, dtype: Option<DType>, dtypes: &Dtypes) -> Result<Self> {
        place.built_in()?;
        let device = match (place, dtypes.device) {
            (Place::Auto, []) => None,
            (Place::Cuda(_) | Place::Metal(_), []) => {
                return Err(Error::Input(format!(
                    "device `{place}`: this network runs on the processor only; use `auto` or `cpu`"
                )));
            }
            (Place::Auto | Place::Cpu | Place::Cuda(_) | Place::Metal(_), _) => place.open()?,
        };
        let accepted = if device.is_some() { dtypes.device } else { dtypes.processor };
        let dtype = pick(dtype, accepted, name(device.as_ref()))?;
        Ok(Self { device, dtype })
    }

    /// The device that holds the tensors; none on the processor, where kernels of our own compute.
    pub fn device(&self) -> Option<&Device> {
        self.device.as_ref()
    }

    /// What is computed in.
    pub fn dtype(&self) -> DType {
        self.dtype
    }
}

impl fmt::Display for Compute {
    /// As in `cuda:0, f16`; also tells loaded models apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", name(self.device.as_ref()), self.dtype.as_str())
    }
}

fn name(device: Option<&Device>) -> String {
    match device.map(Device::location) {
        None => "cpu".into(),
        Some(candle_core::DeviceLocation::Cpu) => "cpu tensors".into(),
        Some(candle_core::DeviceLocation::Cuda { gpu_id }) => Place::Cuda(gpu_id).to_string(),
        Some(candle_core::DeviceLocation::Metal { gpu_id }) => Place::Metal(gpu_id).to_string(),
    }
}

/// What was asked for, if the network has it; the first of `accepted` if nothing was.
fn pick(asked: Option<DType>, accepted: &[DType], on: String) -> Result<DType> {
    match asked.or_else(|| accepted.first().copied()) {
        Some(dtype) if accepted.contains(&dtype) => Ok(dtype),
        Some(dtype) => {
            let names: Vec<_> =
                accepted.iter().map(|known| format!(", `{}`", known.as_str())).collect();
            Err(Error::Input(format!(
                "dtype `{}`: this network does not compute in it on `{on}`; use one of `auto`{}",
                dtype.as_str(),
                names.concat()
            )))
        }
        None => Err(Error::Input(format!("this network does not run on `{on}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Dtypes =
        Dtypes { processor: &[DType::F32], device: &[DType::F16, DType::F32, DType::BF16] };
    const PROCESSOR: Dtypes = Dtypes { processor: &[DType::F32, DType::BF16], device: &[] };

    /// What is chosen, or the error's words; on a machine and in a build without devices.
    fn check(place: Place, dtype: Option<DType>, dtypes: &Dtypes, expected: &str) {
        let said = match Compute::choose(place, dtype, dtypes) {
            Ok(compute) => compute.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, expected, "{place} {dtype:?}");
    }

    #[test]
    fn the_processor_computes_in_what_the_network_has_for_it() {
        check(Place::Cpu, None, &BOTH, "cpu, f32");
        check(Place::Cpu, Some(DType::F32), &BOTH, "cpu, f32");
        check(Place::Cpu, Some(DType::BF16), &PROCESSOR, "cpu, bf16");
        check(Place::Auto, None, &PROCESSOR, "cpu, f32");
        check(
            Place::Cpu,
            Some(DType::F16),
            &BOTH,
            "dtype `f16`: this network does not compute in it on `cpu`; use one of `auto`, `f32`",
        );
        check(
            Place::Cpu,
            Some(DType::F16),
            &PROCESSOR,
            "dtype `f16`: this network does not compute in it on `cpu`; \
             use one of `auto`, `f32`, `bf16`",
        );
    }

    #[test]
    #[cfg(not(any(feature = "cuda", feature = "metal")))]
    fn what_is_not_built_in_is_refused_with_the_feature_that_builds_it() {
        check(
            Place::Cuda(1),
            None,
            &BOTH,
            "device `cuda:1` is not built into this program: build it with `--features cuda`, \
             or use one of `auto`, `cpu`",
        );
        check(
            Place::Metal(0),
            Some(DType::F32),
            &PROCESSOR,
            "device `metal:0` is not built into this program: build it with `--features metal`, \
             or use one of `auto`, `cpu`",
        );
        check(Place::Auto, None, &BOTH, "cpu, f32");
    }

    #[test]
    fn tensors_on_a_device_are_told_from_the_processor() {
        let tensors = Compute::tensors(Device::Cpu, DType::F16);
        assert_eq!(tensors.to_string(), "cpu tensors, f16");
        assert!(tensors.device().is_some());
        assert_eq!(Compute::default().to_string(), "cpu, f32");
        assert!(Compute::default().device().is_none());
    }
}
