"""The `reasonboard` command: a module a group of commands, with what they print.

`main.py` puts the groups together in the order of `reasonboard --help`; `options.py` holds what
they share. A module is named after its command, and holds a Typer app called `commands`.
`board_command` registers a function there that is given the board it is about (`--data`).

Every one of these modules is imported whenever the command starts, so that `--help` can list what
there is. What is heavy (the store, and with it pandas, pyarrow and numpy; torch; the site) is
therefore imported inside the function that needs it, and for types under `TYPE_CHECKING` alone:
`reasonboard check --help` answers in a fraction of a second, and checking a file never loads a
model. Modules without a command (`plan`, `remote`, `validity.tables`, ...) are imported by the
commands' functions, and import at their top as usual.
"""
