"""A board in operation: a worker's shift, how it stands with everything, and which declarations
cannot be used.
"""
