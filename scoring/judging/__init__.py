"""What a language model says of explanations as a judge: who it is, what it says, and what may have
moved it. Pure: whoever asks the model is `submissions.judging`.

    pairs.py      what a judge is shown of an example: the post with its question, the answer with its
                  explanation
    framing.py    delimiters that a text cannot contain, and texts without any
    injection.py  what in a text speaks to its judge
    verdicts.py   what an answer says; what is kept of it
    values.py     a verdict -> a value of each aspect, on the rubric's scale
    instrument.py kept verdicts as what metrics measure with; settings.py says whose
    families.py   whether a judge is of the family of the system that it judges
"""
