"""A raw output made readable: what the model wrapped around its answer is taken off, and what it
quotes is hidden.

A passage holds the text twice, position by position the same: as shown and plain (lower case,
straight quotes, ordinary spaces; rules match on it). Every position has its place in the raw
output, which explanations are cut from. `spoken` is plain with quotations and lists of options
blanked out, since what a model quotes, it does not say. A quotation that holds nothing but a label
('the label of "No" is appropriate') is the model's own answer and stays.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from scoring.extraction import channels, echo
from scoring.extraction.finding import CUT_OFF, EMPTY, ONLY_PROMPT
from scoring.extraction.folding import fold
from scoring.extraction.once import once
from scoring.extraction.view import View

_TOKENS = re.compile(
    r"""
      </?s> | <(?:pad|unk|bos|eos|extra_id_\d{1,3})>
    | <\|[a-z_0-9/]{1,30}\|> | <[|｜][^<>|｜\n]{1,30}[|｜]>       # ChatML, Llama 3, Phi, DeepSeek
    | <(?:start|end)_of_turn> | <\|?(?:turn|channel)\|?>         # Gemma
    | \[/?INST\] | <</?SYS>>                                     # Llama 2
    | \[\[\ \#\#\ completed\ \#\#\ \]\]                               # DSPy
    | ^\s*/(?:no_)?think\b                                       # Qwen's switch
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MANGLED = re.compile("(?<=\\w)(?:â€™|‚Äô|Ã¢â‚¬â„¢)(?=\\w)")
"""An apostrophe, read in another encoding than it was written in."""
_LATEX = re.compile(r"\\(?:text(?:bf|it|tt|rm|sf)?|emph|underline|mathbf)\{([^{}\n]{1,60})\}")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]+")
_LINE_BREAKS = re.compile(
    r"<br ?/?>|</?(?:p|div|li|ul|ol|tr|table|h[1-6]|html|body|section)(?: [^<>]{0,80})?>"
    r"|</?(?:tool_calls?|function_calls?|function|invoke|parameter)>|<(?:function=|invoke"
    r" name=)[^<>]{1,80}>",
    re.IGNORECASE,
)
_INLINE_TAGS = re.compile(
    r"</?(?:b|i|u|em|strong|span|mark|code|font|small|center|pre)(?: [^<>]{0,80})?>", re.IGNORECASE
)
_FINISH = re.compile(
    r"(?m)^(?:action(?: \d{1,2})?\s?:\s?)?finish\[([^\[\]\n]{1,80})\]$", re.IGNORECASE
)
"""How an agent of ReAct gives its answer."""
_STRUCK = re.compile(r"~~[^~\n]{1,300}~~|<(?:s|del|strike)>[^<\n]{1,300}</(?:s|del|strike)>")
_EMPHASIS = re.compile(
    r"""
      \*\*+ | __+ | `+                                             # bold and code
    | (?<![\w*])\*(?=[\w"'“(]) | (?<=[\w.,:;!?"'”)])\*(?![\w*])    # italics, but not "f*ck" nor a list's mark
    | (?<![\w_])_(?=\w) | (?<=[\w.,:;!?])_(?!\w)
    """,
    re.VERBOSE,
)
_ELEMENT = re.compile(
    r"""
    <(/?)(?:parameter(?:=|\ name="))?([a-z][\w\ -]{1,30}?)"?(?:\ [a-z_]{1,20}="[^"<>]{0,80}"){0,4}>
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""An answer or an explanation as an element, with attributes or without, or as a tool's parameter.

It is read like a field with a colon.
"""
_CLOSING = re.compile(r"</([a-z][\w -]{1,30})>")
_FIELD_ELEMENTS = (
    "answer",
    "label",
    "reasoning",
    "explanation",
    "response",
    "output",
    "final",
    "solution",
    "final_answer",
)
_HEADING = re.compile(
    r"""
    ^(?:\#{1,6}\ {0,3}(?:\*\*)?|\*\*|\[)                        # "## Answer", "**Answer**", "**Answer:**", "[Answer]"
    ((?:\d{1,2}[.)]\ )?(?:(?:final|correct|my|predicted)\ )?(?:answer|label|verdict|conclusion|classification|prediction
      |decision|response|result|reasoning|explanation|rationale|justification))
    :?(?:\*\*|\])?:?\ {0,3}$
  | ^\[\[\ \#\#\ (\w{1,40})\ \#\#\ \]\]\ {0,3}$                    # DSPy's fields
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
"""A field as a heading on a line of its own; read like one with a colon."""
_ODD = "\u20ac\u201a\u25c1\u00a0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
"""What may be markup besides ASCII's marks."""
_MAY_BE_CUT = (
    "analysis",
    "assistant",
    "commentary",
    "here",
    "thinking",
    "thought for",
    "consider",
    "post",
    "text",
    "tweet",
    "instruction",
    "user",
    "human",
    "system",
    "below",
    "you are",
    "a chat",
    "/",
    *echo.IMPERATIVES,
)
"""With what an output without marks begins that holds a thought or an echo all the same."""
_SPACES = re.compile("[ \t\u00a0]{2,}")
_SAID_FIRST = re.compile(
    r"""
    (?:\s*thought\ for\ (?:\d{1,4}|an?)(?:\ (?:few|couple\ of))?\ ?(?:s|m|seconds?|minutes?)\b[.:]?\s*\n\s*)?
    (?:[\s>#*•\-]{0,20}\[?(?:assistant|response|output|ai|bot|chatbot|model|gpt)\]?\s{0,3}:
      | \s*(?:ans|answer|verdict)\.\ (?=\w))?
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What a chat's page ("Thought for 4 seconds"), the speaker's name ("Assistant:") or a field's name
with a full stop ("Ans. Yes.") puts before the answer.
"""
_QUOTED = re.compile(
    r"""\"(?<![\w.,!?)]\")[^\"]*\"|\"(?<![\w.,!?)]\")[^\n]*|'(?<![^\s(\[]')(?=\w)(?:[^'\n]|'(?=\w)){1,300}+'"""
)
"""Each alternative begins with its quotation mark, which a search leaps to; what stands before it
is looked up then.
"""
_NAME_ONLY = re.compile(r"\W*(?:answer|label|response|assistant|output|a)\W*", re.IGNORECASE)
"""Where a prompt ends for the answer to follow; nothing followed."""
_NEWLINE = re.compile("\n")
_OPTION_LINE = re.compile(
    r"(?m) {0,8}(?:[-*•] {0,3})?(?:option )?[(\[]?([a-i1-9])[).:\]] {1,4}((?!\w[\w"
    r" ]{0,30}:)[^\n]{1,80})$"
)
_SAYS = re.compile(r"(?:[^ ]+ ){4,}[^ ]+[.!]")
"""A sentence, and no option: of "1. Yes" and "2. The poster says ..." the first is the answer."""
_OPTION_LIST = re.compile(
    r"\b(?:options|choices|labels|categories|classes|levels|answers"
    r"|possible (?:answer|label|cause|reason|factor|disorder|condition|response|outcome)s?)"
    r"(?: (?:to choose from|available))?(?:\s?[:=]+|\s(?:are|include)(?=[\s:])):?[ *]{0,3}"
)
"""With what a list of the task's labels begins, from which an answer is still to be chosen."""
_IN_A_LINE = re.compile(r"[\[({]([^\[\](){}\n]{1,300})[\])}]|([^.!?\n]{1,300})")
_IN_LINES = re.compile(r"(?:\n{1,2}[ ]{0,4}[-*•–][ ]{1,3}[^\n]{1,80}){2,}")
_BETWEEN = re.compile(r"[,;/|&\n]|\bor\b|\band\b")
_BULLET = re.compile(r"^[\s\"'(\[*•–-]*(?:[a-i1-9][).:] ?)?")
_OPTION_WORDS = 4
"""No option has more words, unless it is a label's wording."""
_TO_THE_END = re.compile(r"\b(?:options|choices|possible answers|possible labels)\s?:[^\n]*")
_BOUNDARY = re.compile(r"[.!?\n]+(?:(?<=\n)|(?=[\s\"')\x00]|$))")
_WORD = re.compile(r"[\w']+")
_MARKER = re.compile(
    r"(?<![\w\"])(?:reasoning|explanation|rationale|justification|reason)\"?\s{0,3}:\s{0,8}"
)
_ENOUGH = 64
"""No output says what it means more often; a cell of 64 KiB that repeats itself must not cost
seconds.
"""
_GIVEN = re.compile(r"(?:\bis|\bbe|\blabel|\banswer|\bof|\bas|:)\s?$")
_RUN = 5
"""So many words in a row make a verbatim copy; shorter runs ("the answer is no") are anyone's
words.
"""


@dataclass(frozen=True)
class Sentence:
    """Where a sentence lies, its closing mark included."""

    start: int
    end: int


class _Ends:
    """Where the sentences of a text end, found no further than they are asked for: most texts are
    asked for the first.
    """

    def __init__(self, text: str) -> None:
        self._text, self._found, self._whole = text, [0], False
        self._boundaries = _BOUNDARY.finditer(text)

    def around(self, position: int) -> Sentence:
        """Return the sentence in which `position` lies; the last, where it lies behind all."""
        ends = self._found
        while ends[-1] <= position and self._find_next():
            pass
        index = min(bisect_right(ends, position), len(ends) - 1)
        return Sentence(ends[index - 1], ends[index])

    def _find_next(self) -> bool:
        """Find one end more; False where the text's own end was the last."""
        text = self._text
        for match in self._boundaries:
            if not _is_initial(text, match.start()):
                self._found.append(match.end())
                return True
        if self._whole:
            return False
        self._found.append(len(text))
        self._whole = True
        return True


@dataclass(frozen=True, eq=False)
class Passage:
    """One output, ready to be read.

    Attributes:
        view: The output without special tokens, emphasis marks, speaker's name and repeated prompt.
        plain: Its text, lower case, with straight quotes and ordinary spaces; of the same length.
        post: The post that it is about, where it is known.
        answers: Lower-case label wordings; a quotation of nothing but one of them is no quotation.
        nothing: Why nothing is shown, where nothing is.
        stages: What was cut off before it was read.
        thought: What the model wrote in a channel of its own for thinking; "" where it wrote
            nothing there.
        bare: Whether the output holds no sign of markup or tokens.
    """

    view: View
    plain: str
    post: str | None
    answers: Container[str]
    nothing: str = EMPTY
    stages: tuple[str, ...] = ()
    thought: str = ""
    bare: bool = False

    @property
    def shown(self) -> str:
        """What is read, in its own case; of the same length as `plain`."""
        return self.view.text

    @once
    def spoken(self) -> str:
        """`plain` with quotations and lists of options blanked out."""
        text = self.plain
        if '"' in text or "'" in text:
            text = _QUOTED.sub(self._unless_answer, text)
        if "\n" in text and len(self.option_lines) > 1:
            for line in self.option_lines:
                text = text[: line.start()] + _blank(line) + text[line.end() :]
        for start, end in self.option_lists:
            text = text[:start] + "\x00" * (end - start) + text[end:]
        return text

    @once
    def option_lists(self) -> tuple[tuple[int, int], ...]:
        """Where the output lists labels to choose from ("Labels: yes, no"): they are no answers.

        Of what is called options and names no labels, all of the line is taken for them.
        """
        text = self.plain
        if not _may_list(text):
            return ()
        lists = []
        for head in islice(_OPTION_LIST.finditer(text), _ENOUGH):
            end = self._list_end(head.end())
            if end is None and (line := _TO_THE_END.match(text, head.start())) is not None:
                end = line.end()
            if end is not None:
                lists.append((head.start(), end))
        return tuple(lists)

    def _list_end(self, start: int) -> int | None:
        """Return where the list of labels at `start` ends; None where there is none.

        Two labels at least, and no sentence.
        """
        listed = _IN_LINES.match(self.plain, start) or _IN_A_LINE.match(self.plain, start)
        if listed is None:
            return None
        parts = (_BULLET.sub("", part).strip("\"' ]).:*") for part in _BETWEEN.split(listed[0]))
        options = [part for part in parts if part]
        known = {option for option in options if option in self.answers}
        if len(known) < 2:
            return None
        long = (option for option in options if option.count(" ") >= _OPTION_WORDS)
        return listed.end() if known.issuperset(long) else None

    @once
    def after_options(self) -> int:
        """Where a list of labels ends that the output begins with; 0 where it begins with none."""
        start, end = next(iter(self.option_lists), (0, 0))
        lead = self.plain[:start]
        return end if len(lead) < 40 and not set(".!?\n:") & set(lead) else 0

    def _unless_answer(self, match: re.Match[str]) -> str:
        quoted = match.group()
        words = quoted.strip("\"' .,!")
        if len(quoted) < 100 and words in self.answers:
            given = (
                _GIVEN.search(match.string, max(0, match.start() - 8), match.start()) is not None
            )
            return quoted if given or words.count(" ") < 3 else _blank(match)
        return _blank(match)

    @once
    def options(self) -> dict[str, str]:
        """Letter -> text of the options that the output itself lists, a line each."""
        return {line[1]: line[2] for line in self.option_lines}

    @once
    def option_lines(self) -> tuple[re.Match[str], ...]:
        """The lines that look like options; at most as many as there are letters and digits."""
        starts = (0, *(newline.end() for newline in _NEWLINE.finditer(self.plain)))
        matches = (_OPTION_LINE.match(self.plain, start) for start in starts)
        lines = tuple(islice((line for line in matches if line is not None), 18))
        others = [line for line in lines if line[2].strip(" .") not in self.answers]
        answered = len(lines) - len(others) == 1 and others
        return () if answered and all(_SAYS.fullmatch(line[2]) for line in others) else lines

    def regions(self, words: Iterable[str], before: int, after: int) -> list[tuple[int, int]]:
        """Return merged stretches of `spoken` around every occurrence of one of `words`.

        Where a pattern is worth trying.

        None begins before its sentence, which no pattern goes back over.
        """
        text, ends = self.spoken, self._ends
        places: list[tuple[int, int]] = []
        for word in words:
            place = text.find(word)
            while place >= 0:
                end = place + len(word)
                begins = ends.around(place).start
                places.append((max(begins, place - before), end + after))
                place = text.find(word, end)
        merged: list[tuple[int, int]] = []
        for start, end in sorted(places) if len(places) > 1 else places:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def matches(
        self, pattern: re.Pattern[str], regions: Iterable[tuple[int, int]]
    ) -> Iterator[re.Match[str]]:
        """Return the first `_ENOUGH` matches of `pattern` in `regions` of `spoken`."""
        return islice(
            chain.from_iterable(pattern.finditer(self.spoken, *region) for region in regions),
            _ENOUGH,
        )

    @once
    def marker(self) -> re.Match[str] | None:
        """The first "Reasoning:" or the like outside quotations."""
        if ":" not in self.plain:
            return None
        for match in _MARKER.finditer(self.plain):
            if '"' not in self.plain[: match.start()] or self.spoken[match.start()] != "\x00":
                return match
        return None

    @once
    def _ends(self) -> _Ends:
        return _Ends(self.spoken)

    def sentence(self, position: int) -> Sentence:
        """Return the sentence in which `position` lies."""
        return self._ends.around(position)

    def asked(self, sentence: Sentence) -> bool:
        """Return whether a sentence is a question, so that it states nothing."""
        return self.plain[sentence.start : sentence.end].rstrip("\n\"') ").endswith("?")

    def copied(self, start: int, end: int) -> bool:
        """Return whether [start, end), with its neighbours to make a run of words, stands verbatim
        in the post.
        """
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
    """Return the words of `text`, lower case, one space between them."""
    return " ".join(_WORD.findall(fold(text)))


def _is_initial(text: str, dot: int) -> bool:
    """Return whether the full stop at `dot` follows a single letter ("B. Work", "e.g."), so that it
    ends no sentence.
    """
    if text[dot] != "." or dot == 0 or not text[dot - 1].isalpha():
        return False
    return dot == 1 or not text[dot - 2].isalnum()


def _blank(match: re.Match[str]) -> str:
    return "\x00" * len(match.group())


def open_passage(output: str, post: str | None, question: str, answers: Container[str]) -> Passage:
    """Return what of `output` is the model's own answer.

    Args:
        output: As generated.
        post: The post that was asked about, if known.
        question: The question in lower case, attributes filled in; the end of a repeated prompt.
        answers: Lower-case label wordings.
    """
    if not output:
        return Passage(View.of(""), "", post, answers, bare=True)
    plain = fold(output)
    stages: tuple[str, ...] = ()
    thought = ""
    view = View.of(output)
    bare = _is_bare(output)
    begins = plain.startswith(_MAY_BE_CUT)
    if not bare or begins or "\n" in output or question in plain:
        said = (
            channels.answered(output) if not bare or begins else channels.Answered(0, len(output))
        )
        own = echo.answered(plain, said.start, said.end, post, question)
        stages = _stages(said.channels, own.cut)
        thought = output[slice(*said.thought)].strip() if said.channels else ""
        if said.cut_off or own.unclear:
            reason = CUT_OFF if said.cut_off else echo.SEVERAL_PROMPTS
            return Passage(view.part(0, 0), "", post, answers, reason, stages, thought)
        view = view.part(own.start, own.end)
    view = _answer(view.part(0) if bare else _unwrap(view))
    if stages and _NAME_ONLY.fullmatch(view.text) is not None:
        view = view.part(0, 0)
    places = view.places
    # Where nothing within it was replaced, it was folded already.
    read = plain[places.start : places.stop] if isinstance(places, range) else fold(view.text)
    nothing = ONLY_PROMPT if stages else EMPTY
    return Passage(view, read, post, answers, nothing, stages, thought, bare)


def may_be_cut(text: str, front: str, passage: Passage) -> bool:
    """Return whether `text` may hold markup or tokens, or begin with a thought or an echo.

    Args:
        text: A part of what `passage` was made of.
        front: Its beginning, folded.
        passage: Where it comes from.
    """
    return not (passage.bare or _is_bare(text)) or front.startswith(_MAY_BE_CUT)


def _is_bare(output: str) -> bool:
    """Return whether nothing in `output` may be markup or a token; most outputs are bare."""
    if not output.isascii() and any(odd in output for odd in _ODD):
        return False
    return not (
        "<" in output
        or "\\" in output
        or "[" in output
        or "*" in output
        or "_" in output
        or "`" in output
        or "#" in output
        or "~" in output
        or "&" in output
        or "\t" in output
        or "  " in output
    )


def _may_list(text: str) -> bool:
    """Return whether `text` holds a word with which a list of labels may begin."""
    return (
        "options" in text
        or "choices" in text
        or "labels" in text
        or "categories" in text
        or "classes" in text
        or "levels" in text
        or "answers" in text
        or "possible " in text
    )


def _stages(thoughts: tuple[str, ...], echoes: tuple[str, ...]) -> tuple[str, ...]:
    """Return what was cut off, as a row's provenance names it."""
    if not (thoughts or echoes):
        return ()
    return (
        *(f"{channels.NAME}: {name}" for name in thoughts),
        *(f"{echo.NAME}: {name}" for name in echoes),
    )


def _unwrap(view: View) -> View:
    text = view.text
    if not text.isascii():
        view = view.replaced(_INVISIBLE, "").replaced(_MANGLED, "'").begun()
    if "<" in text or "[" in text or text.startswith("/"):
        view = view.replaced(_TOKENS, " ").begun()
    if "\\" in text:
        view = view.replaced(_LATEX, lambda match: match[1])
    if "inish[" in text:
        view = view.replaced(_FINISH, lambda match: f"\nanswer: {match[1]}")
    if "~~" in text or "<" in text:
        view = view.replaced(_STRUCK, " ")
    if "<" in text:
        view = _without_tags(view)
    if "#" in text or "**" in text or "[" in text:
        view = view.replaced(_HEADING, lambda match: f"\n{match[1] or match[2]}: ")
    if "*" in text or "_" in text or "`" in text:
        view = view.replaced(_EMPHASIS, "")
    if "  " in view.text or "\t" in text or "\u00a0" in text:
        view = view.replaced(_SPACES, " ")
    return view.part(0)


def _answer(view: View) -> View:
    """Cut what a chat's page says first, and quotation marks around all of it."""
    if (head := _SAID_FIRST.match(view.text)) is not None:
        view = view.part(head.end())
    return _unquoted(view) if view.text[:1] in ('"', "“") else view


def _without_tags(view: View) -> View:
    view = view.replaced(_LINE_BREAKS, "\n").replaced(_INLINE_TAGS, "")
    closed = set(_CLOSING.findall(view.text.lower())) if "</" in view.text else set()

    def field(match: re.Match[str]) -> str:
        name = match[2].lower()
        parameter = match[0].startswith("<parameter")
        if not parameter and name not in closed and name not in _FIELD_ELEMENTS:
            return match[0]
        return "\n" if match[1] else f"\n{name.replace('_', ' ')}: "

    return view.replaced(_ELEMENT, field)


def _unquoted(view: View) -> View:
    """Cut quotation marks that stand around all of it."""
    text = view.text
    if (
        len(text) > 2
        and text[0] in '"“'
        and text[-1] in '"”'
        and not re.search('["“”]', text[1:-1])
    ):
        return view.part(1, len(text) - 1)
    return view
