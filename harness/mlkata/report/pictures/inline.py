"""Show a PNG within a terminal, by the protocol of the terminals kitty or iTerm2.

A third protocol, Sixel, is not supported: environment variables don't say which terminals have it, and
asking a terminal would mean to read its answer from standard input.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

_CHUNK = 4096
"""Maximum number of bytes that kitty accepts in one piece."""


def protocol(environment: Mapping[str, str]) -> str:
    """Return the terminal's protocol, `kitty` or `iterm2`, or an empty string if it has no known one.

    tmux and screen have none: they swallow the sequences, or show them as text.
    """
    if environment.get("TMUX") or environment.get("STY"):
        return ""
    program = environment.get("TERM_PROGRAM", "")
    if environment.get("TERM") in ("xterm-kitty", "xterm-ghostty") or program == "ghostty":
        return "kitty"
    if program in ("iTerm.app", "WezTerm") or environment.get("LC_TERMINAL") == "iTerm2":
        return "iterm2"
    return ""


def dark(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal says that its background is dark.

    The variable COLORFGBG, such as `15;0`, ends in the number of the background's colour, from 0 to 15. Dark
    are 0 to 6, and 8.
    """
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return background.isdigit() and (int(background) < 7 or int(background) == 8)  # noqa: PLR2004 - 8 is grey


def sequence(png: bytes, kind: str) -> str:
    """Return an image as an escape sequence of the protocol `kind` (see `protocol`)."""
    data = base64.standard_b64encode(png).decode("ascii")
    if kind == "iterm2":
        return f"\x1b]1337;File=inline=1;size={len(png)}:{data}\a\n"
    pieces = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    parts = []
    for number, piece in enumerate(pieces):
        more = int(number < len(pieces) - 1)
        # Keys of the protocol: a=T shows the image, f=100 means PNG, m=1 that more pieces follow.
        control = f"a=T,f=100,m={more}" if number == 0 else f"m={more}"
        parts.append(f"\x1b_G{control};{piece}\x1b\\")
    return "".join(parts) + "\n"
