import { z } from 'zod';
import type { Config } from '../../../config/config';
import { toKubernetesError } from '../../../kubernetes/errors';
import type { Http } from '../../../kubernetes/http';
import { readObject } from '../../../kubernetes/objects';
import { objectPath } from '../../../kubernetes/paths';
import { coreReference } from '../../../kubernetes/references';
import { type Check, type Finding, failed, ok, skipped } from '../check';
import { namedSecrets } from '../required-access';

const keysOf = z.object({ data: z.record(z.string(), z.unknown()).optional() });

/** The keys of Secrets that were found, by their names. */
type FoundSecrets = ReadonlyMap<string, ReadonlySet<string>>;

/** Judges whether the Secrets that labs are given are there, with their keys. */
export function judgeSecrets({ lab }: Pick<Config, 'lab'>, found: FoundSecrets, namespace: string): Finding {
  const absent = namedSecrets({ lab }).filter((name) => !found.has(name));
  const keys = lab.secrets
    .filter(({ secretName, secretKey }) => found.get(secretName)?.has(secretKey) === false)
    .map(({ secretName, secretKey }) => `${secretName} has no key ${secretKey}`);
  const problems = [...absent.map((name) => `there is no Secret ${name}`), ...keys];
  if (problems.length === 0) return ok([...found.keys()].join(', '));
  return failed(
    `${problems.join('; ')}; no lab can be made without`,
    `Create them in namespace ${namespace}, or correct lab.secrets and lab.pullSecret.`,
  );
}

async function readKeys(http: Http, namespace: string, name: string): Promise<ReadonlySet<string> | null> {
  const path = objectPath(coreReference('Secret', { namespace, name }));
  try {
    const { data = {} } = keysOf.parse(await readObject(http, path));
    return new Set(Object.keys(data));
  } catch (error) {
    if (toKubernetesError(error)?.code === 404) return null;
    throw error;
  }
}

/** The Secrets that labs are given are in the controller's namespace. */
export const labSecrets: Check = {
  name: 'lab-secrets',
  parts: ['worker', 'all'],
  needs: 'permissions',
  remedy: 'Grant the account `get` on these Secrets, as the roles of the chart do.',
  async ask({ config, kubernetes, metadata }) {
    const names = namedSecrets(config);
    if (names.length === 0) return skipped('labs are given none');
    const http = kubernetes();
    const found = await Promise.all(
      names.map(async (name) => [name, await readKeys(http, metadata.namespace, name)] as const),
    );
    const there = found.flatMap(([name, keys]) => (keys === null ? [] : [[name, keys] as const]));
    return judgeSecrets(config, new Map(there), metadata.namespace);
  },
};
