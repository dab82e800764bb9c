"""The Whisper network: parameters held by transformers' own class, a lean forward pass for training."""

import torch
import torch.nn.functional as F
from torch import nn
from transformers import WhisperConfig, WhisperForConditionalGeneration

import tokenizer as tok
from phones import Phones

WIDTH, ENCODER_LAYERS, DECODER_LAYERS, HEADS = 192, 5, 2, 6
INNER_LAYER = 3  # encoder layers below the inner CTC head


def configuration(**changes) -> WhisperConfig:
    values = dict(vocab_size=tok.VOCABULARY, num_mel_bins=80, d_model=WIDTH, encoder_layers=ENCODER_LAYERS, decoder_layers=DECODER_LAYERS,
                  encoder_attention_heads=HEADS, decoder_attention_heads=HEADS, encoder_ffn_dim=4 * WIDTH, decoder_ffn_dim=4 * WIDTH,
                  max_source_positions=1500, max_target_positions=448, activation_function="gelu", scale_embedding=False, dropout=0.0,
                  pad_token_id=tok.EOT, bos_token_id=tok.EOT, eos_token_id=tok.EOT, decoder_start_token_id=tok.SOT,
                  suppress_tokens=None, begin_suppress_tokens=None, tie_word_embeddings=True)
    values.update(changes)
    return WhisperConfig(**values)


def attention(layer, x, memory, causal):
    """Written out: in bfloat16 on a CPU this is several times faster than torch's fused kernel, above all backwards."""
    batch, length, width = x.shape
    heads = layer.num_heads

    def split(y):
        return y.view(batch, -1, heads, width // heads).transpose(1, 2)

    scores = (split(layer.q_proj(x)) * (width // heads) ** -0.5) @ split(layer.k_proj(memory)).mT
    if causal:
        scores = scores.masked_fill(torch.ones(length, length, dtype=torch.bool).triu(1), float("-inf"))
    with torch.autocast("cpu", enabled=False):  # autocast would run the softmax in float32
        weights = scores.softmax(-1)
    out = weights @ split(layer.v_proj(memory))
    return layer.out_proj(out.transpose(1, 2).reshape(batch, length, width))


class Recogniser(nn.Module):
    """Whisper plus two CTC heads, text pieces on the encoder output and phones inside the encoder; only Whisper is exported."""

    def __init__(self, config=None):
        super().__init__()
        self.whisper = WhisperForConditionalGeneration(config or configuration())
        self.ctc = nn.Linear(WIDTH, tok.TEXT_PIECES + 1)  # last class: blank
        self.inner_ctc = nn.Linear(WIDTH, Phones.SIZE)
        for head in (self.ctc, self.inner_ctc):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def encode(self, mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Normalised mel [b, 80, t] to the output [b, t / 2, width] and the inner layer's; positions are a prefix of Whisper's."""
        encoder = self.whisper.model.encoder
        x = F.gelu(encoder.conv1(mel))
        x = F.gelu(encoder.conv2(x)).transpose(1, 2)
        x = x + encoder.embed_positions.weight[: x.shape[1]].to(x.dtype)  # keeps bfloat16 under autocast
        for index, layer in enumerate(encoder.layers):
            if index == INNER_LAYER:
                inner = x
            y = layer.self_attn_layer_norm(x)
            x = x + attention(layer.self_attn, y, y, False)
            x = x + layer.fc2(F.gelu(layer.fc1(layer.final_layer_norm(x))))
        return encoder.layer_norm(x), inner

    def decode(self, tokens: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        """Token ids [b, n] and encoder output to logits [b, n, vocabulary]."""
        decoder = self.whisper.model.decoder
        x = (decoder.embed_tokens(tokens) + decoder.embed_positions.weight[: tokens.shape[1]]).to(memory.dtype)
        for layer in decoder.layers:
            y = layer.self_attn_layer_norm(x)
            x = x + attention(layer.self_attn, y, y, True)
            x = x + attention(layer.encoder_attn, layer.encoder_attn_layer_norm(x), memory, False)
            x = x + layer.fc2(F.gelu(layer.fc1(layer.final_layer_norm(x))))
        return self.whisper.proj_out(decoder.layer_norm(x))
