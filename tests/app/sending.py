"""What teams do on the pages of a signed-in session, and what these say."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from streamlit.testing.v1 import AppTest

from scoring.tasks import Task
from submissions.rescoring.pending import current_keys
from submissions.store.folder import DataFolder
from submissions.store.scored.failures import record_failure
from submissions.store.scored.scores import ScoreKey
from submissions.store.submitted.submissions import Submission, submissions
from tests.app.conftest import PAGES, press, sound
from tests.boards import gold_rows, workplace

HOSTILE = "<script>alert(1)</script>![x](http://evil.example/a.png)[y](javascript:alert(2))\u202e"
NAME = "Ours <b>![x](http://evil.example/a.png)"
Tasks = Mapping[str, Task]


def labelled(elements: Sequence[object], label: str) -> object:
    return next(one for one in elements if one.label == label)


def said(site: AppTest) -> str:
    kinds = (site.caption, site.markdown, site.warning, site.info, site.error, site.success)
    return (
        "\n".join(element.value for kind in kinds for element in kind)
        .replace("\\", "")
        .replace("\u2060", "")
    )


def marked_up(site: AppTest) -> str:
    kinds = (site.caption, site.markdown, site.warning, site.info, site.error, site.success)
    return "\n".join(element.value for kind in kinds for element in kind)


def as_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def rows_of(folder: DataFolder, tasks: Tasks, **outputs: str) -> list[dict[str, str]]:
    """Right answers to one task, but for those that are given by example id."""
    rows = gold_rows(folder, tasks["demo/stress"])
    return [
        {**row, "output": outputs.get(row["example_id"].replace("-", "_"), row["output"])}
        for row in rows
    ]


def drop(site: AppTest, content: bytes, name: str = "outputs.csv") -> AppTest:
    return sound(site.file_uploader[0].upload(name, content, "text/csv").run())


def declare(
    site: AppTest, system: str = NAME, version: str = "1", *, consent: bool = False
) -> AppTest:
    labelled(site.text_input, "System").set_value(system)
    labelled(site.text_input, "Version").set_value(version)
    labelled(site.selectbox, "Method").set_value("zero-shot")
    labelled(site.checkbox, "Publish the results").set_value(consent)
    return press(site, "Submit")


def of_teams(folder: DataFolder) -> list[Submission]:
    return [one for one in submissions(folder) if one.team]


def submitted(site: AppTest, folder: DataFolder, tasks: Tasks, **outputs: str) -> Submission:
    """What a team has just submitted through the page."""
    declare(drop(site, as_csv(rows_of(folder, tasks, **outputs))))
    return of_teams(folder)[-1]


def on_its_page(site: AppTest, submission: str) -> AppTest:
    sound(site.switch_page(PAGES["submission"]).run())
    site.query_params["id"] = submission
    return sound(site.run())


def whole(site: AppTest) -> str:
    """All that was sent to the browser, but for what numbers and tables hold as Arrow."""
    return "\n".join([said(site), *(frame.value.to_csv() for frame in site.dataframe)])


def fail(folder: DataFolder, tasks: Tasks, own: Submission) -> list[ScoreKey]:
    """Let every score of it fail for good."""
    keys = list(current_keys(workplace(folder, tasks), own))
    for _ in range(5):
        record_failure(folder, keys, "no more memory", f"Traceback\n  {HOSTILE}")
    return keys
