import { hubVersionOf, HUB_VERSIONS as SUPPORTED } from '../../stack/jupyterhub/components';

const chosen = process.env['JUPYTERHUB'];

/** The versions that the main path is tested with: all that are supported, or the one that `JUPYTERHUB` names. */
export const HUB_VERSIONS = chosen === undefined ? SUPPORTED : [hubVersionOf(chosen)];

/** The one that every other test starts: with `JUPYTERHUB=5` the older one. */
export const HUB_VERSION = hubVersionOf(chosen ?? '6');
