"""What a board is held against: gold data, tags, protocols, templates, and the systems that stand
on every board.
"""
