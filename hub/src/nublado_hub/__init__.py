"""JupyterHub plugins for the Nublado lab controller."""
