import { Command, Option } from 'commander';
import { PARTS } from './check';
import type { DoctorOptions } from './diagnose';

const HELP = `
The environment and the configuration file count as they do for the services. Each part has an account of its own in
Kubernetes: run it where that part runs, for example
  kubectl exec deployment/nublado-controller-worker -- nublado doctor --part worker

Exits with 0 when nothing is in the way, also with warnings, else with 1. Changes nothing.`;

/** The command that asks all that an installation depends on. */
export function doctorCommand(config: readonly [flags: string, description: string]): Command {
  return new Command('doctor')
    .description('Ask everything that the controller depends on, and say what to do where something is wrong')
    .addOption(new Option('--part <part>', 'what is asked for').choices(PARTS).default('all'))
    .option(...config)
    .option('--api-url <url>', 'also ask the API there, such as http://nublado-controller')
    .option('--before-start', 'leave out what asks processes of the controller')
    .option('--timeout <seconds>', 'how long all checks together may take', '4')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (options: DoctorOptions) => (await import('./diagnose.js')).runDoctor(options));
}
