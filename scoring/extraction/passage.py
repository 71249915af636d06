"""A raw output made readable: what the model wrapped around its answer is taken off, and what it quotes is hidden.

A passage holds the text twice, position by position the same: as shown and plain (lower case, straight quotes, ordinary
spaces; rules match on it). Every position has its place in the raw output, which explanations are cut from. `spoken` is
plain with quotations and lists of options blanked out, since what a model quotes, it does not say. A quotation that holds
nothing but a label ('the label of "No" is appropriate') is the model's own answer and stays.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, islice

from scoring.extraction.finding import EMPTY, ONLY_PROMPT
from scoring.extraction.view import View

_TOKENS = re.compile(
    r"</?s>|<pad>|<unk>|<bos>|<eos>|<\|[a-z_0-9]{1,30}\|>|\[/?INST\]|<extra_id_\d{1,3}>",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"\*\*|__|`+")
_HEADING = re.compile(
    r"<(answer|label|reasoning|explanation)>"
    r"|^(?:#{1,6} {0,3}|\*\*)((?:final |correct )?(?:answer|label)|reasoning|explanation):?(?:\*\*)?:?$",
    re.IGNORECASE | re.MULTILINE,
)
"""A field as an element or as a heading on a line of its own; read like one with a colon."""
_CLOSING = re.compile(r"</(?:answer|label|reasoning|explanation)>", re.IGNORECASE)
_SPACES = re.compile("[ \t\u00a0]{2,}")
_SPEAKER = re.compile(
    r"[\s>#*•\-]{0,20}(?:\[?(?:assistant|response|output|ai|bot|chatbot|model|gpt)\]?\s{0,3}:)",
    re.IGNORECASE,
)
_NEXT_PROMPT = re.compile(r"\n\s{0,10}(?:consider this post|user|human|### ?instruction)\s{0,3}:")
_STRAIGHT = str.maketrans(
    {
        "’": "'", "‘": "'", "ʼ": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‟": '"',
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "\t": " ", "‑": "-", "\r": "\n", "\x00": " ",
    }
)  # fmt: skip
_QUOTED = re.compile(
    r"""\"(?<![\w.,!?)]\")[^\"]*\"|\"(?<![\w.,!?)]\")[^\n]*|'(?<![^\s(\[]')(?=\w)(?:[^'\n]|'(?=\w)){1,300}+'"""
)
"""Each alternative begins with its quotation mark, which a search leaps to; what stands before it is looked up then."""
_NEWLINE = re.compile("\n")
_OPTION_LINE = re.compile(
    r"(?m) {0,8}(?:[-*•] {0,3})?(?:option )?[(\[]?([a-i1-9])[).:\]] {1,4}([^\n]{1,80})$"
)
_LIST_HEADS = ("options", "choices", "possible answers", "possible labels")
_OPTION_LIST = re.compile(rf"\b(?:{'|'.join(_LIST_HEADS)})\s?:[^\n]*")
_BOUNDARY = re.compile(r"[.!?\n]+(?:(?<=\n)|(?=[\s\"')\x00]|$))")
_WORD = re.compile(r"[\w']+")
_MARKER = re.compile(
    r"(?<![\w\"])(?:reasoning|explanation|rationale|justification|reason)\"?\s{0,3}:\s{0,8}"
)
_ENOUGH = 64
"""No output says what it means more often; a cell of 64 KiB that repeats itself must not cost seconds."""
_GIVEN = re.compile(r"(?:\bis|\bbe|\blabel|\banswer|\bof|\bas|:)\s?$")
_RUN = 5
"""So many words in a row make a verbatim copy; shorter runs ("the answer is no") are anyone's words."""


@dataclass(frozen=True)
class Sentence:
    """Where a sentence lies, its closing mark included."""

    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Passage:
    """One output, ready to be read.

    Attributes:
        view: The output without special tokens, emphasis marks, speaker's name and repeated prompt.
        plain: Its text, lower case, with straight quotes and ordinary spaces; of the same length.
        post: The post that it is about, where it is known.
        answers: Lower-case label wordings; a quotation of nothing but one of them is no quotation.
        nothing: Why nothing is shown, where nothing is.
    """

    view: View
    plain: str
    post: str | None
    answers: Container[str]
    nothing: str = EMPTY

    @property
    def shown(self) -> str:
        """What is read, in its own case; of the same length as `plain`."""
        return self.view.text

    @cached_property
    def spoken(self) -> str:
        """`plain` with quotations and lists of options blanked out."""
        text = self.plain
        if '"' in text or "'" in text:
            text = _QUOTED.sub(self._unless_answer, text)
        if len(self.option_lines) > 1:
            for line in self.option_lines:
                text = text[: line.start()] + _blank(line) + text[line.end() :]
        return _OPTION_LIST.sub(_blank, text) if any(head in text for head in _LIST_HEADS) else text

    def _unless_answer(self, match: re.Match[str]) -> str:
        quoted = match.group()
        words = quoted.strip("\"' .,!")
        if len(quoted) < 100 and words in self.answers:
            given = (
                _GIVEN.search(match.string, max(0, match.start() - 8), match.start()) is not None
            )
            return quoted if given or words.count(" ") < 3 else _blank(match)
        return _blank(match)

    @cached_property
    def options(self) -> dict[str, str]:
        """Letter -> text of the options that the output itself lists, a line each."""
        return {line[1]: line[2] for line in self.option_lines}

    @cached_property
    def option_lines(self) -> tuple[re.Match[str], ...]:
        """The lines that look like options; at most as many as there are letters and digits."""
        starts = (0, *(newline.end() for newline in _NEWLINE.finditer(self.plain)))
        lines = (_OPTION_LINE.match(self.plain, start) for start in starts)
        return tuple(islice((line for line in lines if line is not None), 18))

    def regions(self, words: Iterable[str], before: int, after: int) -> list[tuple[int, int]]:
        """Merged stretches of `spoken` around every occurrence of one of `words`: where a pattern is worth trying.

        None begins before its sentence, which no pattern goes back over.
        """
        places: list[tuple[int, int]] = []
        for word in words:
            place = self.spoken.find(word)
            while place >= 0:
                places.append(
                    (max(self.sentence(place).start, place - before), place + len(word) + after)
                )
                place = self.spoken.find(word, place + len(word))
        merged: list[tuple[int, int]] = []
        for start, end in sorted(places):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def matches(
        self, pattern: re.Pattern[str], regions: Iterable[tuple[int, int]]
    ) -> Iterator[re.Match[str]]:
        """The first `_ENOUGH` matches of `pattern` in `regions` of `spoken`."""
        return islice(
            chain.from_iterable(pattern.finditer(self.spoken, *region) for region in regions),
            _ENOUGH,
        )

    @cached_property
    def marker(self) -> re.Match[str] | None:
        """The first "Reasoning:" or the like outside quotations."""
        if ":" not in self.plain:
            return None
        for match in _MARKER.finditer(self.plain):
            if '"' not in self.plain[: match.start()] or self.spoken[match.start()] != "\x00":
                return match
        return None

    @cached_property
    def _bounds(self) -> list[int]:
        text = self.spoken
        ends = [
            match.end()
            for match in _BOUNDARY.finditer(text)
            if not _is_initial(text, match.start())
        ]
        return [0, *ends, len(text)]

    def sentence(self, position: int) -> Sentence:
        """The sentence in which `position` lies."""
        bounds = self._bounds
        index = min(bisect_right(bounds, position), len(bounds) - 1)
        return Sentence(bounds[index - 1], bounds[index])

    def asked(self, sentence: Sentence) -> bool:
        """Whether a sentence is a question, so that it states nothing."""
        return self.plain[sentence.start : sentence.end].rstrip("\n\"') ").endswith("?")

    def copied(self, start: int, end: int) -> bool:
        """Whether [start, end), with its neighbours to make a run of words, stands verbatim in the post."""
        if not self.post:
            return False
        post = words_of(self.post)
        sentence = self.sentence(start)
        window = _WORD.findall(self.plain[start:end])
        if len(window) < _RUN:
            after = _WORD.findall(self.plain[end : end + 120])
            window += after[: _RUN - len(window)]
        if len(window) < _RUN:
            before = _WORD.findall(self.plain[max(0, sentence.start - 120) : start])
            window = before[len(window) - _RUN :] + window
        run = " ".join(window)
        return run == post if len(window) < _RUN else f" {run} " in f" {post} "


@lru_cache(maxsize=64)
def words_of(text: str) -> str:
    """The words of `text`, lower case, one space between them."""
    return " ".join(_WORD.findall(fold(text)))


def _is_initial(text: str, dot: int) -> bool:
    """Whether the full stop at `dot` follows a single letter ("B. Work", "e.g."), so that it ends no sentence."""
    if text[dot] != "." or dot == 0 or not text[dot - 1].isalpha():
        return False
    return dot == 1 or not text[dot - 2].isalnum()


def _blank(match: re.Match[str]) -> str:
    return "\x00" * len(match.group())


def fold(text: str) -> str:
    """Lower case, straight quotes and ordinary spaces, in as many characters as `text` has."""
    lowered = text.lower()
    if text.isascii():
        return lowered.replace("\t", " ").replace("\r", "\n").replace("\x00", " ")
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lowered.translate(_STRAIGHT)


def open_passage(output: str, post: str | None, question: str, answers: Container[str]) -> Passage:
    """What of `output` is the model's own answer.

    Args:
        output: As generated.
        post: The post that was asked about, if known.
        question: The question in lower case, attributes filled in; the end of a repeated prompt.
        answers: Lower-case label wordings.
    """
    view = _unwrap(View.of(output))
    plain = fold(view.text)
    cut = _prompt_end(plain, question, post)
    if cut:
        view = _unwrap(view.part(cut))
        plain = fold(view.text)
    end = _NEXT_PROMPT.search(plain) if "\n" in plain else None
    if end is not None:
        view = view.part(0, end.start())
        plain = fold(view.text)
    return Passage(view, plain, post, answers, ONLY_PROMPT if cut else EMPTY)


def _unwrap(view: View) -> View:
    thought = view.text.rfind("</think>")
    if thought >= 0:
        view = view.part(thought + len("</think>"))
    if "<" in view.text or "[" in view.text:
        view = view.replaced(_TOKENS, " ").replaced(_CLOSING, "\n")
    if "<" in view.text or "#" in view.text or "**" in view.text:
        view = view.replaced(_HEADING, lambda match: f"\n{match[1] or match[2]}: ")
    if "**" in view.text or "__" in view.text or "`" in view.text:
        view = view.replaced(_EMPHASIS, "")
    if "  " in view.text or "\t" in view.text or "\u00a0" in view.text:
        view = view.replaced(_SPACES, " ")
    view = view.part(0)
    speaker = _SPEAKER.match(view.text)
    if speaker is not None:
        view = view.part(speaker.end())
    text = view.text
    if (
        len(text) > 2
        and text[0] in '"“'
        and text[-1] in '"”'
        and not re.search('["“”]', text[1:-1])
    ):
        view = view.part(1, len(text) - 1)
    return view


def _prompt_end(plain: str, question: str, post: str | None) -> int:
    """Where a prompt repeated at the beginning ends; 0 where there is none, everything where it is all there is."""
    if not plain.startswith(
        ("consider this post", "post:", "text:", "### instruction", "instruction:")
    ):
        return 0
    asked = plain.find(question)
    if asked >= 0:
        return asked + len(question)
    if not plain.startswith("consider this post"):
        return 0
    place = plain.find(fold(post).strip()) if post else -1
    return place + len(fold(post or "").strip()) if place >= 0 else len(plain)
