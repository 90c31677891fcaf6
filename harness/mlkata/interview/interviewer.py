"""The interviewer: opens rounds, answers, looks at the file, asks what it costs, keeps the minutes.

Over 300 lines because each thing that a candidate may type is a short method of one conversation.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from rich.text import Text

from mlkata.interview import judging, measuring
from mlkata.interview.clock import Clock, shown
from mlkata.interview.judging import Look
from mlkata.interview.measuring import Measuring, Wanted
from mlkata.interview.room import Room
from mlkata.interview.sheet import Sheet, Topic
from mlkata.practice.checking import Checking
from mlkata.report import terminal
from mlkata.report.units import count
from mlkata.tracks import course
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Round, Status

HELP = (
    ("ask WORDS", "ask what the task leaves open; a line that ends with ? does so, too"),
    ("ask", "list what can be asked; the scorecard says that you looked"),
    ("check", "I look at your saved file; when a round passes, the next one opens"),
    ("hint", "the next of three hints to the newest round; each is written down"),
    ("test", "grade your own tests by the bugs they catch, as kata test does"),
    ("again", "the task of the newest round once more"),
    ("pause", "stop the clock and leave; kata interview goes on from there"),
    ("end", "end it, and see the scorecard"),
)
_ALONE = {"pause", "end", "help"}
"""Commands without words behind them: `end users wait` is a reply, and ends nothing."""
_SAID = 72
"""Columns of what is said: a conversation is read in narrow lines."""


class Interviewer:
    """One interview. `hear` takes what is typed; `show` prints; `test` grades the candidate's tests."""

    def __init__(
        self,
        room: Room,
        sheet: Sheet,
        checking: Checking,
        clock: Clock,
        *,
        measuring_: Measuring,
        show: Callable[[Iterable[Text | str]], None],
        test: Callable[[], Mapping[str, Any] | None],
    ) -> None:
        self.room = room
        self.sheet = sheet
        self.clock = clock
        self.measuring: set[str] = set()
        """Rounds whose function is being measured."""
        self.over = ""
        """Why nothing more is heard: `pause`, or why the interview has ended."""
        self._checking = checking
        self._measuring = measuring_
        self._show = show
        self._test = test
        self._reply: Callable[[str], None] | None = None
        """What the next line answers, if something was asked."""
        self._claiming = False
        """Is it a claim? No formula begins like a command, so commands are heard, too."""
        self._commands: Mapping[str, Callable[[str], None]] = {
            "ask": self._ask, "check": self._check, "hint": self._hint, "test": self._tests,
            "again": self._again, "help": self._help, "pause": self._pause, "end": self._end,
        }  # fmt: skip

    @property
    def track(self) -> Track:
        """What it is about."""
        return self.room.track

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return 60.0 * self.room.interview.minutes - self.clock.seconds

    @property
    def prompt(self) -> str:
        """What stands before the place to type in."""
        return f"[{shown(self.left)}] {'your answer' if self._reply else ''}>"

    def begin(self) -> None:
        """Open the first round, or go on where it was left."""
        interview = self.room.interview
        if not interview.rounds:
            self._open(self.track.rounds[0])
            self._show(["", "Ask before you write. When you want me to look, save the file and type check."])
            self._help("")
            return
        for round_ in self.room.opened():
            if round_.id in interview.claims and round_.id not in interview.measured:
                self._measure(round_)
        newest = self.track.round(interview.newest)
        if newest.id in interview.passed:
            self._passed(newest)
        else:
            self._again("")

    def hear(self, line: str) -> None:
        """Take a line: an answer to what was asked, or a command."""
        try:
            self._take(line)
        except KataError as error:
            self._show([f"kata: {error}"])

    def _take(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        command = word.lower()
        alone = command in _ALONE and not rest.strip()
        if self._reply is not None and not alone and not (self._claiming and command in self._commands):
            reply, self._reply = self._reply, None
            reply(line)
        elif line.endswith("?") and command != "ask":
            self._ask(line)
        elif alone or command in self._commands.keys() - _ALONE:
            self._commands[command](rest.strip())
        elif line:
            self._show(
                [f"I don't know {line!r}. To ask me something: ask {line}", "next: help lists what I know"]
            )

    def measured(self, round_id: str, found: Mapping[str, Any]) -> None:
        """Write down what was measured."""
        self.measuring.discard(round_id)
        ended = self.room.interview.seconds if self.over else self.clock.seconds  # then no more time passes
        self.room.journal.add(ended, "measure", round=round_id, found=found)

    def tick(self) -> None:
        """Write down that time has passed; end when it is over."""
        self._write("tick")
        if self.left <= 0 and not self.over:
            self._finish("time")

    def _write(self, do: str, **more: Any) -> None:
        self.room.journal.add(self.clock.seconds, do, **more)

    def _say(self, words: str, style: str = "") -> None:
        lines = [line for part in words.splitlines() for line in textwrap.wrap(part, _SAID) or [""]]
        self._show([Text(f"  {line}", style) for line in lines])

    def _open(self, round_: Round) -> None:
        self.room.add([round_])
        self._write("open", round=round_.id)
        self._task(round_)

    def _task(self, round_: Round) -> None:
        self._show(
            ["", Text(f"Round {round_.number}: {round_.title}, about {round_.minutes} minutes", "bold"), ""]
        )
        self._say(self.sheet.part(round_.id).prompt)
        self._show(["", Text(f"your file: {self.room.file(self.track.name)}", "dim")])

    def _newest(self) -> Round:
        return self.track.round(self.room.interview.newest)

    def _again(self, _: str) -> None:
        self._task(self._newest())

    def _help(self, _: str) -> None:
        self._show(Text.assemble((f"  {name:<10}", "bold"), (words, "dim")) for name, words in HELP)

    def _ask(self, words: str) -> None:
        opened = [one.id for one in self.room.opened()]
        if not words:
            self._write("list")
            names = [one.name for one in self.sheet.part(opened[-1]).topics]
            self._say(f"About this round I can tell you: {', '.join(names)}.")
            self._show(["next: ask and one of these words"])
            return
        topics = self.sheet.answers(words, opened)
        self._write("ask", words=words, topics=[one.key for one in topics])
        if not topics:
            self._say("That is up to you: decide, and say why.")
            self._show(["next: help lists what I know"])
        for topic in topics:
            self._answer(topic)

    def _answer(self, topic: Topic) -> None:
        """Answer; shapes and examples are code, and stay in their lines."""
        if "\n" in topic.answer:
            self._show(f"    {line}" for line in topic.answer.splitlines())
        else:
            self._say(topic.answer)

    def _check(self, _: str) -> None:
        if not self.room.file(self.track.name).is_file():
            raise KataError(
                f"your file is gone: expected {self.room.file(self.track.name)}; undo what moved it"
            )
        with self.clock.held():
            report = self._checking.check(self.room.opened())
            look = judging.sort(report, self.sheet, self.room.interview.asked)
            known = self.room.interview.passed
            self._write(
                "look", rounds={name: list(counts) for name, counts in look.passing.items()},
                missed=[topic.key for topic in look.missed],
            )  # fmt: skip
            self._show_look(look)
            for name in look.passed:
                if name not in known:
                    self.room.keep(self.track.round(name), self._checking.submission.source)
                    self._write("pass", round=name)
            self._checking.refill()
        if self._newest().id in self.room.interview.passed:
            self._passed(self._newest())

    def _show_look(self, look: Look) -> None:
        for one in look.report.rounds:
            passing, checks = look.passing[one.round.id]
            style = "bold green" if one.round.id in look.passed else "bold"
            self._show([Text(f"{one.round.id} {one.round.title}: {passing} of {checks} checks pass", style)])
            self._show([terminal.open_line(verdict, one.round) for verdict in one.verdicts if verdict.score])
        for topic, verdicts in look.assumed:
            hang = "hangs" if len(verdicts) == 1 else "hang"
            words = f" {topic.name}: {count(len(verdicts), 'check')} {hang} on it, and you have not asked"
            self._show([Text.assemble(("ASSUMED", "bold yellow"), words), f"  next: ask {topic.name}"])
        if look.report.wrong:
            report = self._checking.smallest(look.report)
            self._show(terminal.failures(report, self.track, width=80))
        unsolved = {v.check.function for v in look.report.verdicts if v.status is Status.UNSOLVED}
        if unsolved and not look.report.wrong:
            self._show([f"still to be written: {', '.join(sorted(unsolved))}   (I look at the saved file)"])

    def _hint(self, _: str) -> None:
        rules = course.in_folder(self.room.base)
        if rules is not None and not rules.hints:
            self._say("Your course gives no hints.")
            return
        round_ = self._newest()
        number = self.room.interview.rounds[round_.id].hints + 1
        if number > len(round_.hints):
            self._say("I have no more hints to this round.")
            return
        self._write("hint", round=round_.id, number=number)
        self._say(round_.hints[number - 1])

    def _tests(self, _: str) -> None:
        with self.clock.held():
            result = self._test()
            if result is not None:
                self._write("test", **result)

    def _passed(self, round_: Round) -> None:
        """Ask what is still to be asked about a round that has passed, then open the next one."""
        interview = self.room.interview
        past = interview.rounds[round_.id]
        cost = measuring.of_round(self.track, round_)
        if round_.id not in interview.claims and cost is not None:
            took = ((past.passed or 0.0) - past.opened) / 60
            self._say(
                f"Good: {round_.id} passes, after {max(took, 1):.0f} of {round_.minutes} minutes.",
                "bold green",
            )
            self._say(
                f"What does your `{cost.function}` cost, in time and in memory beyond its arguments? "
                f"Write it in {', '.join(cost.sizes)}, such as `{'*'.join(cost.sizes)}, 1`: I measure it. "
                "An empty line skips it."
            )
            self._reply, self._claiming = partial(self._claimed, round_), True
            return
        self._claiming = False
        if round_.open is not None and round_.id not in interview.replies:
            self._say(f"{round_.open.request}")
            self._reply = partial(self._replied, round_)
            return
        following = next((one for one in self.track.rounds if one.id not in interview.rounds), None)
        if following is None:
            self._finish("done")
            return
        self._show(["", Text(f"Tests of your own, at any time: {self.room.tests.name}, then test", "dim")])
        self._open(following)

    def _claimed(self, round_: Round, said: str) -> None:
        cost = measuring.of_round(self.track, round_)
        if said and cost is not None:
            try:
                measuring.read(said, cost)
            except KataError as error:
                self._say(f"kata: {error}. An empty line skips it.")
                self._reply = partial(self._claimed, round_)
                return
        self._write("claim", round=round_.id, said=said)
        self._measure(round_)
        self._passed(round_)

    def _measure(self, round_: Round) -> None:
        cost = measuring.of_round(self.track, round_)
        if cost is not None:
            self.measuring.add(round_.id)
            said = self.room.interview.claims[round_.id]
            self._measuring.add(Wanted(round_.id, cost, self.room.kept(round_), said))

    def _replied(self, round_: Round, said: str) -> None:
        self._write("reply", round=round_.id, said=said)
        self._passed(round_)

    def _pause(self, _: str) -> None:
        self._write("tick")
        self.over = "pause"

    def _end(self, _: str) -> None:
        self._finish("asked")

    def _finish(self, why: str) -> None:
        self._write("end", why=why)
        self.over = why
