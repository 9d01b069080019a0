import type { Command } from 'commander';
import { readEnvironment } from '../config/process-environment';
import type { FileServerOptions } from '../webdav/server/settings';

/** Adds the command that runs in the pods of file servers; it loads its own code. */
export function addWebdavCommand(nublado: Command): void {
  nublado
    .command('webdav')
    .description("Serve a user's files by WebDAV until they are no longer used; runs in a pod of its own")
    .option('--user <name>', 'serve to this user only: who shows a token of JupyterHub; with --hub-api-url')
    .option('--hub-api-url <url>', "URL of the hub's REST API, such as http://hub:8081/hub/api")
    .addHelpText(
      'after',
      '\nWORBLEHAT_DIR is the folder (default: the present one), WORBLEHAT_BASE_HREF its URL path (/),\n' +
        'WORBLEHAT_PORT the port (8000), WORBLEHAT_HOST the address (all), WORBLEHAT_TIMEOUT the seconds without use after which it ends (600).',
    )
    .action(webdav);
}

/** @throws Error that says which variable or option is wrong, or why the folder or the port cannot be used. */
async function webdav(options: FileServerOptions): Promise<void> {
  const { readAuthentication, readSettings } = await import('../webdav/server/settings.js');
  const { serveFiles } = await import('../webdav/server/main.js');
  await serveFiles(readSettings(readEnvironment()), readAuthentication(options));
}
