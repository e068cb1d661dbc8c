"""`make demo`: three simulated hours of the deployed stack in the sandbox, and all that can go wrong in them.

`night` says what there is, `script` what goes wrong, `collection` lets the minutes pass, `evidence` gathers what is
left of them, `claims` holds it against the truth, `result` shows it, `files` keeps it.
"""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# What function, stack and tests share lies beside the function's code, where the bundle has it.
sys.path.insert(0, str(PROJECT / "lambda"))
