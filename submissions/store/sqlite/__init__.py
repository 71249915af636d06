"""SQLite files, whichever they are: loading the library, opening, copying, and what it means when
one cannot be used.
"""
