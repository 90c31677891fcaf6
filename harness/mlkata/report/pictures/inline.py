"""Shows a PNG in the terminal, where the environment says that it can: kitty's protocol and iTerm2's.

Sixel is left out: which terminals know it is not to be seen from the environment, and to ask one would
mean to read from it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

_CHUNK = 4096
"""Kitty takes no longer piece at once."""


def protocol(environment: Mapping[str, str]) -> str:
    """Name the protocol of the terminal, `kitty` or `iterm2`; empty where it has none that we know.

    Within tmux and screen there is none: they swallow it, or show it as text.
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
    """Is the terminal's ground dark, as far as it says so? COLORFGBG ends in the number of its colour."""
    ground = environment.get("COLORFGBG", "").rpartition(";")[2]
    return ground.isdigit() and (int(ground) < 7 or int(ground) == 8)  # noqa: PLR2004 - 7 is white, 8 grey


def sequence(png: bytes, kind: str) -> str:
    """Write an image as what the terminal reads."""
    data = base64.standard_b64encode(png).decode("ascii")
    if kind == "iterm2":
        return f"\x1b]1337;File=inline=1;size={len(png)}:{data}\a\n"
    pieces = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    parts = []
    for number, piece in enumerate(pieces):
        more = int(number < len(pieces) - 1)
        control = f"a=T,f=100,m={more}" if number == 0 else f"m={more}"
        parts.append(f"\x1b_G{control};{piece}\x1b\\")
    return "".join(parts) + "\n"
