"""Who may do what, and how much of it: teams with their tokens and members, limits, and what is
counted against them.
"""
