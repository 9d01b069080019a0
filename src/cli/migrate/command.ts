import { Command } from 'commander';
import type { CheckValuesOptions } from './check-values';
import type { ConvertOptions } from './convert-profiles';

const EXIT_CODES = `
Exits with 0 when nothing is to be decided, with 1 when something is, and with 2 when the files cannot be used.`;

const CHECK_HELP = `
Sites rely on the defaults of the original's chart: give that chart's own values.yaml first, then the site's files.
Later files take precedence and null removes a key, as with Helm. No secrets are written or shown.
${EXIT_CODES}`;

const PROFILES_HELP = `
FILE is a list of profiles, or a file that has one at profileList, singleuser.profileList or
jupyterhub.singleuser.profileList, in YAML or JSON. The configuration goes to standard output, the report to standard error.
${EXIT_CODES}`;

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];

/** The commands that help sites to come over from others. */
export function migrateCommand(): Command {
  const migrate = new Command('migrate').description(
    'Come over from the original controller, or from KubeSpawner',
  );
  migrate
    .command('check')
    .description("Report what becomes of each value of a site of the original's Helm chart")
    .option('-f, --values <file>', 'values of the site; can be given several times', collect)
    .option('-o, --output <file>', "write values for this controller's chart to a new file")
    .option('--json', 'print one JSON document')
    .addHelpText('after', CHECK_HELP)
    .action(async (options: CheckValuesOptions) =>
      (await import('./check-values.js')).checkValuesFiles(options),
    );
  migrate
    .command('profiles')
    .description("Turn KubeSpawner's profiles into images and sizes of a configuration, with a report")
    .argument('<file>', 'the profiles')
    .option('-o, --output <file>', 'write the configuration to a new file')
    .option('--json', 'print one JSON document with report and configuration')
    .addHelpText('after', PROFILES_HELP)
    .action(async (file: string, options: ConvertOptions) =>
      (await import('./convert-profiles.js')).convertProfilesFile(file, options),
    );
  return migrate;
}
