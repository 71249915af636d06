"""All SQL, a module a subject: frozen dataclasses in and out, append-only migrations, nothing else
knows SQLite.

The rooms follow the way of a submission, and each may use those before it alone (an import contract
says so):

    folder, clock          where the data lie, and the one form of times
    sqlite/                any SQLite file: the working database, posts, releases
    files/                 what lies beside the database, written once under its digest
    migrations, database   the schema, and connections to it
    redacted, events       what every transaction that stores words or decisions goes through
    scored/ | rated/       what metrics and what people said
    submitted/             teams, their submissions and what became of them
    released/              what is published of all that

`submitted` stands above `scored`, though it comes first in time: what may be submitted, edited or
withdrawn depends on what was made of it, and a score knows its submission by id alone.
"""
