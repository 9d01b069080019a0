import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Chart, ROOT, theChart } from './chart';

const DATA = join(ROOT, 'test/data/zero-to-jupyterhub');

/** The pinned release of the chart Zero to JupyterHub, as Helm takes it. */
export const HUB_CHART = join(DATA, readdirSync(DATA).find((name) => name.endsWith('.tgz')) ?? '');

/** That chart as a release of a namespace. */
export const theHubChart = (releaseNamespace?: string): Promise<Chart> =>
  theChart(HUB_CHART, releaseNamespace);
