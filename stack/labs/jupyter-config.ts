import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE_CONFIG = {
  // Asks people something on their first visit, which would be every visit here.
  disabledExtensions: { '@jupyterlab/apputils-extension:announcements': true },
  // The entry "Shut Down" of the menu, which JupyterHub's own settings hide: a lab may just exit.
  quitButton: 'true',
};

/** Makes a folder of settings for all labs, for `JUPYTER_CONFIG_PATH`. */
export function writeJupyterConfig(directory: string): string {
  const folder = join(directory, 'jupyter-config');
  mkdirSync(join(folder, 'labconfig'), { recursive: true });
  writeFileSync(join(folder, 'labconfig', 'page_config.json'), JSON.stringify(PAGE_CONFIG));
  return folder;
}
