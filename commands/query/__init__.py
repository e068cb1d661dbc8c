"""`make query`: asks the lake through Athena, and shows the answer with what it cost.

`header` reads what a query says about itself, `named` finds it, `days` fills in its parameters, `execution` runs it,
`result` reads what it found, `price` says what that costs, `output` shows it.
"""
