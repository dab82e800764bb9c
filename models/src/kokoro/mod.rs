//! Speech from phonemes by networks in the format of [Kokoro-82M](https://huggingface.co/hexgrad/Kokoro-82M).

#![allow(dead_code, reason = "the network that calls these layers follows")]

mod layers;
