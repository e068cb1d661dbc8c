"""What an operator runs from the checkout, a folder for each verb.

Before a deployment: `discover`, `preflight`, `cost`. Against it: `query`, `restore`, `replay`. The modules beside them
are what several verbs share.
"""
