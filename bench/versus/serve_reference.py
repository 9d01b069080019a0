"""Serves the original controller, from the environment of this interpreter, with a configuration file at a port."""

import sys
from pathlib import Path

import uvicorn
from nublado.controller.dependencies.config import config_dependency

config_dependency.set_path(Path(sys.argv[1]))

# The application reads its configuration when it is made.
from nublado.controller.main import create_app  # noqa: E402

uvicorn.run(create_app(), host='127.0.0.1', port=int(sys.argv[2]))
