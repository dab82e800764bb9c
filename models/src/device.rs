//! Where a network runs: on the processor, with kernels of our own, or as candle tensors on a
//! graphics device.

use std::fmt;
use std::sync::{Mutex, PoisonError};

pub use candle_core::{DType, Device};

use candle_core::{DeviceLocation, utils};

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
    pub fn is_built_in(self) -> bool {
        match self {
            Self::Auto | Self::Cpu => true,
            Self::Cuda(_) => utils::cuda_is_available(),
            Self::Metal(_) => utils::metal_is_available(),
        }
    }

    /// The feature that builds it in.
    fn feature(self) -> Option<&'static str> {
        match self {
            Self::Auto | Self::Cpu => None,
            Self::Cuda(_) => Some("cuda"),
            Self::Metal(_) => Some("metal"),
        }
    }
}

/// The first device of each kind, best first.
const FIRST: [Place; 2] = [Place::Cuda(0), Place::Metal(0)];

/// Something that this program or a network cannot do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The setting at fault: `device` or `dtype`.
    pub setting: &'static str,
    /// What was asked for, and why it cannot be had.
    pub what: String,
    /// What would have been accepted.
    pub accepted: String,
}

impl From<Refusal> for Error {
    fn from(Refusal { what, accepted, .. }: Refusal) -> Self {
        Self::Input(format!("{what}; expected {accepted}"))
    }
}

/// The element types that a network can compute in; the first of each is what `auto` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dtypes {
    /// On the processor; at least one.
    pub processor: &'static [DType],
    /// As tensors on a device; none when the network runs on the processor only.
    pub device: &'static [DType],
}

impl Dtypes {
    /// Of a network that runs on the processor only, in single precision.
    pub const PROCESSOR: Self = Self { processor: &[DType::F32], device: &[] };
}

/// Where a network is to run and what it is to compute in, as asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The device.
    pub place: Place,
    /// The element type; none leaves it to the network.
    pub dtype: Option<DType>,
}

impl Ask {
    /// Finds what this program or a network with these types cannot do, as far as can be said
    /// without looking at a device.
    ///
    /// # Errors
    /// What cannot be done, and what could.
    pub fn check(self, dtypes: &Dtypes) -> Result<(), Refusal> {
        let Self { place, dtype } = self;
        if let (false, Some(feature)) = (place.is_built_in(), place.feature()) {
            let built = FIRST.into_iter().filter(|place| place.is_built_in());
            let accepted = [Place::Auto, Place::Cpu].into_iter().chain(built);
            return Err(Refusal {
                setting: "device",
                what: format!("device `{place}` is not built into this program"),
                accepted: format!("{}, or a build with `--features {feature}`", listed(accepted)),
            });
        }
        let on_device = match place {
            Place::Cpu => false,
            Place::Auto => {
                if dtypes.device.is_empty() || !FIRST.into_iter().any(Place::is_built_in) {
                    false
                } else {
                    // Which it is depends on the machine.
                    return Ok(());
                }
            }
            Place::Cuda(_) | Place::Metal(_) => true,
        };
        if on_device && dtypes.device.is_empty() {
            return Err(Refusal {
                setting: "device",
                what: format!("device `{place}`: this network runs on the processor only"),
                accepted: listed([Place::Auto, Place::Cpu]),
            });
        }
        pick(dtype, dtypes, on_device).map(drop)
    }
}

fn listed(names: impl IntoIterator<Item = impl fmt::Display>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// What was asked for, if the network has it; what suits it if nothing was.
fn pick(asked: Option<DType>, dtypes: &Dtypes, on_device: bool) -> Result<DType, Refusal> {
    let (accepted, on) = match on_device {
        true => (dtypes.device, "a graphics device"),
        false => (dtypes.processor, "the processor"),
    };
    let first = accepted.first().copied().unwrap_or(DType::F32);
    let dtype = asked.unwrap_or(first);
    if dtype == first || accepted.contains(&dtype) {
        return Ok(dtype);
    }
    let accepted = ["auto"].into_iter().chain(accepted.iter().map(|known| known.as_str()));
    Err(Refusal {
        setting: "dtype",
        what: format!("dtype `{}`: on {on} this network does not compute in it", dtype.as_str()),
        accepted: listed(accepted),
    })
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

    /// Opens what was asked for.
    ///
    /// # Errors
    /// [`Error::Input`] for a device that is not built in, or a place or an element type that the
    /// network cannot use; [`Error::Device`] with the driver's word when the device does not answer.
    pub fn choose(ask: Ask, dtypes: &Dtypes) -> Result<Self> {
        ask.check(dtypes)?;
        let device = match ask.place {
            Place::Cpu => None,
            Place::Auto if dtypes.device.is_empty() => None,
            Place::Auto => {
                let mut built = FIRST.into_iter().filter(|place| place.is_built_in());
                built.find_map(|place| opened(place).ok())
            }
            Place::Cuda(_) | Place::Metal(_) => Some(opened(ask.place)?),
        };
        let dtype = pick(ask.dtype, dtypes, device.is_some())?;
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

    /// The name of a device with memory of its own, and the bytes that are free there; none where
    /// the networks live in the processor's memory, as on Apple's devices.
    pub fn own_memory(&self) -> Option<(String, u64)> {
        #[cfg(feature = "cuda")]
        if let Some(Ok(device)) = self.device.as_ref().map(Device::as_cuda_device) {
            let context = device.cuda_stream().context().clone();
            let (free, _) = context.mem_get_info().ok()?;
            return Some((Place::Cuda(context.ordinal()).to_string(), free as u64));
        }
        None
    }
}

impl fmt::Display for Compute {
    /// As in `cuda:0, f16`; also tells loaded models apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.device.as_ref().map(Device::location) {
            None => Place::Cpu,
            Some(DeviceLocation::Cpu) => {
                return write!(f, "cpu tensors, {}", self.dtype.as_str());
            }
            Some(DeviceLocation::Cuda { gpu_id }) => Place::Cuda(gpu_id),
            Some(DeviceLocation::Metal { gpu_id }) => Place::Metal(gpu_id),
        };
        write!(f, "{place}, {}", self.dtype.as_str())
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
            let found = metal_devices();
            if number >= found {
                return Err(format!("this machine has {found} Metal devices, counted from 0"));
            }
            Device::new_metal(number).map_err(|e| e.to_string())
        }
    }
}

#[cfg(feature = "metal")]
fn metal_devices() -> usize {
    candle_metal_kernels::metal::Device::all().len()
}

#[cfg(not(feature = "metal"))]
fn metal_devices() -> usize {
    0
}

#[cfg(feature = "cuda")]
fn cuda_devices() -> Result<usize, String> {
    let count = candle_core::cuda_backend::cudarc::driver::CudaContext::device_count();
    count.map(|count| usize::try_from(count).unwrap_or(0)).map_err(|e| e.to_string())
}

#[cfg(not(feature = "cuda"))]
fn cuda_devices() -> Result<usize, String> {
    Ok(0)
}

/// A device that this program is built for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// How it is asked for.
    pub place: Place,
    /// What it is, or why it cannot be used.
    pub state: Result<String, String>,
}

/// The processor, and the graphics devices that this program is built for; opens each of them.
pub fn devices() -> Vec<Found> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all = vec![Found { place: Place::Cpu, state: Ok(format!("{threads} threads")) }];
    let mut add = |count: Result<usize, String>, place: fn(usize) -> Place| {
        if !place(0).is_built_in() {
            return;
        }
        match count {
            Ok(0) => all.push(Found { place: place(0), state: Err("no such device".into()) }),
            Err(reason) => all.push(Found { place: place(0), state: Err(reason) }),
            Ok(count) => all.extend((0..count).map(place).map(|place| {
                let state = opened(place).map(|device| about(&device)).map_err(|e| e.to_string());
                Found { place, state }
            })),
        }
    };
    add(cuda_devices(), Place::Cuda);
    add(Ok(metal_devices()), Place::Metal);
    all
}

/// The name and memory of a device.
#[cfg_attr(not(any(feature = "cuda", feature = "metal")), expect(unused_variables))]
fn about(device: &Device) -> String {
    #[cfg(feature = "cuda")]
    if let Ok(device) = device.as_cuda_device() {
        let context = device.cuda_stream().context().clone();
        let name = context.name().unwrap_or_else(|_| "unnamed".into());
        let memory = context.total_mem().unwrap_or(0);
        return format!("{name}, {:.1} GB", memory as f64 / 1e9);
    }
    #[cfg(feature = "metal")]
    if let Ok(device) = device.as_metal_device() {
        let device = device.metal_device();
        let memory = device.recommended_max_working_set_size();
        return format!("{}, {:.1} GB", device.architecture_name(), memory as f64 / 1e9);
    }
    "ready".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Dtypes =
        Dtypes { processor: &[DType::F32], device: &[DType::F16, DType::F32, DType::BF16] };
    const PROCESSOR: Dtypes = Dtypes { processor: &[DType::F32, DType::BF16], device: &[] };

    /// What is chosen, or the error's words; on a machine and in a build without devices.
    fn check(place: Place, dtype: Option<DType>, dtypes: &Dtypes, expected: &str) {
        let said = match Compute::choose(Ask { place, dtype }, dtypes) {
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
            "dtype `f16`: on the processor this network does not compute in it; \
             expected `auto`, `f32`",
        );
        check(
            Place::Cpu,
            Some(DType::F16),
            &PROCESSOR,
            "dtype `f16`: on the processor this network does not compute in it; \
             expected `auto`, `f32`, `bf16`",
        );
    }

    #[test]
    #[cfg(not(any(feature = "cuda", feature = "metal")))]
    fn what_is_not_built_in_is_refused_with_the_feature_that_builds_it() {
        check(
            Place::Cuda(1),
            None,
            &BOTH,
            "device `cuda:1` is not built into this program; \
             expected `auto`, `cpu`, or a build with `--features cuda`",
        );
        check(
            Place::Metal(0),
            Some(DType::F32),
            &PROCESSOR,
            "device `metal:0` is not built into this program; \
             expected `auto`, `cpu`, or a build with `--features metal`",
        );
        check(Place::Auto, None, &BOTH, "cpu, f32");
        // Nothing but the processor can come of it, so that is said without looking.
        let half = Ask { dtype: Some(DType::F16), ..Ask::default() };
        assert_eq!(half.check(&BOTH).unwrap_err().accepted, "`auto`, `f32`");
        let places: Vec<_> = devices().into_iter().map(|found| found.place).collect();
        assert_eq!(places, [Place::Cpu]);
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
