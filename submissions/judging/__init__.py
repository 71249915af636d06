"""Asks a language model to judge explanations or transcripts by a rubric, and keeps its verdicts.

    judges.py    how a judge is asked: one TOML file each, `judges/<id>.toml`, the board's own before
                 the shipped
    prompts.py   a judge's declaration, a rubric and a pair of texts -> a request
    plan.py      whose explanations are judged, and what of it has no verdict yet
    run.py       asks for what is missing, and keeps it
    results.py   what the verdicts say of each system
    transcripts.py  the same of transcripts: which are judged, and what the verdicts say of them
    cost.py      calls, tokens and money, before anything is asked
    forgetting.py  verdicts on what is taken down, which go with it

What is kept, in the data folder: `judged/<identity>.jsonl`, a line of the judge's identity, one of
provenance a start, and one a verdict. The identity is what decides verdicts: declaration and
rubric with the hash of their content, the model with its revision or the endpoint's name for it,
the decoding. A verdict is of one pair of texts, or one transcript, known by its hash, and one seed: so the same command
asks nothing twice, whichever submission brings a text, and a killed run goes on where it was.
Neither texts nor a judge's own words are in the file.
"""
