import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Config } from '../../config/config';
import type { Access } from '../../kubernetes/questions';
import { copiedSecretNames } from '../../objects/lab/secrets';
import type { Subject } from './check';

/** The files of which the Helm chart makes its roles; the image has them too. */
const RULES = join(__dirname, '../../../helm/files');

/** A file of rules, and the namespace where they are granted; null for all. */
export interface RuleFile {
  readonly file: string;
  readonly namespace: string | null;
}

/** The files of rules that the chart grants to a part. */
export function ruleFiles({
  part,
  config,
  metadata,
}: Pick<Subject, 'part' | 'config' | 'metadata'>): RuleFile[] {
  if (part === 'api') return [];
  if (part === 'watcher') return [{ file: 'watcher-rules.yaml', namespace: null }];
  const { fileserver } = config;
  const ofFileServers = fileserver.enabled
    ? ['file-server-rules.yaml', `file-server-${fileserver.ingress.type.toLowerCase()}-rules.yaml`]
    : [];
  return [
    { file: 'controller-rules.yaml', namespace: null },
    { file: 'controller-namespace-rules.yaml', namespace: metadata.namespace },
    ...ofFileServers.map((file) => ({ file, namespace: fileserver.enabled ? fileserver.namespace : null })),
  ];
}

const rules = z.array(
  z.object({
    apiGroups: z.array(z.string()),
    resources: z.array(z.string()),
    verbs: z.array(z.string()),
    resourceNames: z.array(z.string()).optional(),
  }),
);

/** The permissions in the text of a file of rules, but to read Secrets, which is asked for by name. */
export function accessIn(text: string, namespace: string | null): Access[] {
  return rules
    .parse(parse(text))
    .flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs
            .filter((verb) => !(group === '' && resource === 'secrets' && verb === 'get'))
            .flatMap((verb) =>
              (resourceNames ?? [null]).map((name) => ({ verb, group, resource, namespace, name })),
            ),
        ),
      ),
    );
}

/** The Secrets of the controller's namespace that the configuration names, sorted. */
export function namedSecrets({ lab }: Pick<Config, 'lab'>): string[] {
  const { pullSecret } = lab;
  return [...new Set([...copiedSecretNames(lab), ...(pullSecret === null ? [] : [pullSecret])])].toSorted();
}

/**
 * The permissions that a part needs, each once: those in files of rules, and to read the Secrets that the configuration names.
 *
 * @throws Error for a file that cannot be read.
 */
export async function requiredAccess(
  subject: Pick<Subject, 'part' | 'config' | 'metadata'>,
): Promise<Access[]> {
  const ofRules = await Promise.all(
    ruleFiles(subject).map(async ({ file, namespace }) =>
      accessIn(await readFile(join(RULES, file), 'utf8'), namespace),
    ),
  );
  const { namespace } = subject.metadata;
  const isCreator = subject.part === 'worker' || subject.part === 'all';
  const ofSecrets = (isCreator ? namedSecrets(subject.config) : []).map((name) => ({
    verb: 'get',
    group: '',
    resource: 'secrets',
    namespace,
    name,
  }));
  const unique = new Map(
    [...ofRules.flat(), ...ofSecrets].map((access) => {
      const { verb, group, resource, name } = access;
      return [JSON.stringify([verb, group, resource, access.namespace, name]), access] as const;
    }),
  );
  return [...unique.values()];
}
