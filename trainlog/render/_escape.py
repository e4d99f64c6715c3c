"""Log text is untrusted: what comes from a log passes here before it is shown."""

import re

from trainlog._pattern import compiled

# C0 and C1 controls, bidirectional marks, overrides and isolates, zero-width, line-separating and tag characters, lone surrogates
# and what is no character in XML.
_UNSEEN = (
    "\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f"
)
_UNSEEN_IN_JSON = f"[{_UNSEEN}]"
_UNSAFE = f"[\x00-\x1f{_UNSEEN}]"
# What starts a command of a CI runner: "::name" at the start of a line (of a word, lines may be wrapped); anywhere "##[" (GitHub, Azure),
# "##vso[" (Azure), "##teamcity[".
_RUNNER = re.compile(r"(?<!\S):(?=:)|#(?=#\w*\[)")
# ASCII punctuation: CommonMark takes a backslash before any of it. "<" and "&" become entities, so that no HTML is left at all, and so does
# what GitHub links after it has taken backslashes away (addresses). Mentions and numbers of issues it even looks for in the page
# that it made of the text: a zero-width space parts their sign from the name.
_MARKUP = r"[\\`*_{}\[\]()#+\-.!|~>$=^\"']"
_ENTITIES = {"&": "&amp;", "<": "&lt;", "@": "&#64;", ":": "&#58;", "/": "&#47;"}
_MENTION = r"&#64;(?=\w|\\_)|\\#(?=\d)"


def plain(text: object, limit: int = 500) -> str:
    """One line of visible text for a terminal or a CI log: controls and starts of commands are shown as ``\\x1b``, long text is cut."""
    shown = str(text)
    if not shown.isprintable():  # as is none of what is unsafe
        shown = compiled(_UNSAFE).sub(_code, shown)
    shown = _RUNNER.sub(lambda m: f"\\x{ord(m[0]):02x}", shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _code(sign: re.Match[str]) -> str:
    number = ord(sign[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def json(document: str) -> str:
    """For a whole document of JSON: the same values, and nothing that a terminal or a CI runner would act on."""
    # Outside its strings JSON holds none of these characters.
    seen = document if document.isascii() and "\x7f" not in document else compiled(_UNSEEN_IN_JSON).sub(_units, document)
    return seen.replace("##", "#\\u0023")


def _units(sign: re.Match[str]) -> str:
    units = sign[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def xml(text: object, limit: int = 2000) -> str:
    """For the text and the quoted attributes of XML and HTML."""
    shown = plain(text, limit)
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        shown = shown.replace(sign, entity)
    return shown


def markdown(text: object, limit: int = 2000) -> str:
    """For running text and table cells of GitHub and GitLab Markdown: shown as it is, no link, mention, emphasis or HTML."""
    shown = "".join(_ENTITIES.get(c, c) for c in compiled(_MARKUP).sub(r"\\\g<0>", plain(text, limit)))
    return compiled(_MENTION).sub(r"\g<0>&#8203;", shown)


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
