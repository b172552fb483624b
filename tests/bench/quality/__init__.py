"""How good the detectors are on labelled recordings: `python -m tests.bench.quality PATH… --kind KIND`.

A kind of recording is one file in `kinds/` (see `kind.py`).
"""
