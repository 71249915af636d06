"""A submission's life: received, scored, published. Builds on `scoring`; knows nothing of the site.

The folders, from the ground up (an import contract keeps each from knowing those above it):

* `store`: all SQL and every file that is kept.
* `rescoring`: what is pending, what it costs, who works on it.
* `receiving`: from an upload to a stored submission.
* `benchmarks`: gold data, tags, protocols, and the systems that stand on every board.
* `rating`: what people say of explanations.
* `releasing`: what the public sees, and what changed in it.

Flat beside them: what is too small for a folder, or belongs to several.
"""
