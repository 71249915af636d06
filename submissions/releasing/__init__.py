"""What the public sees: a board's numbers from stored scores, the release that states them, and
what it changed.
"""
