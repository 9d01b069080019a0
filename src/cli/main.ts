#!/usr/bin/env node
import { Command } from 'commander';
import { canaryCommand } from './canary/command';
import type { CheckOptions } from './check-config';
import { doctorCommand } from './doctor/command';
import { imagesCommand } from './images/command';
import { addInitContainerCommands } from './init-containers';
import { migrateCommand } from './migrate/command';
import { purgeCommand } from './purge';
import type { ServiceName, ServiceOptions } from './services';
import { addWebdavCommand } from './webdav';

const LISTEN = ['--listen <host:port>', 'where the API listens', '0.0.0.0:8080'] as const;
const ACTIVITY_LISTEN = [
  '--activity-listen <host:port>',
  'where labs report activity, with hub.aggregateActivity',
  '0.0.0.0:8082',
] as const;
const OPS = ['--ops <host:port>', 'where probes and metrics are served', '0.0.0.0:8081'] as const;
const CONFIG = [
  '--config <file>',
  'configuration file (default: $NUBLADO_CONFIG_PATH, else /etc/nublado/config.yaml)',
] as const;

/** Each command loads its own code, so that the short ones start fast. */
function program(): Command {
  const nublado = new Command('nublado')
    .description('Lab controller for JupyterHub on Kubernetes: every lab a durable Temporal workflow')
    .showHelpAfterError()
    .addHelpText(
      'after',
      '\nTemporal is found by TEMPORAL_* variables or TEMPORAL_CONFIG_FILE, Kubernetes by KUBECONFIG or the ' +
        'service account of the pod.',
    );
  service(nublado, 'api', 'Serve the HTTP API. Any number of replicas.', ['api'])
    .option(...LISTEN)
    .option(...ACTIVITY_LISTEN);
  service(nublado, 'worker', 'Run lab workflows and their Kubernetes activities. Any number.', ['worker']);
  service(nublado, 'watcher', 'Stand ready to watch lab pods; one of all watchers does.', ['watcher']);
  service(nublado, 'serve', 'All three in one process, for demos and small installations.', [
    'api',
    'worker',
    'watcher',
  ])
    .option(...LISTEN)
    .option(...ACTIVITY_LISTEN);
  nublado
    .command('check-config')
    .description('Check a configuration file: print all errors, or the effective configuration with warnings')
    .argument('[file]', 'configuration file (default: $NUBLADO_CONFIG_PATH, else /etc/nublado/config.yaml)')
    .option('--json', 'print one JSON document with diagnostics and configuration')
    .addHelpText(
      'after',
      '\nThe environment counts as it does for the services: set REPERTOIRE_BASE_URL and the others as they will ' +
        'be set.\nExits with 0 when the configuration can be used, else with 1.',
    )
    .action(async (file: string | undefined, options: CheckOptions) =>
      (await import('./check-config.js')).checkConfig(file, options),
    );
  nublado.addCommand(doctorCommand(CONFIG));
  nublado.addCommand(canaryCommand());
  nublado.addCommand(imagesCommand(CONFIG));
  nublado.addCommand(purgeCommand());
  nublado.addCommand(migrateCommand());
  nublado
    .command('generate-key')
    .description('Print a new sealing key; store it as one entry of the sealing keys Secret')
    .action(async () => console.log((await import('../sealing/keys.js')).generateSealingKey()));
  nublado
    .command('create-sealing-keys')
    .description('Create a Secret with a new sealing key, unless it exists; repeatable')
    .argument('<secret>', 'name of the Secret')
    .requiredOption('--namespace <namespace>', 'its namespace')
    .action(async (name: string, options: { readonly namespace: string }) =>
      (await import('./create-sealing-keys.js')).createSealingKeys(name, options),
    );
  nublado
    .command('register-search-attributes')
    .description('Register the search attributes of labs in the Temporal namespace; repeatable')
    .action(async () => (await import('./register-search-attributes.js')).registerSearchAttributes());
  addInitContainerCommands(nublado);
  addWebdavCommand(nublado);
  return nublado;
}

function service(nublado: Command, name: string, description: string, names: readonly ServiceName[]) {
  return nublado
    .command(name)
    .description(description)
    .option(...CONFIG)
    .option(...OPS)
    .action(async (options: ServiceOptions) => {
      (await import('../process/small-heap.js')).restartWithSmallHeap();
      await (await import('./services.js')).startServices(names, options);
    });
}

program()
  .parseAsync()
  .catch(async (error: unknown) => {
    const { ConfigError } = await import('../config/diagnostics.js');
    const isExpected = error instanceof ConfigError;
    if (isExpected) console.error(error.report());
    else console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
