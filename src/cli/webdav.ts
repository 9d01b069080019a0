import type { Command } from 'commander';
import { readEnvironment } from '../config/process-environment';

/** Adds the command that runs in the pods of file servers; it loads its own code. */
export function addWebdavCommand(nublado: Command): void {
  nublado
    .command('webdav')
    .description("Serve a user's files by WebDAV until they are no longer used; runs in a pod of its own")
    .addHelpText(
      'after',
      '\nWORBLEHAT_DIR is the folder (default: the present one), WORBLEHAT_BASE_HREF its URL path (/),\n' +
        'WORBLEHAT_PORT the port (8000), WORBLEHAT_HOST the address (all), WORBLEHAT_TIMEOUT the seconds without use after which it ends (600).',
    )
    .action(webdav);
}

/** @throws Error that says which variable is wrong, or why the folder or the port cannot be used. */
async function webdav(): Promise<void> {
  const { readSettings } = await import('../webdav/server/settings.js');
  const { serveFiles } = await import('../webdav/server/main.js');
  await serveFiles(readSettings(readEnvironment()));
}
