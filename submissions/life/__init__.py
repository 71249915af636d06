"""What becomes of a submission once it is here: how it stands with it, what people decide about it,
how it is taken down.
"""
