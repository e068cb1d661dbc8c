"""`make security`: bandit reads the code, pip-audit asks about the packages, checkov reads the template.

    tool          runs one of the three from .venv/security, without anybody's credentials in reach
    code          bandit, and what is accepted in place
    advisories    pip-audit, and what it could not ask
    accepted      what checkov finds and is meant to be so, each with its reason
    template      checkov on the stack with everything in it
    __main__      all three, told in order

requirements.in names the tools, `make lock` pins them with their hashes.
"""
