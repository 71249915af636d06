"""Encoders that compare two texts: each distinct text through the model once, then each pair.

A post stands in the pairs of every system; its vectors are made once and held while pairs need them.
`grouping` says which pairs go together so that few vectors are held at a time, `packed` runs a model
without padding where it knows how, `runtime` is the door to what computes, and `EncoderScorer` puts
them together. BERTScore and sentence similarity differ in what a text's vectors are and in how two
texts' vectors make numbers.

Importing this package imports neither torch nor transformers.
"""

from scoring.encoders.scorer import EncoderScorer

__all__ = ["EncoderScorer"]
