"""Shell completion of tracks, rounds and checks, and `kata completion`."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

_SHELLS = ("bash", "zsh", "fish")
_INSTALL_COMMANDS = {
    "bash": "kata completion bash > ~/.kata-completion   (with source ~/.kata-completion in ~/.bashrc)",
    "zsh": "kata completion zsh > ~/.zfunc/_kata   (with fpath+=~/.zfunc before compinit in ~/.zshrc)",
    "fish": "kata completion fish > ~/.config/fish/completions/kata.fish",
}


def tracks(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the tracks that begin with what was typed."""
    from mlkata.tracks import catalogue as kit

    del context, parameter
    return [
        CompletionItem(name, help=track.title) for name, track in kit.find().items() if name.startswith(typed)
    ]


def rounds(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return tracks and, once a track's name is typed, its rounds."""
    from mlkata.tracks import catalogue as kit

    items = tracks(context, parameter, typed)
    typed_rounds = [
        round_ for name, track in kit.find().items() if typed.startswith(name) for round_ in track.rounds
    ]
    return items + [
        CompletionItem(round_.id, help=round_.title) for round_ in typed_rounds if round_.id.startswith(typed)
    ]


def cases(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return tracks and rounds or, once a round and a slash are typed, checks.

    `kata check --case` and `kata show` take the id of a check. Checks are Python code of their track:
    importing them takes time, so it is left until it is needed.
    """
    from mlkata.tracks import catalogue as kit

    name, slash, _ = typed.partition("/")
    tracks_ = kit.find()
    track = tracks_.get(name.partition(".")[0])
    if not slash or track is None:
        return rounds(context, parameter, typed)
    return [CompletionItem(check.id, help=check.rule) for check in track.checks if check.id.startswith(typed)]


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script with which your shell completes arguments."""
    completer = get_completion_class(shell)
    assert completer is not None  # noqa: S101 - click supports the three shells
    shell_complete = completer(
        context.find_root().command, ctx_args={}, prog_name="kata", complete_var="_KATA_COMPLETE"
    )
    click.echo(shell_complete.source())
    click.echo(f"next: {_INSTALL_COMMANDS[shell]}", err=True)
