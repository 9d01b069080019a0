"""Sets up logging in notebooks.

The lab installs this file when it starts, unless there is one. To have it your way, change it here or leave the
file empty: it is not installed again.
"""

import logging
import os
import sys


def _notebook_handlers(level):
    """Handlers that know notebooks where the site has some; otherwise warnings go to standard error."""
    try:
        from lsst.rsp import IPythonHandler, forward_lsst_log
    except ImportError:
        warnings = logging.StreamHandler(sys.stderr)
        warnings.setLevel(logging.WARNING)
        return [warnings]
    forward_lsst_log(level)
    return [IPythonHandler()]


_level = "DEBUG" if os.environ.get("DEBUG") else "INFO"
logging.basicConfig(force=True, handlers=_notebook_handlers(_level))
logging.getLogger("lsst").setLevel(_level)
