"""Log text is untrusted: what comes from a log passes here before it is shown."""

import re

# C0 and C1 controls, bidirectional marks, overrides and isolates, zero-width and line-separating characters, lone surrogates and
# what is no character in XML.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff]")
# What starts a command of a CI runner: "::name" at the start of a line (of a word, lines may be wrapped), "##[" and "##vso[" anywhere.
_RUNNER = re.compile(r"(?<!\S):(?=:)|#(?=#(?:\[|vso\[))")
# ASCII punctuation: CommonMark takes a backslash before any of it; "<" and "&" become entities, so that no HTML is left at all.
_MARKUP = re.compile(r"[\\`*_{}\[\]()#+\-.!|~>$:@/=^\"']")


def plain(text: object, limit: int = 500) -> str:
    """One line of visible text for a terminal or a CI log: controls and starts of commands are shown as ``\\x1b``, long text is cut."""
    shown = _UNSAFE.sub(lambda m: f"\\x{ord(m[0]):02x}" if ord(m[0]) < 256 else f"\\u{ord(m[0]):04x}", str(text))
    shown = _RUNNER.sub(lambda m: f"\\x{ord(m[0]):02x}", shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def xml(text: object, limit: int = 2000) -> str:
    """For the text and the quoted attributes of XML and HTML."""
    shown = plain(text, limit)
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        shown = shown.replace(sign, entity)
    return shown


def markdown(text: object, limit: int = 2000) -> str:
    """For running text and table cells of GitHub and GitLab Markdown: shown as it is, no link, mention, emphasis or HTML."""
    shown = plain(text, limit)
    return "".join({"&": "&amp;", "<": "&lt;", "@": "&#64;", ":": "&#58;", "/": "&#47;"}.get(c, c) for c in _MARKUP.sub(_backslash, shown))


def _backslash(sign: re.Match[str]) -> str:
    # As entities where a backslash is not enough: GitHub links bare addresses and mentions after it has taken backslashes away.
    return sign[0] if sign[0] in "@:/" else "\\" + sign[0]


def command(text: object, limit: int = 2000) -> str:
    """For the message of a GitHub workflow command; nothing in it can start another one."""
    return plain(text, limit).replace("%", "%25")


def command_property(text: object, limit: int = 500) -> str:
    """For a property (``file=``, ``title=``) of a GitHub workflow command."""
    return command(text, limit).replace(":", "%3A").replace(",", "%2C")


def cell(text: object, limit: int = 2000) -> str:
    """For a cell of a spreadsheet: text that would be taken for a formula is led by an apostrophe (OWASP, CSV injection)."""
    shown = plain(text, limit)
    return "'" + shown if shown.lstrip()[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠") else shown


def label(text: object, limit: int = 500) -> str:
    """For the value of a label in OpenMetrics."""
    return plain(text, limit).replace("\\", "\\\\").replace('"', '\\"')
