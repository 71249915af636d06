"""A worker's shift: scores what comes in, and publishes what only adds to the board.

It finds out what to do by looking, each time anew, so that nothing has to tell it of an upload. Its
run begins with the first unit that it scores: a shift in which nothing came in leaves no trace.

The texts that people rated are measured when no submission waits. They are a few hundred and have
no lease: two workers that come upon them at once do the same work, and the first to store it wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from scoring.errors import ReasonBoardError
from scoring.instruments import Instruments
from scoring.tasks import Task
from submissions.progress import Report, unseen
from submissions.rating.board_stress import stress_boards
from submissions.rating.rated_values import RatedTextsFailed, rated_sets, score_ratings
from submissions.rating.rubrics import usable_rubrics
from submissions.releasing.publish import BeingPublished, Published, publish
from submissions.rescoring.engines.local import Engine
from submissions.rescoring.instruments import Models, find_models, pin
from submissions.rescoring.pending import Group, Unit, Workplace, outstanding
from submissions.rescoring.presence import on_duty
from submissions.rescoring.provenance import provenance
from submissions.rescoring.selection import Selection
from submissions.rescoring.worker import SCORING, Worker, drop_left_overs
from submissions.store.database import StoreTrouble
from submissions.store.folder import DataFolder
from submissions.store.released.ledger import Watermark, mark
from submissions.store.scored.scores import Run, finish_run, start_run
from submissions.store.scored.workers import WORKER
from submissions.teams.limits import scoring_at_once, whose_turn


class StressFailed(ReasonBoardError):
    """The stress tests of metrics cannot be run."""


@dataclass
class Shift:
    """One worker at work.

    Attributes:
        folder: The data.
        tasks: The declared tasks.
        engine: What runs the model.
        author: In whose name.
        reason: Why, for the record of its run.
        lease_seconds: After how long a silent worker is held for dead.
        selection: What it is to see to.
    """

    folder: DataFolder
    tasks: Mapping[str, Task]
    engine: Engine
    author: str
    reason: str
    lease_seconds: float
    selection: Selection = field(default_factory=Selection)
    _models: dict[str, Models] = field(default_factory=dict)
    _run: Run | None = None
    _published: Watermark | None = None
    _rated: Watermark | None = None
    _stressed: Watermark | None = None

    def on_duty(self) -> AbstractContextManager[None]:
        """Give signs of life for as long as the shift lasts."""
        return on_duty(self.folder, WORKER, self.selection.benchmark)

    def pending(self) -> tuple[Unit, ...]:
        """Return what is to be done now, by this worker or another."""
        units = outstanding(self.folder, self.selection.plan(self._workplace()))
        return whose_turn(units, scoring_at_once(self.folder))

    def step(self, report: Report = unseen) -> int:
        """Score one group, if there is one that nobody is at, else the rated texts, else try
        metrics on one task; how many units were done.

        Args:
            report: Called as work is done.

        Raises:
            RatedTextsFailed: They cannot be measured. It is said once, until something else comes
                in.
            StressFailed: Metrics cannot be tried. Said once, too.
        """
        units = self.pending()
        if not units:
            return self._measure_rated(report) or self._stress_metrics(report)
        workplace = self._workplace()
        worker = Worker(workplace, self.engine, self.lease_seconds)

        def advance(group: Group, doing: str, share: float) -> None:
            report(SCORING, int(group.steps * share), group.steps, f"{group}: {doing}")

        done = worker.step(units, self._under, advance)
        # Left-overs of units under way are still needed.
        if done == len(units):
            drop_left_overs(workplace)
        return done

    def _measure_rated(self, report: Report) -> int:
        """Measure the rated texts with what is pending, if anything has changed since; how many
        metrics were.
        """
        now = mark(self.folder)
        if now == self._rated or self.selection != Selection(self.selection.benchmark):
            return 0
        # Before measuring: where it fails it is said once, not at every step.
        self._rated = now
        workplace = self._workplace()
        sets = [
            rated
            for rated in rated_sets(self.folder, self.tasks, usable_rubrics(self.folder.path))
            if self._sees_to(rated.benchmark)
        ]
        try:
            return score_ratings(self.folder, sets, workplace.instruments, self.engine, report)
        # The machine's, and not the rated texts': whoever runs the shift waits and tries again.
        except StoreTrouble:
            raise
        except RatedTextsFailed:
            raise
        except Exception as error:
            raise RatedTextsFailed(
                f"the texts that people rated cannot be measured: {error}"
            ) from error

    def _stress_metrics(self, report: Report) -> int:
        """Try metrics on one task that they are not tried on, if anything has changed since all
        were; how many were.
        """
        now = mark(self.folder)
        if now == self._stressed or self.selection != Selection(self.selection.benchmark):
            return 0
        models = self._workplace().instruments
        trials = stress_boards(self.folder, self.tasks, models, self._sees_to, self.engine, report)
        try:
            tried = next(trials, 0)
        except StoreTrouble:
            raise
        except Exception as error:
            self._stressed = now
            raise StressFailed(f"the metrics cannot be put to the test: {error}") from error
        if not tried:
            self._stressed = now
        return tried

    def _sees_to(self, benchmark: str) -> bool:
        return self.selection.benchmark in (None, benchmark)

    def publish(self, report: Report = unseen) -> Published | None:
        """Publish what was added since this worker looked last; None when nothing was or something
        is still pending.

        While another process builds a release this one goes on with its work, and looks again
        later. A worker that sees to a part of the board waits for that part alone, and leaves
        others' pending cells blank.

        Args:
            report: Called as work is done.

        Raises:
            ReasonNeeded: An existing value would change. It is said once, until something else
                comes in.
            ScoresPending: Something is pending that this worker cannot score. Said once, too.
        """
        now = mark(self.folder)
        if now == self._published or self.pending():
            return None
        self._published = now
        try:
            published = publish(
                self.folder,
                self.tasks,
                self.author,
                allow_pending=self.selection != Selection(),
                wait=False,
                report=report,
            )
        except BeingPublished:
            # Another process publishes what was there when it began; what came since is for the
            # next look.
            self._published = None
            return None
        self._published = mark(self.folder)
        return published

    def troubles(self) -> Iterator[str]:
        """Return why models cannot be had."""
        return (trouble for models in self._models.values() for trouble in models.troubles)

    def end(self) -> None:
        """Note that the run is over."""
        if self._run is not None:
            finish_run(self.folder, self._run)

    def _workplace(self) -> Workplace:
        instruments: dict[str, Instruments] = {}
        for benchmark in self.selection.benchmarks(self.folder):
            if benchmark not in self._models:
                kinds = self.selection.kinds(self.folder)
                at_hand = find_models(self.folder, [benchmark], self.tasks, kinds=kinds)
                self._models[benchmark] = at_hand.loaded(self.folder, kinds)
            instruments |= self._models[benchmark].instruments
        return Workplace(self.folder, self.tasks, instruments)

    def _under(self) -> Run:
        if self._run is None:
            self._run = start_run(
                self.folder, self.author, self.reason, provenance(self.engine.name)
            )
        kinds = self.selection.kinds(self.folder)
        for models in self._models.values():
            pin(self.folder, models.unpinned(self.folder, kinds), self._run)
        return self._run
