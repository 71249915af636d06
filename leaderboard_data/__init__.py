"""Hold what is shipped to be read and not run: declarations, settings, demonstration data, the tiny checkpoint.

It is a package for one reason: what belongs to a package is installed with it and found beside it, so that a wheel, a
checkout and a copy of either read the same files at the same place, `submissions.declarations.settings.DECLARATIONS`. There is
no code.
`pyproject.toml` lists the folders that a wheel takes; `db/`, a checkout's own board, is none of them.
"""
