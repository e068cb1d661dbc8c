"""What an operator runs from the checkout, a module or package for each verb.

Before a deployment: `discover`, `preflight`, `cost`. Against it: `query`, `restore`, `replay`. `secrets_check` is the
first step of `make deploy`. The modules with an underscore are what several verbs share.
"""
