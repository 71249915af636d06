"""A judge's verdicts: asked for where there is none yet, and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scoring.judging.injection import VERSION, injections_in
from scoring.judging.verdicts import LINE, Verdict, VerdictKey, levels_in, texts_hash
from submissions.asking import journal
from submissions.asking.pace import TextPace
from submissions.asking.texts import Described, GeneratedText, TextSource, provenance_of
from submissions.judging.judges import rubric_hash
from submissions.judging.plan import VerdictPlan
from submissions.judging.prompts import JudgeRequest
from submissions.progress import Report
from submissions.store.folder import DataFolder
from submissions.wording import counted

STAGE = "judging"
LINES = journal.JournalLines(LINE, VerdictKey, Verdict)
SERVED = 120
PASSING = ("timeout", "failed")
"""Ends of which nothing is kept: the server's trouble that day is no verdict on a text."""


@dataclass(frozen=True)
class JudgeOutcome:
    """What a run came to.

    Attributes:
        asked: Verdicts that were asked for.
        unanswered: Of them, those that the server's trouble kept from being given; the same command
            asks for them again.
        verdicts: Of all that was to be judged, those that there are.
    """

    asked: int
    unanswered: int
    verdicts: Mapping[VerdictKey, Verdict]


PROMPT = "judge-prompt/1"
"""Name and version of how a prompt is made of declaration, rubric and texts; raised when another is
made of the same.
"""


def judge_identity(plan: VerdictPlan, source: TextSource) -> Described:
    """Return what decides the verdicts: who judges, by what, asked how."""
    judge, rubric = plan.prompter.judge, plan.prompter.rubric
    return {
        "judge": {
            "id": judge.id,
            "kind": judge.kind,
            "version": judge.version,
            "sha256": judge.sha256,
        },
        "rubric": {"id": rubric.id, "sha256": rubric_hash(rubric)},
        "prompt": PROMPT,
        "aspects": [asdict(plan.prompter.asked(each)) for each in plan.prompter.aspects],
        "model": source.identity,
        "decoding": asdict(plan.order.decoding),
    }


def identity_key(identity: Described) -> str:
    """Return 32 hexadecimal digits that differ whenever an identity does."""
    content = json.dumps(identity, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def verdicts_file(folder: DataFolder, identity: Described) -> Path:
    """Return where a judge's verdicts are kept."""
    return folder.judged / f"{identity_key(identity)}.jsonl"


def judge_missing(
    folder: DataFolder,
    plan: VerdictPlan,
    source: TextSource,
    say: Callable[[str], object],
    report: Report,
) -> JudgeOutcome:
    """Ask for the verdicts that there are none of yet, and return all.

    Args:
        folder: Where they are kept.
        plan: What is to be judged.
        source: Who is asked.
        say: Takes a line for the person who waits.
        report: Takes note of how far it is.

    Raises:
        GenerationError: It cannot go on; what was judged is kept.
    """
    identity = judge_identity(plan, source)
    folder.judged.mkdir(parents=True, exist_ok=True)
    by_key = {request.key: request for request in plan.requests}
    with journal.opened(verdicts_file(folder, identity), LINES) as kept:
        kept.begin(identity, {**provenance_of(source), "injections": VERSION})
        missing = [key for key in by_key if key not in kept.records]
        if len(missing) < len(by_key):
            say(
                f"{counted(len(by_key) - len(missing), 'verdict')} of {len(by_key):,} are there;"
                " going on"
            )
        unanswered = 0
        if missing:
            progress = TextPace(STAGE, report, len(by_key), len(by_key) - len(missing))
            served = _Served(kept.records.values(), say)
            for texts in source.texts(plan.requests, kept.records.keys()):
                given = [text for text in texts if text.finish not in PASSING]
                unanswered += len(texts) - len(given)
                verdicts = [_verdict(by_key[text.key], text) for text in given]
                kept.add(verdicts)
                served.note(verdicts)
                progress.add(texts)
            say(f"{STAGE}: {counted(progress.texts, 'verdict')}, {progress.rate}")
        return JudgeOutcome(
            len(missing),
            unanswered,
            {key: kept.records[key] for key in by_key if key in kept.records},
        )


class _Served:
    """Says when a server begins to serve something else.

    Args:
        kept: The verdicts of before.
        say: Takes a line for the person who waits.
    """

    def __init__(self, kept: Iterable[Verdict], say: Callable[[str], object]) -> None:
        self._known = {verdict.served for verdict in kept if verdict.served}
        self._say = say

    def note(self, verdicts: Iterable[Verdict]) -> None:
        """Take note of what some verdicts were served by."""
        for verdict in verdicts:
            if verdict.served and verdict.served not in self._known:
                if self._known:
                    self._say(
                        f"The server says that it serves {verdict.served} now, and"
                        f" {', '.join(sorted(self._known))} before: verdicts of both are kept, and"
                        " it is part of the judge's identity. To have verdicts of one alone, move"
                        " the file of verdicts away and ask anew"
                    )
                self._known.add(verdict.served)


def _verdict(request: JudgeRequest, text: GeneratedText[VerdictKey]) -> Verdict:
    levels, fault = levels_in(text.output, request.prompter.menus)
    return Verdict(
        key=text.key,
        levels=levels,
        finish=text.finish,
        fault="no answer" if text.finish == "refused" else fault,
        injections=_injections(request.judged),
        prompt_tokens=text.prompt_tokens,
        output_tokens=text.output_tokens,
        cut=text.cut,
        served=_served(text.details),
        texts=tuple(map(texts_hash, request.texts)),
    )


def _served(details: Mapping[str, str]) -> str:
    """Return what a server says that it serves, in one line of at most so many characters."""
    said = (details.get(name, "") for name in ("model", "system_fingerprint"))
    return " ".join(" ".join(said).split())[:SERVED]


def _injections(texts: Sequence[str]) -> tuple[str, ...]:
    """Return of which kinds any of the texts speaks to its judge."""
    return tuple(dict.fromkeys(kind for text in texts for kind in injections_in(text)))
