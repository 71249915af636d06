"""What runs the model for a group of units.

`local` runs it in this process and says what an engine is; `sharding` hands pairs to several
processes that hold the model, which `processes` (a device each, on this machine) and `cluster`
(Ray) start.
"""
