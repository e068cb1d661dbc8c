"""What `cdk` runs for the sandbox: the project's own app, its compiled packages for this machine and not for Lambda's.

The same stack otherwise: `python -m tests.sandbox.app`, in the project's folder.
"""

from app import main
from infra.packages import HOST

if __name__ == "__main__":
    main(HOST)
