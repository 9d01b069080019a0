import { Command } from 'commander';
import type { CanaryCommandOptions } from './run';

const HELP = `
A lab that the user has already is left alone, and is an error. Behind Gafaelfawr the URL is that of the platform, and the
token needs the scopes exec:notebook and admin:jupyterlab; else it is that of the Service, and the token one of a user who may
end labs. --admin-token-file gives another one for that.

Exits with 0 when the lab was ready and is gone, else with 1.`;

/** The command that starts a lab through the API and ends it. */
export function canaryCommand(): Command {
  return new Command('canary')
    .description(
      'Start a lab through the API, follow it until it is ready, end it, and print how long it took',
    )
    .requiredOption(
      '--url <url>',
      'base URL of the API with its path prefix, such as http://nublado-controller/nublado',
    )
    .requiredOption('--user <name>', 'whose lab it is')
    .requiredOption('--token-file <file>', 'file with a token of this user')
    .option('--admin-token-file <file>', 'file with a token that may end labs (default: the same)')
    .option('--image-tag <tag>', 'image (default: the last one of this user, else the default of the form)')
    .option('--size <size>', 'size (default: the same)')
    .option('--timeout <seconds>', 'how long the lab may take to become ready', '600')
    .addHelpText('after', HELP)
    .action(async (options: CanaryCommandOptions) => (await import('./run.js')).runCanary(options));
}
