"""Figures of a release as files for a paper: what they show, and how they are drawn."""
