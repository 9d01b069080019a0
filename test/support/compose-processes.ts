import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Child, startChild, waitFor } from '../../stack/child';
import { CHECKOUT } from '../../stack/paths';
import { type ComposeService, composeService } from './compose';

const run = promisify(execFile);

/** For what never gets healthy; not a measure of how long anything may take. */
const HEALTH_LIMIT_MS = 240_000;

/** What stands for a host of the compose file on this machine. */
export interface Hosts {
  /** Addresses by the names that services call each other by, and that of the node for its pods. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Texts of the compose file that mean something else here, longest first. */
  readonly texts: readonly (readonly [string, string])[];
}

/** Services of the compose file as processes of this machine: hosts are loopback addresses, mounts are links. */
export interface ComposeProcesses {
  /** Variables of every process: where programs are. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a service that ends. @throws Error with its output if it fails. */
  run(name: string, environment?: Readonly<Record<string, string>>): Promise<string>;
  start(name: string, environment?: Readonly<Record<string, string>>): Child;
  /** Waits until the health check of a service, run as it is, succeeds. @throws Error if the process ends, or after 4 minutes. */
  untilHealthy(name: string, child: Child): Promise<void>;
  /** The folder of a volume. */
  volume(name: string): string;
  /** Where a service sees a path below one of its mounts. */
  inside(name: string, path: string): string;
  /** A text as it is meant for a service of that name. */
  translated(name: string, text: string): string;
}

interface Setup {
  readonly directory: string;
  /** Commands by the names that they have in images. */
  readonly programs: Readonly<Record<string, string>>;
  readonly hosts: Hosts;
}

const sourceAndTarget = (volume: string): string[] => volume.split(':').slice(0, 2);

/** Folders that images have, of which a mount is only a part. */
const OF_IMAGES =
  /^\/(?:$|(?:etc|run|srv|var|docker-entrypoint-initdb\.d)(?:$|\/(?:nublado|jupyterhub|temporal|run)$))/;

/** Prepares a folder in which services of the compose file run. */
export function composeProcesses({ directory, programs, hosts }: Setup): ComposeProcesses {
  const bin = join(directory, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, command] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${command} "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const environment = { PATH: `${bin}:${process.env['PATH']}`, HOME: directory };

  function volume(name: string): string {
    const folder = join(directory, 'volumes', name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Links what is mounted into a folder that stands for the service's root. */
  function rootOf(name: string, { volumes }: ComposeService): string {
    const root = join(directory, 'roots', name);
    for (const [source = '', target = ''] of volumes.map(sourceAndTarget)) {
      const link = join(root, target);
      mkdirSync(dirname(link), { recursive: true });
      try {
        symlinkSync(/^\w/.test(source) ? volume(source) : join(CHECKOUT, source), link);
      } catch (error) {
        if (Object(error).code !== 'EEXIST') throw error;
      }
    }
    return root;
  }

  function translated(name: string, text: string): string {
    const service = composeService(name);
    const root = rootOf(name, service);
    const targets = service.volumes.map((one) => sourceAndTarget(one)[1] ?? '');
    const paths = new Set([...targets, ...targets.map(dirname).filter((path) => !OF_IMAGES.test(path))]);
    const own = hosts.addresses[service.network_mode?.replace('service:', '') ?? name] ?? '';
    let result = text.replaceAll(/(?<!\d)(?:0\.0\.0\.0|127\.0\.0\.1)(?![\d.])/g, own);
    for (const [from, to] of hosts.texts) result = result.replaceAll(from, to);
    for (const path of [...paths].toSorted((a, b) => b.length - a.length))
      result = result.replaceAll(new RegExp(`(?<![\\w./-])${path}(?![\\w-])`, 'g'), `${root}${path}`);
    for (const [host, address] of Object.entries(hosts.addresses))
      result = result.replaceAll(
        new RegExp(`\\b${host.replaceAll('.', '\\.')}(?=:\\d)|^${host}$`, 'g'),
        address,
      );
    return result;
  }

  function plan(name: string): { command: string; args: string[]; env: Record<string, string> } {
    const service = composeService(name);
    const [command = '', ...args] = [...service.entrypoint, ...service.command].map((one) =>
      translated(name, one),
    );
    // Names of users and databases are those of hosts, too.
    const variables = Object.entries(service.environment).map(([key, value]) => [
      key,
      key.endsWith('USER') ? value : translated(name, value),
    ]);
    // What is built here has its program as the image's entry point.
    const isOwn = service.entrypoint.length === 0 && service.image.startsWith('nublado-temporal');
    return {
      command: isOwn ? 'nublado' : command,
      args: isOwn ? [command, ...args] : args,
      env: { ...environment, ...Object.fromEntries(variables) },
    };
  }

  return {
    environment,
    async run(name, further = {}) {
      const { command, args, env } = plan(name);
      const { stdout } = await run(command, args, { env: { ...env, ...further }, cwd: directory }).catch(
        (error: unknown) => {
          const { stdout = '', stderr = '' } = Object(error);
          throw new Error(`${name} has failed: ${stdout}${stderr}`);
        },
      );
      return stdout;
    },
    start(name, further = {}) {
      const { command, args, env } = plan(name);
      const place = { directory, logFile: join(directory, `${name}.log`) };
      return startChild({ name, command, args, environment: { ...env, ...further } }, place);
    },
    async untilHealthy(name, child) {
      const [, command = '', ...args] = composeService(name).healthcheck?.test ?? [];
      const words = args.map((one) => translated(name, one));
      const check = () => run(command, words, { env: environment, cwd: directory }).then(() => true);
      const [url] = /http:\/\/[\w.:/-]+/.exec(words.join(' ')) ?? [];
      // Starting a program again and again would slow down what it waits for.
      const answers = url === undefined ? check : async () => (await fetch(url)).ok;
      await waitFor(`health of ${name}`, [child], answers, HEALTH_LIMIT_MS);
      await check();
    },
    volume,
    inside: (name, path) => join(rootOf(name, composeService(name)), path),
    translated,
  };
}

/** Reads a file that is mounted into a service, as it is meant for that service. */
export function mountedText(processes: ComposeProcesses, name: string, path: string): string {
  return processes.translated(name, readFileSync(processes.inside(name, path), 'utf8'));
}
