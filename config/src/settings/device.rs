//! Where a network runs, and what it computes in.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What [`Device`] accepts, in words.
pub(crate) const DEVICES: &str =
    "one of `auto`, `cpu`, `cuda`, `cuda:N`, `metal`, `metal:N`, with N counted from 0";

/// Where a network runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Device {
    /// The first graphics device that the program is built for and the machine has, else the
    /// processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// An Nvidia device, by its number.
    Cuda(u8),
    /// An Apple device, by its number.
    Metal(u8),
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, number) = match text.split_once(':') {
            Some((name, number)) => (name, Some(number)),
            None => (text, None),
        };
        let digits = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
        let index = match number {
            None => Some(0),
            Some(number) => Some(number).filter(|it| digits(it)).and_then(|it| it.parse().ok()),
        };
        match (name, number, index) {
            ("auto", None, _) => Ok(Self::Auto),
            ("cpu", None, _) => Ok(Self::Cpu),
            ("cuda", _, Some(index)) => Ok(Self::Cuda(index)),
            ("metal", _, Some(index)) => Ok(Self::Metal(index)),
            _ => Err(format!("no device `{text}`: expected {DEVICES}")),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
            Self::Metal(number) => write!(f, "metal:{number}"),
        }
    }
}

impl Serialize for Device {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Device {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Device {
    fn schema_name() -> Cow<'static, str> {
        "Device".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(auto|cpu|(cuda|metal)(:[0-9]{1,3})?)$",
            "x-text": "device",
        })
    }
}

/// What a network computes in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// What suits the network and the device.
    #[default]
    Auto,
    /// Single precision.
    F32,
    /// Half precision.
    F16,
    /// Half precision with the range of single precision.
    Bf16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_and_written() {
        for (text, device) in [
            ("auto", Device::Auto),
            ("cpu", Device::Cpu),
            ("cuda:0", Device::Cuda(0)),
            ("cuda:12", Device::Cuda(12)),
            ("metal:1", Device::Metal(1)),
        ] {
            assert_eq!(text.parse(), Ok(device));
            assert_eq!(device.to_string(), text);
        }
        assert_eq!("cuda".parse(), Ok(Device::Cuda(0)));
        assert_eq!("metal".parse(), Ok(Device::Metal(0)));
        for text in ["", "gpu", "CUDA", "cpu:0", "auto:1", "cuda:", "cuda:+1", "cuda:256", "cuda:a"]
        {
            assert!(text.parse::<Device>().is_err(), "{text}");
        }
    }
}
