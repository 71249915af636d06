"""What people declare in TOML: a maintainer for a board (settings), a team of its system
(`submission.toml`).

What only one room reads is declared there: limits with teams, protocols and access to posts with
benchmarks, rubrics with ratings.
"""
