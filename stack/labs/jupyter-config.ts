import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What JupyterLab asks people on their first visit, which would be every visit here. */
const PAGE_CONFIG = { disabledExtensions: { '@jupyterlab/apputils-extension:announcements': true } };

/** Makes a folder of settings for all labs, for `JUPYTER_CONFIG_PATH`. */
export function writeJupyterConfig(directory: string): string {
  const folder = join(directory, 'jupyter-config');
  mkdirSync(join(folder, 'labconfig'), { recursive: true });
  writeFileSync(join(folder, 'labconfig', 'page_config.json'), JSON.stringify(PAGE_CONFIG));
  return folder;
}
