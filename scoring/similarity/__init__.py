"""Sentence-encoder similarity: the cosine of two texts' vectors (Reimers and Gurevych, EMNLP 2019).

A text's vector is the mean of its tokens' last states. `all-MiniLM-L6-v2` comes with a package (the
extra `readers`), so that a machine without network has at least one neural metric.

Importing this package imports neither torch nor transformers.
"""

from scoring.similarity.model import SimilarityModel

__all__ = ["SimilarityModel"]
