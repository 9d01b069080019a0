import { hubVersionOf } from '../../stack/jupyterhub/components';

/** The JupyterHub that tests start: with `JUPYTERHUB=5` the older one of those supported. */
export const HUB_VERSION = hubVersionOf(process.env['JUPYTERHUB'] ?? '6');
