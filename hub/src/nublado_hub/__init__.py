"""JupyterHub plugins for the Nublado lab controller."""

from pathlib import Path

# For `c.JupyterHub.template_paths`: pages without the link to the page of the hub's API tokens.
TEMPLATE_PATH = str(Path(__file__).parent / 'templates')
