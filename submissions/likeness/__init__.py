"""Which texts are one: names that people type differently or cannot tell apart, and words that
quote a post.
"""
