"""The interviewer: opens rounds, answers questions, judges the file, asks about cost, keeps the journal.

A round is one part of the task, with its own checks. The next round opens when all checks of the newest pass.

Over 300 lines because each command that a candidate may type is a short method of this one class.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from rich.text import Text

from mlkata.interview import judging, measuring
from mlkata.interview.clock import Clock, clock_time
from mlkata.interview.judging import Look
from mlkata.interview.measuring import CostRequest, Measurer
from mlkata.interview.room import Room
from mlkata.interview.sheet import Sheet, Topic
from mlkata.practice.checking import Checking
from mlkata.report import terminal
from mlkata.report.units import count
from mlkata.tracks import course
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Round, Status

HELP = (
    ("ask WORDS", "ask what the task leaves open; a line that ends with ? asks, too"),
    ("ask", "list the topics you can ask about; the scorecard notes it"),
    ("check", "judge your saved file; when a round passes, the next one opens"),
    ("hint", "show the newest round's next hint; each one is noted"),
    ("test", "grade your own tests by the bugs they catch, as kata test does"),
    ("again", "show the task of the newest round again"),
    ("pause", "stop the clock and leave; kata interview resumes"),
    ("end", "end the interview and show the scorecard"),
)
_ONLY_ALONE = {"pause", "end", "help"}
"""Commands only if nothing follows them: `end users wait` answers a question and does not end the
interview."""
_WIDTH = 72
"""Characters in a line of what the interviewer says: prose is easier to read in narrow lines."""


class Interviewer:
    """One interview, driven by `hear`, which handles what the candidate types.

    `show` prints lines. `test` grades the candidate's tests and returns the fields of the journal's line on
    that, or None if they cannot be run.
    """

    def __init__(
        self,
        room: Room,
        sheet: Sheet,
        checking: Checking,
        clock: Clock,
        *,
        measurer: Measurer,
        show: Callable[[Iterable[Text | str]], None],
        test: Callable[[], Mapping[str, Any] | None],
    ) -> None:
        self.room = room
        self.sheet = sheet
        self.clock = clock
        self.pending: set[str] = set()
        """The ids of the rounds whose function is still being measured."""
        self.end_reason = ""
        """Why the conversation is over: `pause`, or why the interview ended; empty while it goes on."""
        self._checking = checking
        self._measurer = measurer
        self._show = show
        self._test = test
        self._reply: Callable[[str], None] | None = None
        """The function to call with the candidate's next line, if the interviewer waits for an answer; else
        None."""
        self._claiming = False
        """Whether the awaited answer is the cost of a function. No formula begins like a command, so commands
        still work meanwhile."""
        self._commands: Mapping[str, Callable[[str], None]] = {
            "ask": self._ask, "check": self._check, "hint": self._hint, "test": self._tests,
            "again": self._again, "help": self._help, "pause": self._pause, "end": self._end,
        }  # fmt: skip

    @property
    def track(self) -> Track:
        """The track of the interview."""
        return self.room.track

    @property
    def seconds_left(self) -> float:
        """The seconds left; negative once the time is up."""
        return 60.0 * self.room.interview.minutes - self.clock.seconds

    @property
    def prompt(self) -> str:
        """The prompt at which the candidate types, with the time left."""
        return f"[{clock_time(self.seconds_left)}] {'your answer' if self._reply else ''}>"

    def begin(self) -> None:
        """Open the first round of a new interview, or show where a resumed one was left."""
        interview = self.room.interview
        if not interview.rounds:
            self._open(self.track.rounds[0])
            self._show(
                ["", "Ask before you write. When I should look at your code, save the file and type check."]
            )
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
        """Handle a line: a reply to the interviewer's question, or a command."""
        try:
            self._take(line)
        except KataError as error:
            self._show([f"kata: {error}"])

    def _take(self, line: str) -> None:
        """Do what `hear` says. Raise KataError if it cannot be done."""
        word, _, argument = line.partition(" ")
        command = word.lower()
        is_alone = command in _ONLY_ALONE and not argument.strip()
        works_meanwhile = is_alone or (self._claiming and command in self._commands)
        if self._reply is not None and not works_meanwhile:
            reply, self._reply = self._reply, None
            reply(line)
        elif line.endswith("?") and command != "ask":
            self._ask(line)
        elif is_alone or command in self._commands.keys() - _ONLY_ALONE:
            self._commands[command](argument.strip())
        elif line:
            self._show(
                [f"I don't know {line!r}. To ask me something: ask {line}", "next: help lists the commands"]
            )

    def measured(self, round_id: str, result: Mapping[str, Any]) -> None:
        """Record the result of a measurement, as `measuring.measure` returns it."""
        self.pending.discard(round_id)
        # The clock goes on after the end of the interview, but no longer counts.
        seconds = self.room.interview.seconds if self.end_reason else self.clock.seconds
        self.room.journal.add(seconds, "measure", round=round_id, found=result)

    def tick(self) -> None:
        """Record the time in the journal; end the interview if its time is up."""
        self._write("tick")
        if self.seconds_left <= 0 and not self.end_reason:
            self._finish("time")

    def _write(self, do: str, **fields: Any) -> None:
        """Append a line to the journal, with the present time of the clock."""
        self.room.journal.add(self.clock.seconds, do, **fields)

    def _say(self, text: str, style: str = "") -> None:
        """Show a text in indented lines; line ends in the text stay."""
        lines = [line for part in text.splitlines() for line in textwrap.wrap(part, _WIDTH) or [""]]
        self._show([Text(f"  {line}", style) for line in lines])

    def _open(self, round_: Round) -> None:
        """Open a round: add its functions to the candidate's file and show its task."""
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
        self._show(Text.assemble((f"  {name:<10}", "bold"), (help_, "dim")) for name, help_ in HELP)

    def _ask(self, words: str) -> None:
        opened = [round_.id for round_ in self.room.opened()]
        if not words:
            self._write("list")
            names = [topic.name for topic in self.sheet.part(opened[-1]).topics]
            self._say(f"About this round I can tell you: {', '.join(names)}.")
            self._show(["next: ask NAME, with one of these names"])
            return
        topics = self.sheet.answers(words, opened)
        self._write("ask", words=words, topics=[topic.key for topic in topics])
        if not topics:
            self._say("That is up to you: decide, and say why.")
            self._show(["next: help lists the commands"])
        for topic in topics:
            self._answer(topic)

    def _answer(self, topic: Topic) -> None:
        """Show an answer; shapes and examples are code and keep their lines."""
        if "\n" in topic.answer:
            self._show(f"    {line}" for line in topic.answer.splitlines())
        else:
            self._say(topic.answer)

    def _check(self, _: str) -> None:
        """Judge the saved file on all rounds opened so far; go on once the newest of them has passed."""
        if not self.room.file(self.track.name).is_file():
            raise KataError(f"your file is missing: expected {self.room.file(self.track.name)}; put it back")
        with self.clock.paused():
            report = self._checking.check(self.room.opened())
            look = judging.sort(report, self.sheet, self.room.interview.asked)
            passed_before = self.room.interview.passed
            self._write(
                "look", rounds={name: list(counts) for name, counts in look.passing.items()},
                missed=[topic.key for topic in look.missed],
            )  # fmt: skip
            self._show_look(look)
            for name in look.passed:
                if name not in passed_before:
                    self.room.keep_passed(self.track.round(name), self._checking.submission.source)
                    self._write("pass", round=name)
            self._checking.refill()
        if self._newest().id in self.room.interview.passed:
            self._passed(self._newest())

    def _show_look(self, look: Look) -> None:
        for entry in look.report.rounds:
            passing, checks = look.passing[entry.round.id]
            style = "bold green" if entry.round.id in look.passed else "bold"
            self._show(
                [Text(f"{entry.round.id} {entry.round.title}: {passing} of {checks} checks pass", style)]
            )
            # Checks of an open-ended round, i.e. one without a right answer, have a score.
            self._show(
                [terminal.open_line(verdict, entry.round) for verdict in entry.verdicts if verdict.score]
            )
        for topic, verdicts in look.assumed:
            verb = "depends" if len(verdicts) == 1 else "depend"
            note = f" {topic.name}: {count(len(verdicts), 'check')} {verb} on it, and you have not asked"
            self._show([Text.assemble(("ASSUMED", "bold yellow"), note), f"  next: ask {topic.name}"])
        if look.report.wrong:
            report = self._checking.smallest(look.report)
            self._show(terminal.failures(report, self.track, width=80))
        unwritten = {v.check.function for v in look.report.verdicts if v.status is Status.UNSOLVED}
        if unwritten and not look.report.wrong:
            self._show([f"not written yet: {', '.join(sorted(unwritten))}   (I judge the saved file)"])

    def _hint(self, _: str) -> None:
        rules = course.in_folder(self.room.base)
        if rules is not None and not rules.hints:
            self._say("The course has hints off: its course.toml says so.")
            return
        round_ = self._newest()
        number = self.room.interview.rounds[round_.id].hints + 1
        if number > len(round_.hints):
            self._say("I have no more hints for this round.")
            return
        self._write("hint", round=round_.id, number=number)
        self._say(round_.hints[number - 1])

    def _tests(self, _: str) -> None:
        with self.clock.paused():
            result = self._test()
            if result is not None:
                self._write("test", **result)

    def _passed(self, round_: Round) -> None:
        """Ask the remaining questions about a round that has passed, then open the next one."""
        interview = self.room.interview
        history = interview.rounds[round_.id]
        cost = measuring.of_round(self.track, round_)
        if round_.id not in interview.claims and cost is not None:
            minutes_taken = ((history.passed or 0.0) - history.opened) / 60
            self._say(
                f"Good: {round_.id} passes, after {max(minutes_taken, 1):.0f} of {round_.minutes} minutes.",
                "bold green",
            )
            self._say(
                f"What does your `{cost.function}` cost, in time and in memory beyond its arguments? "
                f"Write it in {', '.join(cost.sizes)}, such as `{'*'.join(cost.sizes)}, 1`; I measure it. "
                "An empty line skips it."
            )
            self._reply, self._claiming = partial(self._claimed, round_), True
            return
        self._claiming = False
        if round_.open is not None and round_.id not in interview.replies:  # an open-ended round
            self._say(f"{round_.open.request}")
            self._reply = partial(self._replied, round_)
            return
        following = next(
            (candidate for candidate in self.track.rounds if candidate.id not in interview.rounds), None
        )
        if following is None:
            self._finish("done")
            return
        self._show(
            [
                "",
                Text(
                    f"Your own tests: write them in {self.room.tests.name} at any time, then type test", "dim"
                ),
            ]
        )
        self._open(following)

    def _claimed(self, round_: Round, claim: str) -> None:
        """Record a claim of cost, or ask again if it cannot be read; then measure. It may be empty."""
        cost = measuring.of_round(self.track, round_)
        if claim and cost is not None:
            try:
                measuring.read(claim, cost)
            except KataError as error:
                self._say(f"kata: {error}. An empty line skips it.")
                self._reply = partial(self._claimed, round_)
                return
        self._write("claim", round=round_.id, said=claim)
        self._measure(round_)
        self._passed(round_)

    def _measure(self, round_: Round) -> None:
        """Start to measure a round's function, in the file with which the round passed."""
        cost = measuring.of_round(self.track, round_)
        if cost is not None:
            self.pending.add(round_.id)
            claim = self.room.interview.claims[round_.id]
            self._measurer.add(CostRequest(round_.id, cost, self.room.passed_file(round_), claim))

    def _replied(self, round_: Round, reply: str) -> None:
        """Record the reply to an open-ended round's request, which is impossible to fulfil on purpose."""
        self._write("reply", round=round_.id, said=reply)
        self._passed(round_)

    def _pause(self, _: str) -> None:
        self._write("tick")
        self.end_reason = "pause"

    def _end(self, _: str) -> None:
        self._finish("asked")

    def _finish(self, why: str) -> None:
        self._write("end", why=why)
        self.end_reason = why
