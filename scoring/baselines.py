"""The systems that need no model: trivial ones that stand on every board, and two trained ones for
the demo.

The four trivial systems give the same label, the majority's, and differ only in their explanation.
So whatever separates them in an explanation metric is the explanation, and whatever the metric
gives them is what it gives for saying nothing: fluent text that fits any post (constant), text
about the question (majority), text about the post that explains nothing (copy), and good
explanations of other posts (shuffled).

The majority is computed **from the test gold**. No real system may do that: it makes the label
scores the honest upper end of what a constant answer can reach, and needs no training data, which
many tasks do not have.

Outputs have the benchmark's form, `<gold sentence> Reasoning: <explanation>`; tasks without
reference explanations get the sentence alone. Everything is deterministic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import TYPE_CHECKING

import numpy as np

from scoring.answers import ONE
from scoring.errors import ScoringError
from scoring.segments import Example
from scoring.statistics.bootstrap import Floats
from scoring.tasks import UNKNOWN, Task

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

SEED = 0
KEYWORDS = 10
"""Keywords kept of each label: few enough to read, enough that most posts contain one."""

MENTIONED = 4
"""Words named in an explanation."""

CONSTANT = (
    "The poster describes their feelings and what has happened to them, and the way in which they"
    " write about it supports this answer."
)


@dataclass(frozen=True)
class Answer:
    """What a baseline says about one example.

    Attributes:
        label: The label's name.
        output: The raw output, in the benchmark's form.
    """

    label: str
    output: str


Answers = list[Answer]
Answerer = Callable[[Task, Sequence[Example], Sequence[Example]], Answers]


@dataclass(frozen=True)
class System:
    """A baseline.

    Attributes:
        name: As the board writes it; unique.
        description: How it comes to its answers, for the system's card.
        trained: Whether it needs a train split.
        run: (task, examples, train) -> one Answer an example; `train` is ignored unless `trained`.
        base_model: What its versions with other training data have in common; "none" where it has
            none.
    """

    name: str
    description: str
    trained: bool
    run: Answerer
    base_model: str = "none"

    @property
    def trivial(self) -> bool:
        """Whether it answers without reading the post, so that the board marks it."""
        return not self.trained

    def answer(
        self, task: Task, examples: Sequence[Example], train: Sequence[Example] = ()
    ) -> Answers:
        """Return one answer an example.

        Args:
            task: The task of all examples.
            examples: The test set, with gold.
            train: Examples of the same task to learn from.

        Raises:
            ScoringError: There is nothing to answer or, for a trained system, nothing to learn
                from.
        """
        if not examples:
            raise ScoringError(
                f"{self.name}: {task.id} has no examples; import its gold data first"
            )
        if self.trained and not train:
            raise ScoringError(
                f"{self.name}: {task.id} has no train split, which this system learns from"
            )
        return self.run(task, examples, train)


def majority_label(task: Task, examples: Sequence[Example]) -> str:
    """Return the most frequent gold answer of `examples`.

    Of equally frequent ones the first declared.
    """
    counts = Counter(example.gold for example in examples)
    return max(answers_in(task, examples), key=lambda answer: counts[answer])


def answers_in(task: Task, train: Sequence[Example]) -> tuple[str, ...]:
    """Return the answers that a system chooses among: the labels, or the sets of labels that occur,
    in declared order.
    """
    if task.answers.takes == ONE:
        return task.label_names
    place = {name: index for index, name in enumerate(task.label_names)}
    occurring = {example.gold for example in train}
    return tuple(
        sorted(occurring, key=lambda answer: [place[name] for name in task.labels_of(answer)])
    )


def write(task: Task, example: Example, label: str, explanation: str | None) -> Answer:
    """Return the answer in the benchmark's form.

    The explanation is left out where the task asks for none.
    """
    if not task.labels:
        return Answer(label, explanation or "")
    sentence = filled(task.sentence(label), example)
    # Some gold sentences lack their full stop; the form does not.
    if not sentence.endswith("."):
        sentence += "."
    # A reasoning that nobody asked for would be scored by nothing.
    if explanation is None or not task.explained:
        return Answer(label, sentence)
    return Answer(label, f"{sentence} Reasoning: {explanation}")


def filled(text: str, example: Example) -> str:
    """Return `text` with `{attribute}` placeholders filled from the example."""
    return re.sub(r"\{(\w+)\}", lambda hit: example.attributes.get(hit[1], hit[0]), text)


def _majority(explain: Callable[[Task, Sequence[Example], str], list[str | None]]) -> Answerer:
    """Return what answers the majority's label throughout.

    Args:
        explain: (task, examples, label) -> an explanation an example, None for none.
    """

    def run(task: Task, examples: Sequence[Example], _train: Sequence[Example]) -> Answers:
        label = majority_label(task, examples)
        texts = explain(task, examples, label)
        return [
            write(task, example, label, text) for example, text in zip(examples, texts, strict=True)
        ]

    return run


def _question_again(task: Task, examples: Sequence[Example], label: str) -> list[str | None]:
    asked = "" if task.question == UNKNOWN else f' to the question "{task.question}"'
    title = f'speaks for the answer "{task.title_of(label)}"' if task.labels else "is an answer"
    explanation = f"Taken as a whole, what the post tells {title}{asked}."
    return [filled(explanation, example) for example in examples]


def _of_others(task: Task, examples: Sequence[Example], _label: str) -> list[str | None]:
    explained = task.explained
    others = shuffled_references(examples, np.random.default_rng(SEED)) if explained else {}
    return [others.get(row) for row in range(len(examples))]


def shuffled_references(examples: Sequence[Example], rng: np.random.Generator) -> Mapping[int, str]:
    """Return, for each example with a reference, the reference of an example about another post.

    Posts are put in random order with their examples side by side; every example then takes the
    reference that stands as many places further on as the largest post has examples, which is never
    one about its own post.

    Args:
        examples: Those without a reference give none and get none.
        rng: Source of randomness.

    Returns:
        Position of the example -> explanation; every reference is used once. Empty where one post
        has more than half of the references, so that some would have to stay with it: then nobody
        gets an explanation.
    """
    rows = [row for row, example in enumerate(examples) if example.reference]
    sizes = Counter(examples[row].post_id for row in rows)
    shift = max(sizes.values(), default=0)
    if 2 * shift > len(rows):
        return {}
    posts = sorted(sizes)
    place = dict(zip(posts, rng.permutation(len(posts)).tolist(), strict=True))
    ordered = sorted(rows, key=lambda row: place[examples[row].post_id])
    donors = ordered[shift:] + ordered[:shift]
    return {
        row: examples[donor].reference or "" for row, donor in zip(ordered, donors, strict=True)
    }


def _words(text: str) -> list[str]:
    """Return lower-case words of three letters or more that carry some meaning."""
    return [word for word in re.findall(r"[a-z]{3,}", text.lower()) if word not in _stop_words()]


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)


def keywords(task: Task, train: Sequence[Example]) -> Mapping[str, tuple[str, ...]]:
    """Return the words that set each label apart in a train split.

    The rule: of the words in at least two of a label's posts, the ten with the largest log odds
    (with one half added to all counts) of being in a post of this label rather than of another.

    Returns:
        Label name -> words, most telling first.
    """
    seen = {name: Counter[str]() for name in answers_in(task, train)}
    for example in train:
        # Posts that have the word and not how often: a long rant is one post.
        seen[example.gold].update(set(_words(example.post)))
    sizes = Counter(example.gold for example in train)
    everywhere = sum(seen.values(), Counter[str]())

    def log_odds(name: str, word: str) -> float:
        inside, outside = seen[name][word], everywhere[word] - seen[name][word]
        others = len(train) - sizes[name]
        # One half keeps a word that is in all posts of a label, or in none, finite.
        return log((inside + 0.5) / (sizes[name] - inside + 0.5)) - log(
            (outside + 0.5) / (others - outside + 0.5)
        )

    by_label = {}
    for name in seen:
        ranked = sorted(
            (-log_odds(name, word), word) for word, count in seen[name].items() if count >= 2
        )
        by_label[name] = tuple(word for odds, word in ranked[:KEYWORDS] if odds < 0)
    return by_label


def _keyword_rules(task: Task, examples: Sequence[Example], train: Sequence[Example]) -> Answers:
    parts = _by_question(task, train)
    rules = {question: keywords(task, part) for question, part in parts.items()}
    usual = {question: majority_label(task, part) for question, part in parts.items()}
    answers = []
    for example in examples:
        question = _known_question(task, example, rules)
        answers.append(_by_keywords(task, example, rules[question], usual[question]))
    return answers


def _by_keywords(
    task: Task, example: Example, rules: Mapping[str, Sequence[str]], usual: str
) -> Answer:
    words = set(_words(example.post))
    hits = {name: [word for word in rules[name] if word in words] for name in rules}
    # Of labels with equally many words the usual one is likelier.
    label = max(rules, key=lambda name: (len(hits[name]), name == usual))
    if not hits[label]:
        said = "The post uses none of the words that usually go with another answer."
        return write(task, example, usual, said)
    named = _listed(hits[label][:MENTIONED])
    said = f"The poster writes about {named}, which usually goes with this answer."
    return write(task, example, label, said)


def _tfidf_logistic(task: Task, examples: Sequence[Example], train: Sequence[Example]) -> Answers:
    models = {question: TfidfModel(part) for question, part in _by_question(task, train).items()}
    return [
        models[_known_question(task, example, models)].answer(task, example) for example in examples
    ]


class TfidfModel:
    """TF-IDF of words with logistic regression, explained by the words that weigh most.

    Args:
        train: Examples of one question.
    """

    def __init__(self, train: Sequence[Example]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        golds = [example.gold for example in train]
        # A question whose training posts all have one label leaves nothing to fit.
        self.only = golds[0] if len(set(golds)) == 1 else None
        self.vectorizer: TfidfVectorizer = TfidfVectorizer(
            tokenizer=_words, token_pattern=None, sublinear_tf=True
        )
        matrix = self.vectorizer.fit_transform([example.post for example in train])
        self.model: LogisticRegression = LogisticRegression(
            C=10.0, class_weight="balanced", max_iter=1000
        )
        if self.only is None:
            self.model.fit(matrix, golds)

    def answer(self, task: Task, example: Example) -> Answer:
        """Return the most probable label, with the words that speak most for it."""
        if self.only is not None:
            return write(task, example, self.only, CONSTANT)
        row = self.vectorizer.transform([example.post])
        label = str(self.model.predict(row)[0])
        words = self._strongest(row.toarray()[0], label)
        said = "No word of the post speaks clearly for another answer."
        if words:
            said = (
                "What speaks most for this answer is that the poster writes about"
                f" {_listed(words)}."
            )
        return write(task, example, label, said)

    def _strongest(self, weights: Floats, label: str) -> list[str]:
        contributions = weights * self._coefficients(label)
        names = self.vectorizer.get_feature_names_out()
        strongest = np.argsort(-contributions, kind="stable")[:MENTIONED]
        return [str(names[index]) for index in strongest if contributions[index] > 0]

    def _coefficients(self, label: str) -> Floats:
        classes = [str(name) for name in self.model.classes_]
        if len(classes) == 2:  # one row, in favour of the second class
            return np.asarray(self.model.coef_[0] * (1 if label == classes[1] else -1))
        return np.asarray(self.model.coef_[classes.index(label)])


Question = tuple[str, ...]


def _question(task: Task, example: Example) -> Question:
    """Return what is asked about the post: the values of the task's declared attributes."""
    return tuple(example.attributes.get(name, "") for name in task.attributes)


def _by_question(task: Task, train: Sequence[Example]) -> dict[Question, list[Example]]:
    parts: dict[Question, list[Example]] = {}
    for example in train:
        parts.setdefault(_question(task, example), []).append(example)
    return parts


def _known_question(task: Task, example: Example, known: Mapping[Question, object]) -> Question:
    question = _question(task, example)
    if question not in known:
        raise ScoringError(
            f"{task.id}: {example.example_id} asks about {', '.join(question)}, which the train"
            " split lacks"
        )
    return question


def _listed(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _trivial(name: str, beside: str, run: Answerer) -> System:
    """Return one that answers without reading the post."""
    always = "Always the most frequent gold label of the test set"
    return System(name, f"{always}, with {beside}.", trained=False, run=run)


SYSTEMS: tuple[System, ...] = (
    _trivial(
        "Majority label", "one sentence that repeats the question", _majority(_question_again)
    ),
    _trivial(
        "Constant explanation",
        "one explanation for all tasks",
        _majority(lambda _task, examples, _label: [CONSTANT for _ in examples]),
    ),
    _trivial(
        "Copy of the post",
        "the post itself as the explanation",
        _majority(lambda _task, examples, _label: [example.post for example in examples]),
    ),
    _trivial("Shuffled references", "the reference of another post", _majority(_of_others)),
    System(
        "Keyword rules",
        "The label with most keywords in the post; up to ten a label, by their log odds in"
        " training.",
        trained=True,
        run=_keyword_rules,
    ),
    System(
        "TF-IDF and logistic regression",
        "Logistic regression on TF-IDF weights of words, explained by the words that weigh most.",
        trained=True,
        run=_tfidf_logistic,
        base_model="TF-IDF, logistic regression",
    ),
)
"""Every baseline; the trivial ones first."""

TRIVIAL: tuple[System, ...] = tuple(entry for entry in SYSTEMS if entry.trivial)
"""Those that learn nothing. They give the same labels, so of a board without references the first says
what all say.
"""
