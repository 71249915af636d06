"""A board as a table for a paper, with the BibTeX of what it cites: for the command line and the
site alike.
"""
