"""From an upload to a stored submission: read, held against the gold, shown, kept. Nothing is half
kept.
"""
