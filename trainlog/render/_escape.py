"""Log text is untrusted: what comes from a log passes here before it is shown."""

import re

# C0 and C1 controls, bidirectional overrides and isolates, zero-width and line-separating characters, lone surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]")


def plain(text: object, limit: int = 500) -> str:
    """One line of visible text for a terminal: controls are shown as ``\\x1b``, long text is cut."""
    shown = _UNSAFE.sub(lambda m: f"\\x{ord(m[0]):02x}" if ord(m[0]) < 256 else f"\\u{ord(m[0]):04x}", str(text))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
