r"""Stage "echo": what stands in an output only because its prompt was saved with it, or because it
ran on.

The row's own post and question are known, so what stands up to and including them is prompt,
demonstrations of a few-shot prompt included. What is left of a chat template is cut as well: the
headings and tokens before the answer, and the next turn or the next prompt, which a model that was
not stopped goes on to write.

All functions are given the text in its folded form (`fold`), position by position the same as the
text itself.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from scoring.extraction.folding import fold

NAME, NEXT_TURN = "echo", "next turn"
SEVERAL_PROMPTS = "repeats several prompts, and none of them holds the row's own post"

_WORD = re.compile(r"[^\W_]")
_GAP = 80
"""Characters between a post and its question: '" Question: '."""
_FEW = 5
"""A post of fewer words may be quoted whole by an answer; only the question beside it shows a
prompt.
"""
_KEY = 6
"""So many words at either end find a post that a prompt holds with other white
space, or cut short.
"""

_PROMPT_BEGINS = (
    "consider this post",
    "consider the following",
    "post:",
    "text:",
    "tweet:",
    "### instruction",
    "instruction:",
)
_TOKENS_AND_SPACE = re.compile(r"(?:\s|<[|｜][^<>|｜]{1,40}[|｜]>|</?s>|<(?:bos|pad|unk)>)*")
_ROLE = re.compile(
    r"""
      (?P<assistant>
        <\|start_header_id\|>\s*assistant\s*<\|end_header_id\|>     # Llama 3
      | <\|(?:im_start|start|header_start)\|>\s*(?:assistant|model)(?:<\|header_end\|>)?   # ChatML, Llama 4
      | <(?:start_of_turn|\|turn)>\s*(?:model|assistant)             # Gemma
      | <[|｜](?:assistant|bot|chatbot_token|model)[|｜]>            # Phi, Zephyr, DeepSeek
      | \[/inst\]                                                    # Llama 2, Mistral
      | (?:^|(?<=\n))[ >]{0,4}\#{2,4}\s?(?:response|assistant|answer|output)\s?:  # Alpaca
      | (?:^|(?<=\n))[ >*]{0,4}(?:assistant|chatbot|gpt)\s?:\**      # Vicuna, Human/Assistant
      | (?:^|(?<=\n))(?:assistant|model)[ ]?(?=\n|$)                   # any template, decoded without its tokens
      )
    | (?P<user>
        <\|start_header_id\|>\s*(?:user|system|tool)\s*<\|end_header_id\|>
      | <\|(?:im_start|start|header_start)\|>\s*(?:user|system|tool|human)(?:<\|header_end\|>)?
      | <(?:start_of_turn|\|turn)>\s*(?:user|system)
      | <[|｜](?:user|system|user_token|system_token|human)[|｜]>
      | <s>\s*\[inst\] | \[inst\] | <<sys>>
      | (?:^|(?<=\n))[ >]{0,4}\#{2,4}\s?(?:instructions?|input|user|human|system|question|task)\s?:
      | (?:^|(?<=\n))[ >*]{0,4}(?:user|human|system)\s?:\**
      | (?:^|(?<=\n))(?:user|system|human)[ ]?(?=\n)
      )
    """,
    re.VERBOSE,
)
_INLINE = re.compile(r"(?<=\s)assistant\s?:")
"""Vicuna writes a whole conversation on one line."""
_ROLE_BEGINS = (
    "user",
    "human",
    "system",
    "assistant",
    "chatbot",
    "model",
    "gpt",
    "**",
    ">",
    "#",
    "a chat",
    "below",
    "you are",
)
_ROLE_LINE = re.compile(r"\n[ >*]{0,4}(?:\#|user|human|system|assistant|chatbot|gpt|model)")
"""How a text or a line begins that may be a heading."""
_PREAMBLE = re.compile(
    r"below is an instruction|you are (?:a|an|the)\b|a chat between|a conversation between"
    r"|the following is a conversation|the following is an instruction|your task is"
    r"|this is a conversation"
)
_ENDED = re.compile(
    r"<\|(?:im_end|eot_id|eot|eom_id|end|endoftext|end_of_text|return|endofprompt|end_of_turn_token|end_of_turn)\|>"
    r"|</s>|<(?:end_of_turn|eos|turn\|)>|<[|｜]end▁of▁sentence[|｜]>",
)
_NEXT_PROMPT = re.compile(
    r"\n\s{0,10}(?:consider this post|user|human|\#{2,4}"
    r" ?(?:instruction|input|user|human)s?)\s{0,3}:"
    r"|\n\s{0,10}(?:example|question|post|text|tweet|input|message)(?:"
    r" ?\d{1,2})?:(?=[^\n]{1,2000}\n"
    r"\s{0,10}(?:answer|label|question|response|output|a)\s{0,3}:)"
)
_INSTRUCTION = re.compile(
    r"""
    [\s"”')\]]*                                # what is left of the prompt's quotation
    (?:(?:also|then|now|please|you\ (?:must|should|can|may|need\ to)|make\ sure\ to|be\ sure\ to)[ ,]{1,3}){0,2}
    (?:answer|respond|reply|choose|select|pick|classify|return|output|give|provide|explain|use|write|begin|start|end
      |consider|decide|determine|justify|format|limit|keep|do\ not|don't|only|your\ (?:answer|response|output)
      |the\ (?:answer|response|output)\ (?:must|should))
    \b(?!\s{0,3}[:,.\n]|\ is\b|\s{0,3}$)              # "Answer: yes" is an answer
    (?:"[^"\n]{0,200}"|“[^”\n]{0,200}”|[^.!?\n"“]){1,40}
    (?:[.!?]{1,3}|\n|$)
    """,
    re.VERBOSE,
)
IMPERATIVES = (
    "please ",
    "choose ",
    "answer with",
    "answer the",
    "answer only",
    "answer by",
    "answer in",
    "answer using",
    "respond ",
    "reply ",
    "select ",
    "pick ",
    "classify ",
    "return ",
    "output only",
    "your answer should",
    "your answer must",
    "your task",
)
"""With what an instruction begins that was echoed without its post."""
_QUOTES = re.compile(r"[\s\"'”’»)\]]*")


class Echo(NamedTuple):
    """What is left of a text when echoes are cut off.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        cut: What was cut: "prompt", "instruction", "template", "next turn".
        unclear: Whether several prompts stand there, and none is known to be the row's own.
    """

    start: int
    end: int
    cut: tuple[str, ...] = ()
    unclear: bool = False


def answered(plain: str, start: int, end: int, post: str | None, question: str) -> Echo:
    """Find what the model itself wrote in `plain[start:end]`.

    Args:
        plain: The text, folded.
        start: Where to begin.
        end: Where to stop.
        post: The post that was asked about; None where it is not known.
        question: The question, folded.
    """
    cut: list[str] = []
    prompt = _prompt_end(plain, start, end, post, question)
    if prompt is None:
        return Echo(end, end, ("prompt",), unclear=True)
    if prompt > start:
        cut.append("prompt")
        start = prompt
    turn_start, turn_end = _turn(plain, start, end, prompted=bool(cut))
    if turn_start > start:
        cut.append("template")
    if cut or plain.startswith(IMPERATIVES, turn_start):
        instructed = turn_start
        while (instruction := _INSTRUCTION.match(plain, instructed, turn_end)) is not None:
            instructed = instruction.end()
        if instructed > turn_start:
            cut.append("instruction")
            turn_start = instructed
    stop = _stop(plain, turn_start, turn_end)
    if _end_of(_TOKENS_AND_SPACE.match(plain, stop), stop) < end:
        cut.append(NEXT_TURN)
    return Echo(turn_start, stop, tuple(cut))


def _prompt_end(plain: str, start: int, end: int, post: str | None, question: str) -> int | None:
    """Return where the row's own prompt ends.

    `start` where none is repeated, None where it cannot be told which is.
    """
    begin = _first(plain, start)
    asked = plain.find(question, begin, end)
    prompted = plain.startswith(_PROMPT_BEGINS, begin)
    if asked < 0 and not prompted and not _opens_with(plain, begin, post):
        return start
    place = _post_place(plain, begin, end, fold(post).strip()) if post else None
    if place is not None:
        return _own_prompt_end(plain, begin, end, place, question) or start
    if not prompted:
        return start
    if asked < 0:
        return start if not plain.startswith("consider this post", begin) else end
    if post and plain.find(question, asked + len(question), end) >= 0:
        return None
    return asked + len(question)


def _first(plain: str, start: int) -> int:
    """Return the first position after tokens, white space and a user's heading."""
    if plain[start : start + 1].isalnum() and not plain.startswith(_ROLE_BEGINS, start):
        return start
    begin = _end_of(_TOKENS_AND_SPACE.match(plain, start), start)
    heading = _ROLE.match(plain, begin)
    if heading is not None and heading.lastgroup == "user":
        return _end_of(_TOKENS_AND_SPACE.match(plain, heading.end()), heading.end())
    return begin


def _opens_with(plain: str, begin: int, post: str | None) -> bool:
    return post is not None and len(post) > 20 and plain.startswith(fold(post[:20]).strip(), begin)


def _own_prompt_end(
    plain: str, begin: int, end: int, place: tuple[int, int], question: str
) -> int | None:
    """Return where the prompt around the row's own post ends.

    None where the post is only quoted, or is all that is said.
    """
    first, last = place
    asked = plain.find(question, last, min(end, last + _GAP + len(question)))
    if asked >= 0:
        return asked + len(question)
    closed = _end_of(_QUOTES.match(plain, last, end), last)
    if question in plain[begin:first] or plain.startswith(_PROMPT_BEGINS, begin):
        return closed
    return closed if first == begin and closed < end else None


def _post_place(plain: str, begin: int, end: int, post: str) -> tuple[int, int] | None:
    """Return where the post stands, other white space and a cut end aside."""
    place = plain.find(post, begin, end)
    if place >= 0:
        return place, place + len(post)
    words = post.split()
    if len(words) < _FEW:
        return None
    tail = _words(words[-_KEY:]).search(plain, begin, end)
    head = _words(words[:_KEY]).search(plain, begin, end)
    if tail is not None:
        return (head.start() if head is not None else tail.start()), tail.end()
    if head is None:
        return None
    line = plain.find("\n", head.end(), end)
    closed = plain.find('"', head.end(), end)
    stops = [stop for stop in (line, closed) if stop >= 0]
    return head.start(), min(stops, default=end)


def _words(words: list[str]) -> re.Pattern[str]:
    return re.compile(r"\s+".join(re.escape(word) for word in words))


def _turn(plain: str, start: int, end: int, *, prompted: bool) -> tuple[int, int]:
    """Return the first turn of the assistant in `plain[start:end]`.

    All of it where there are no turns.
    """
    if not may_have_turns(plain, start):
        return start, end
    marks = list(_ROLE.finditer(plain, start, end))
    if marks and marks[0]["user"] and not any(mark["assistant"] for mark in marks):
        marks += list(_INLINE.finditer(plain, marks[0].end(), end))[:1]
    if not marks:
        return start, end
    first = marks[0]
    said = _WORD.search(plain, _end_of(_TOKENS_AND_SPACE.match(plain, start), start), first.start())
    asks = _PREAMBLE.search(plain, start, first.start()) or plain[start : first.start()].rstrip(
        ' \n"'
    ).endswith("?")
    if said and not asks and not (prompted and not _is_user(first)):
        return start, first.start()
    answers = [index for index, mark in enumerate(marks) if not _is_user(mark)]
    if not answers:
        return (end, end) if _is_user(first) else (start, end)
    for index in answers:
        stop = marks[index + 1].start() if index + 1 < len(marks) else end
        if _WORD.search(plain, marks[index].end(), stop):
            return marks[index].end(), stop
    return end, end


def may_have_turns(plain: str, start: int) -> bool:
    """Return whether headings or tokens of a conversation may stand in `plain` from `start` on."""
    if "<" in plain or "inst]" in plain or plain.startswith(_ROLE_BEGINS, start):
        return True
    return _ROLE_LINE.search(plain, start) is not None


def _is_user(mark: re.Match[str]) -> bool:
    return mark.re is _ROLE and mark["user"] is not None


def _stop(plain: str, start: int, end: int) -> int:
    """Return where the answer stops: at a token that ends it, or before the next prompt."""
    if "<" in plain:
        for ended in _ENDED.finditer(plain, start, end):
            if _WORD.search(
                plain, _end_of(_TOKENS_AND_SPACE.match(plain, start), start), ended.start()
            ):
                end = ended.start()
                break
    following = _NEXT_PROMPT.search(plain, start, end) if "\n" in plain else None
    return following.start() if following is not None else end


def _end_of(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match is not None else otherwise


__all__ = ["NAME", "SEVERAL_PROMPTS", "Echo", "answered", "may_have_turns"]
