"""Every metric of the board, usable from the `evaluate` library, offline.

The library loads one script of the same name as its folder, so there is one module whose
configurations are the metrics:

>>> import evaluate
>>> from scoring.evaluate_module import FOLDER
>>> weighted_f1 = evaluate.load(FOLDER, config_name="weighted_f1")
>>> result = weighted_f1.compute(predictions=["yes", "no", ""], references=["yes", "no", "no"])
>>> round(result["weighted_f1"], 3), result["n"]
(0.778, 3)
>>> rouge = evaluate.load(FOLDER, config_name="rouge1")
>>> result = rouge.compute(
...     predictions=["The poster sleeps badly."], references=["They sleep badly."]
... )
>>> round(result["rouge1"], 3)
0.571

An empty prediction is an output that states no label (wrong, in label metrics) or an explanation
that is absent (left out, in metrics of explanations). `None` and NaN are refused. What else a
metric takes is in `INPUTS` and in `scoring.evaluate_module.inputs.Options`.
"""

from pathlib import Path

FOLDER = str(Path(__file__).parent)
"""What `evaluate.load` is given."""
