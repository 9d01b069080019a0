import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryKind, readTextAt, replaceFile } from '../files';
import type { Report, Variables } from '../variables';

/** SHA-256 of profiles that earlier versions have installed; any other has been changed by its user. */
const REPLACEABLE = ['2997fe99eb12846a1b724f0b82b9e5e6acbd1d4c29ceb9c9ae8f1ef5503892ec'];

/** Installs the image's logging profile of IPython, unless the user has one of their own. */
export function installLoggingProfile(home: string, variables: Variables, report: Report): void {
  const target = join(home, '.ipython/profile_default/startup/20-logging.py');
  const kind = entryKind(target);
  const isReplaceable =
    kind === 'file' && REPLACEABLE.includes(createHash('sha256').update(readFileSync(target)).digest('hex'));
  if (kind !== 'nothing' && !isReplaceable) return;
  const directory = variables.JUPYTERLAB_CONFIG_DIR || '/opt/lsst/software/jupyterlab';
  const profile = ['etc/20-logging.py', '20-logging.py']
    .map((name) => readTextAt(join(directory, name)))
    .find((text) => text !== null);
  if (profile === undefined || profile === null) return;
  replaceFile(target, profile);
  report(`${target} was installed`);
}
