"""A submission's life: received, scored, published. Builds on `scoring`; knows nothing of the site.

The rooms, from the ground up (an import contract keeps each from knowing those above it):

* `likeness`: which names and which words are one.
* `declarations`: what maintainers declare for a board, and teams of their systems.
* `store`: all SQL and every file that is kept.
* `asking`: models that are asked for texts, here or behind a server.
* `rescoring`: what is pending, what it costs, who works on it.
* `teams`: who may do what, and how much of it.
* `receiving`: from an upload to a stored submission.
* `benchmarks`: gold data, tags, protocols, and the systems that stand on every board.
* `generating`: what a model is asked, and what it answers.
* `rating`: what people say of explanations.
* `judging`: what language models say of explanations, asked by a rubric.
* `life`: what becomes of a submission once it is here.
* `releasing`: what the public sees, and what changed in it.
* `keeping`: what is wrong with a board's files, repairs, backups.
* `operating`: a worker's shift, and how it stands with the board.

Beside them lies what every room speaks, and none of them is about: how counts and times are worded
(`wording`), what is wrong with what somebody sent (`problems`), how CSV is written (`csv_export`),
and how far work is (`progress`).
"""
