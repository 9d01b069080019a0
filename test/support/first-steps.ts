import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from './chart';

/** A request that a command with curl makes. */
export interface CurlRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The commands of the first steps in docs/installation.md, as words. */
export interface FirstSteps {
  /** `helm install …`, without `helm`. */
  readonly helm: readonly string[];
  /** `kubectl port-forward …`, without `kubectl`. */
  readonly kubectl: readonly string[];
  readonly curl: CurlRequest;
  /** The image that is built beforehand. */
  readonly image: string;
}

/** Functions in place of the programs: each prints its words as a line of JSON. */
const PROGRAMS = ['helm', 'kubectl', 'curl']
  .map((name) => `${name}() { "$NODE" -p 'JSON.stringify(process.argv.slice(1))' -- ${name} "$@"; }`)
  .join('\n');

/** Reads the commands as a shell does. */
export function firstSteps(): FirstSteps {
  const page = readFileSync(join(ROOT, 'docs/installation.md'), 'utf8');
  const [, section = ''] = /^## First steps\n(.*?)^## /ms.exec(page) ?? [];
  const [, script = ''] = /^```sh\n(.*?)^```$/ms.exec(section) ?? [];
  const [, image = ''] = /minikube image build --tag (\S+) \./.exec(section) ?? [];
  // In turn, since what runs in the background prints whenever it likes.
  const commands = `${PROGRAMS}\n${script.replaceAll(/ &$/gm, '')}`;
  const { stdout, stderr } = spawnSync('sh', ['-c', commands], {
    encoding: 'utf8',
    env: { NODE: process.execPath },
  });
  expect(stderr).toBe('');
  const words = stdout
    .trim()
    .split('\n')
    .map((line) => z.array(z.string()).parse(JSON.parse(line)));
  expect(words.map(([program]) => program)).toEqual(['helm', 'kubectl', 'curl']);
  const [helm = [], kubectl = [], curl = []] = words.map(([, ...rest]) => rest);
  return { helm, kubectl, curl: requestOf(curl), image };
}

function requestOf([url = '', ...options]: readonly string[]): CurlRequest {
  const headers: Record<string, string> = {};
  let body = '';
  for (let index = 0; index < options.length; index += 2) {
    const value = options[index + 1] ?? '';
    const [name = '', content = ''] = value.split(/: (.*)/s);
    if (options[index] === '-H') headers[name] = content;
    else if (options[index] === '-d') body = value;
    else throw new Error(`the page has option ${options[index]} of curl, which is not known here`);
  }
  return { url, headers, body };
}
