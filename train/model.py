"""A small GPT over bytes: pre-norm transformer blocks, learned positions, tied input and output embeddings.

After Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), section 2.3.
"""

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name under which every torch user knows it

VOCABULARY = 256
"""Tokens are bytes (count)."""

INIT_STD = 0.02
"""Standard deviation of the initial weights: GPT-2."""


class Block(nn.Module):
    """Attention and a feed-forward layer, each added to its input. Shapes: [batch, time, width] in and out."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm_attention, self.norm_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.attention_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """One residual block over ``x`` float[batch, time, width]."""
        x = x + self.drop(self._attend(self.norm_attention(x)))
        out: Tensor = x + self.drop(self.mlp(self.norm_mlp(x)))
        return out

    def _attend(self, x: Tensor) -> Tensor:
        batch, time, width = x.shape
        q, k, v = self.qkv(x).view(batch, time, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        dropout = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=dropout)
        out: Tensor = self.attention_out(mixed.transpose(1, 2).reshape(batch, time, width))
        return out


class GPT(nn.Module):
    """Predicts each next byte: int64[batch, time] in, mean negative log-likelihood in nats per byte out."""

    def __init__(self, *, layers: int, heads: int, width: int, context: int, dropout: float) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCABULARY, width), nn.Embedding(context, width)
        self.drop = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.apply(_init)
        for name, weight in self.named_parameters():  # keeps the variance of the residual stream at any depth
            if name.endswith(("attention_out.weight", "mlp.2.weight")):
                nn.init.normal_(weight, std=INIT_STD / (2 * layers) ** 0.5)

    def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy (nats per byte, float[]) of ``targets`` given ``inputs``, both int64[batch, time]."""
        x = self.drop(self.tokens(inputs) + self.positions.weight[: inputs.shape[1]])
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.tokens.weight)
        return F.cross_entropy(logits.float().flatten(0, 1), targets.flatten())


def _init(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=INIT_STD)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)


def decay_groups(model: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Optimizer groups in which matrices decay, and biases and norms do not (as in GPT-3, Brown et al. 2020)."""
    weights = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in weights if p.dim() >= 2], "weight_decay": weight_decay},
        {"params": [p for p in weights if p.dim() < 2], "weight_decay": 0.0},
    ]


def parameter_count(model: nn.Module) -> int:
    """Number of trained weights."""
    return sum(p.numel() for p in model.parameters())
