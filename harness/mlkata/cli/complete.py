"""What a shell may complete: tracks, rounds, checks; and `kata completion`, which tells it how."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

_SHELLS = ("bash", "zsh", "fish")
_WHERE = {
    "bash": "kata completion bash > ~/.kata-completion   (with source ~/.kata-completion in ~/.bashrc)",
    "zsh": "kata completion zsh > ~/.zfunc/_kata   (with fpath+=~/.zfunc before compinit in ~/.zshrc)",
    "fish": "kata completion fish > ~/.config/fish/completions/kata.fish",
}


def tracks(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Name tracks."""
    from mlkata.tracks import catalogue as kit

    del context, parameter
    return [
        CompletionItem(name, help=one.title) for name, one in kit.find().items() if name.startswith(begun)
    ]


def rounds(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Name tracks, and once one is written the rounds of it."""
    from mlkata.tracks import catalogue as kit

    found = tracks(context, parameter, begun)
    of = [one for name, track in kit.find().items() if begun.startswith(name) for one in track.rounds]
    return found + [CompletionItem(one.id, help=one.title) for one in of if one.id.startswith(begun)]


def cases(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Name tracks, then rounds, then checks: those have to be imported, so they come last."""
    from mlkata.tracks import catalogue as kit

    name, slash, _ = begun.partition("/")
    known = kit.find()
    track = known.get(name.partition(".")[0])
    if not slash or track is None:
        return rounds(context, parameter, begun)
    return [CompletionItem(one.id, help=one.rule) for one in track.checks if one.id.startswith(begun)]


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what your shell needs to complete tracks, rounds and checks."""
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 - click knows these three
    click.echo(made(context.find_root().command, {}, "kata", "_KATA_COMPLETE").source())
    click.echo(f"next: {_WHERE[shell]}", err=True)
