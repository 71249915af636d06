"""Keeping a board: what is wrong with its files, what repairs them, and copies that it can be
restored from.
"""
