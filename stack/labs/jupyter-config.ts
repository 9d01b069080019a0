import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE_CONFIG = {
  // A dialogue at the first visit, which would appear in every lab here.
  disabledExtensions: { '@jupyterlab/apputils-extension:announcements': true },
  // The menu entry "Shut Down", which JupyterHub's own settings hide: users can end a lab from inside.
  quitButton: 'true',
};

/** Writes a folder with settings for all labs, for `JUPYTER_CONFIG_PATH`. */
export function writeJupyterConfig(directory: string): string {
  const folder = join(directory, 'jupyter-config');
  mkdirSync(join(folder, 'labconfig'), { recursive: true });
  writeFileSync(join(folder, 'labconfig', 'page_config.json'), JSON.stringify(PAGE_CONFIG));
  return folder;
}
