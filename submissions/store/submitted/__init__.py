"""Who submits, and what became of it: teams, submissions, what was checked, tagged
and taken down.
"""
