"""Names that people mean alike are one; which is shown is the spelling that came first."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.likeness.names import Spellings, fault_of_name, folded_name, likeness, quoted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana", "ANA "),
        ("ana", "\u00a0Ana\t"),
        ("Ana Maria", "ana   maria"),
        ("r\u00e9mi", "re\u0301mi"),
        ("ana", "\uff21\uff2e\uff21"),  # full width
        ("ana", "an\u200ba"),  # zero-width space
        ("ana", "\ufeffana"),  # byte order mark
        ("ana", "a\u00adna"),  # soft hyphen
        ("ana", "ana\ufe0f"),  # variation selector
        ("ana", "a\u034fna"),  # combining grapheme joiner
        ("Stra\u00dfe", "STRASSE"),
        ("\ufb01on", "FION"),  # the ligature fi
        (
            "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
            "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c3",
        ),
        ("\u0390", "\u03b9\u0308\u0301"),  # case folding takes the composed letter apart
    ],
)
def test_what_is_one_name(one: str, other: str) -> None:
    assert folded_name(one) == folded_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("ana", "anna"), ("ana", "ana 2"), ("remi", "r\u00e9mi"), ("1", "2")]
)
def test_what_is_not(one: str, other: str) -> None:
    assert folded_name(one) != folded_name(other)


@given(st.text(max_size=20))
def test_folding_is_for_good_and_whatever_the_encoding(name: str) -> None:
    folded = folded_name(name)
    assert folded_name(folded) == folded
    assert folded_name(unicodedata.normalize("NFD", name)) == folded


def test_the_first_spelling_is_shown_and_the_others_are_told() -> None:
    spellings = Spellings(["Ben"])
    names = ["ana ", "ANA ", "ben", "re\u0301mi", "r\u00e9mi", "cleo", "ana"]
    assert [spellings.first(name) for name in names] == [
        "ana",
        "ana",
        "Ben",
        "re\u0301mi",
        "re\u0301mi",
        "cleo",
        "ana",
    ]
    assert spellings.lines("annotator") == [
        "annotator 'ANA ' is taken for 'ana'",
        "annotator 'ben' is taken for 'Ben'",
        "annotator 'r\u00e9mi' is taken for 're\\u0301mi'",
    ]


def test_what_nobody_could_see_is_written_out() -> None:
    assert quoted("an\u200ba") == r"'an\u200ba'"
    assert quoted("r\u00e9mi") == "'r\u00e9mi'"


# Rows of Unicode's confusables.txt (17.0.0), whose targets are Latin letters; what is told is
# Unicode's names of them.
@pytest.mark.parametrize(
    ("name", "standing", "told"),
    [
        (
            "\u041aeyword rules",
            "Keyword rules",
            "'\u041a' (CYRILLIC CAPITAL LETTER KA) for 'K' (LATIN CAPITAL LETTER K)",
        ),
        (
            "Keyword ruIes",
            "Keyword rules",
            "'I' (LATIN CAPITAL LETTER I) for 'l' (LATIN SMALL LETTER L)",
        ),
        (
            "\uff23LI output",
            "CLI output",
            "'\uff23' (FULLWIDTH LATIN CAPITAL LETTER C) for 'C' (LAT",
        ),
        (
            "\u0421LI output",
            "CLI output",
            "'\u0421' (CYRILLIC CAPITAL LETTER ES) for 'C' (LATIN CAP",
        ),
        ("Keyword ru1es", "Keyword rules", "'1' (DIGIT ONE) for 'l' (LATIN SMALL LETTER L)"),
        ("gpt-40", "GPT-4o", "'0' (DIGIT ZERO) for 'o' (LATIN SMALL LETTER O)"),
        ("Modem rules", "Modern rules", "'m' (LATIN SMALL LETTER M) for 'rn'"),
        ("\U0001d40aeyword rules", "Keyword rules", "MATHEMATICAL BOLD CAPITAL K"),
        ("Keyword rule\u0455", "Keyword rules", "'\u0455' (CYRILLIC SMALL LETTER DZE) for 's'"),
        ("\u039aeyword rules", "KEYWORD RULES", "'\u039a' (GREEK CAPITAL LETTER KAPPA) for 'K'"),
        ("CLl OUTPUT", "cli output", "'l' (LATIN SMALL LETTER L) for 'i' (LATIN SMALL LETTER I)"),
        ("GPT\u20104", "GPT-4", "'\u2010' (HYPHEN) for '-' (HYPHEN-MINUS)"),
        ("an\u200ba", "ana", r"'\u200b' (ZERO WIDTH SPACE) for nothing"),
        ("re\u0301mi", "r\u00e9mi", r"'e\u0301' for '\xe9'"),
        # Marks, ligatures, dashes and "vv" go beyond the standard's table; what they are drawn like
        # is plain to see.
        ("Keyword ru\u1e37es", "Keyword rules", "LATIN SMALL LETTER L WITH DOT BELOW"),
        ("Keyword rul\u0323es", "Keyword rules", "(COMBINING DOT BELOW) for nothing"),
        ("Keyword rul\u0336\u0323\u0330es", "Keyword rules", r"'\u0336"),
        ("Keyword rul\u05b4es", "Keyword rules", "HEBREW POINT HIRIQ"),
        ("Zo\u00eb", "Zoe", "'\u00eb' (LATIN SMALL LETTER E WITH DIAERESIS) for 'e'"),
        ("\u0141\u00f3d\u017a", "Lodz", "'\u0141\u00f3' for 'Lo'"),
        ("S\u2c65nd", "Sand", "LATIN SMALL LETTER A WITH STROKE"),
        ("Keyvvord rules", "Keyword rules", "'vv' for 'w'"),
        ("KEYVVORD RULES", "Keyword rules", "'VV' for 'w'"),
        ("\u0153uvre", "oeuvre", "'\u0153' (LATIN SMALL LIGATURE OE) for 'oe'"),
        ("\ua733rdvark", "aardvark", "'\ua733' (LATIN SMALL LETTER AA) for 'aa'"),
        ("\ufb01lter", "FILTER", "LATIN SMALL LIGATURE FI"),
        ("GPT\u20144", "GPT-4", "'\u2014' (EM DASH) for '-' (HYPHEN-MINUS)"),
        ("\U0001f17aeyword rules", "Keyword rules", "NEGATIVE SQUARED LATIN CAPITAL LETTER K"),
    ],
)
def test_what_looks_alike_is_told_with_what_stands_for_what(
    name: str, standing: str, told: str
) -> None:
    how = likeness(name, standing)
    assert how is not None
    assert how.startswith("in what looks alike: ")
    assert told in how.replace("'\u00e9' (LATIN SMALL LETTER E WITH ACUTE)", r"'\xe9'")
    assert likeness(standing, name) is not None


@pytest.mark.parametrize(
    "other", ["keyword rules", "KEYWORD  RULES", " Keyword rules", "kEYWORD\u00a0rules"]
)
def test_case_and_spaces_are_called_so_and_nothing_else_is(other: str) -> None:
    assert likeness(other, "Keyword rules") == "in case or spaces alone"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cli", "cll"),
        ("ail", "all"),
        ("Keyword rules", "Keyword rules 2"),
        ("Llama 3", "Llama 8"),
        ("ruled", "rulcl"),
        ("\u304b\u304d", "\u304c\u304d"),  # kaki, gaki: the mark is the letter's own
        ("\u0915\u093f", "\u0915\u0941"),  # ki, ku: vowels of Devanagari are marks
        ("GPT-4o", "GPT-4.1"),
        ("\u65e5\u672c", "\u65e5\u6728"),
        ("\u041c\u043e\u0434\u0435\u043b\u044c", "Model"),
        ("BERT", "BART"),
        ("A", "B"),
    ],
)
def test_names_that_can_be_told_apart_are_two(one: str, other: str) -> None:
    assert likeness(one, other) is None
    assert likeness(other, one) is None


@given(st.text(max_size=20))
def test_likeness_takes_any_text_and_a_fold_is_alike(name: str) -> None:
    assert likeness(name, name) == "in nothing"
    assert likeness(folded_name(name), name) is not None
    assert likeness(name.upper(), name) is not None


_DRESSED = {
    "a": "a\u00e4\u0430\uff41",
    "e": "e\u1ebd\u0435",
    "i": "i\u0456\u0268",
    "l": "lI1|\u1e37\u0142",
    "m": ["m", "rn"],
    "o": "o0\u043e\u00f8",
    "r": "r\u0155",
    "s": "s\u0455\u1e69",
    "w": ["w", "vv", "\u1e89"],
    "-": "-\u2010\u2013\u2014",
}
_DRAWN = st.text(st.sampled_from("\u0300\u0316\u0323\u0335\u0489\u05b4\u064e\u20dd"), max_size=3)


@given(st.data(), st.text(st.sampled_from("aeilmorsw-"), min_size=1, max_size=12))
def test_a_name_in_disguise_is_taken_for_the_one_that_stands(
    data: st.DataObject, name: str
) -> None:
    signs = [data.draw(st.sampled_from(_DRESSED[sign])) + data.draw(_DRAWN) for sign in name]
    disguised = "".join(signs)
    assert likeness(disguised, name) is not None
    assert likeness(name, disguised) is not None
    assert likeness(unicodedata.normalize("NFC", disguised), name) is not None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a\ufffcb", "U+FFFC (OBJECT REPLACEMENT CHARACTER)"),
        ("a\ufffdb", "U+FFFD (REPLACEMENT CHARACTER)"),
        ("a\ue000", "U+E000 (private use)"),
        ("a\u0378", "U+0378 (unassigned)"),
        ("a\x07", "U+0007 (control)"),
        ("a\u200db", "U+200D (ZERO WIDTH JOINER)"),
        ("a\u202eb", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("a\u2800", "U+2800 (BRAILLE PATTERN BLANK)"),
        ("a\u2028b", "U+2028 (LINE SEPARATOR)"),
        ("a" + "\u0323" * 5, "more than 4 on one"),
        ("\u0301a", "a mark without a letter"),
        ("a \u0301", "a mark without a letter"),
    ],
)
def test_what_nobody_can_see_in_a_name_is_refused_by_its_name(name: str, told: str) -> None:
    assert told in fault_of_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Zo\u00eb",
        "Vi\u1ec7t Nam",
        "\u0928\u092e\u0938\u094d\u0924\u0947",
        "\ud55c\uad6d",
        "\u304c\u304d",
        "GPT-4o (v2)",
        "",
    ],
)
def test_names_in_any_script_can_be_seen(name: str) -> None:
    assert fault_of_name(name) == ""
    assert fault_of_name(unicodedata.normalize("NFD", name)) == ""


@given(st.text(max_size=20))
def test_a_name_without_fault_holds_nothing_unseen(name: str) -> None:
    kinds = {unicodedata.category(char) for char in name}
    if kinds & {"Cc", "Cf", "Cs", "Co", "Cn"} or set(name) & set("\ufffc\ufffd\u3164\u2800"):
        assert fault_of_name(name)
