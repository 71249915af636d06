"""Crisis lines: whom to call, and where that is stated. Shown wherever posts are.

All ten were held against public pages (the services' own, health ministries, newspapers) on the
date below; look them through once a year.
"""

from __future__ import annotations

from dataclasses import dataclass

CHECKED = "21 November 2026"


@dataclass(frozen=True)
class HelpLine:
    """One country's line; `source` is the service's own site."""

    country: str
    service: str
    contact: str
    source: str


HELP_LINES = (
    HelpLine(
        "Australia", "Lifeline", "13 11 14, text 0477 13 11 14", "https://www.lifeline.org.au"
    ),
    HelpLine("Canada", "Suicide Crisis Helpline", "call or text 988", "https://988.ca"),
    HelpLine("France", "3114", "3114", "https://3114.fr"),
    HelpLine("Germany", "TelefonSeelsorge", "0800 111 0 111", "https://www.telefonseelsorge.de"),
    HelpLine("India", "Tele-MANAS", "14416", "https://telemanas.mohfw.gov.in"),
    HelpLine("Ireland, United Kingdom", "Samaritans", "116 123", "https://www.samaritans.org"),
    HelpLine("Netherlands", "113 Zelfmoordpreventie", "113", "https://www.113.nl"),
    HelpLine("New Zealand", "1737", "call or text 1737", "https://1737.org.nz"),
    HelpLine("Spain", "024", "024", "https://www.sanidad.gob.es/linea024"),
    HelpLine(
        "United States",
        "988 Suicide & Crisis Lifeline",
        "call or text 988",
        "https://988lifeline.org",
    ),
)
