"""Asks models for texts: on this machine, or behind a server; what `generating` and `judging` share.

texts.py     what is asked for and what comes of it, whatever it is for
allowed.py   which endpoints a maintainer allows which benchmark (`endpoints.toml`)
local.py     a causal or seq2seq model of Transformers on this machine; sampling.py draws its tokens
endpoint.py  a server that speaks OpenAI's protocol; patience.py asks it once more, or not
journal.py   what came, a line each, so that a killed run goes on
pace.py      how fast it comes
"""
