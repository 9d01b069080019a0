import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isScalar, parseDocument } from 'yaml';
import { z } from 'zod';

const FILES = join(__dirname, '../../helm/files');

/** One verb on one resource, which the chart grants to an account, and what the product needs it for. */
export interface Permission {
  readonly file: RuleFile;
  readonly apiGroup: string;
  readonly resource: string;
  /** Names of the only objects that it is for; empty for all. */
  readonly resourceNames: readonly string[];
  readonly verb: string;
  /** Function, activity or command of the product that does not work without it. */
  readonly call: string;
  readonly reason: string;
}

/** What a file of rules is for. */
interface Grant {
  readonly account: 'worker' | 'watcher' | 'hub' | 'sealing-keys';
  readonly title: string;
}

/** The files of rules in `helm/files`: who gets their rules, and where. */
export const RULE_FILES = {
  'controller-rules.yaml': { account: 'worker', title: 'Workers, in every namespace' },
  'controller-namespace-rules.yaml': { account: 'worker', title: 'Workers, in the controller’s namespace' },
  'lab-secrets-rules.yaml': {
    account: 'worker',
    title: 'Workers, Secrets of the controller’s namespace that the configuration mentions',
  },
  'file-server-rules.yaml': { account: 'worker', title: 'Workers, in the namespace of file servers' },
  'file-server-gafaelfawr-rules.yaml': {
    account: 'worker',
    title: 'There besides, with `fileserver.ingress.type: gafaelfawr`',
  },
  'file-server-ingress-rules.yaml': { account: 'worker', title: 'With `type: ingress` instead' },
  'file-server-httproute-rules.yaml': { account: 'worker', title: 'With `type: httpRoute` instead' },
  'watcher-rules.yaml': { account: 'watcher', title: 'Watchers, in every namespace, with `mode: separate`' },
  'hub-standby-rules.yaml': {
    account: 'hub',
    title: 'A hub with a standby, in its namespace, with `hubStandby.serviceAccount`',
  },
  'sealing-keys-rules.yaml': {
    account: 'sealing-keys',
    title: 'The hook for sealing keys, in the release’s namespace',
  },
} as const satisfies Readonly<Record<string, Grant>>;

export type RuleFile = keyof typeof RULE_FILES;

const rules = z.array(
  z.strictObject({
    apiGroups: z.tuple([z.string()]),
    resources: z.tuple([z.string()]),
    resourceNames: z.array(z.string()).default([]),
    verbs: z.array(z.string()).min(1),
  }),
);

/** A rule of a role. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * The permissions of a file of rules, in its order.
 *
 * @throws Error unless every rule has one API group and one resource, and every verb its `# <call>: <reason>`.
 */
export function permissionsIn(file: RuleFile): Permission[] {
  const document = parseDocument(readFileSync(join(FILES, file), 'utf8'));
  return rules.parse(document.toJS()).flatMap(({ apiGroups, resources, resourceNames, verbs }, rule) =>
    verbs.map((verb, index) => {
      const node = document.getIn([rule, 'verbs', index], true);
      const comment = isScalar(node) ? node.comment : null;
      const [, call, reason] = /^ ([-\w]+): (.+)$/.exec(comment ?? '') ?? [];
      if (!call || !reason) throw new Error(`${file}: ${verb} ${resources[0]} has no reason`);
      return { file, apiGroup: apiGroups[0], resource: resources[0], resourceNames, verb, call, reason };
    }),
  );
}

/** All permissions of all files. */
export const allPermissions = (): Permission[] =>
  (Object.keys(RULE_FILES) as RuleFile[]).flatMap(permissionsIn);

/** The rule of a role for one permission. */
export function ruleOf({ apiGroup, resource, resourceNames, verb }: Permission): Rule {
  const names = resourceNames.length > 0 ? { resourceNames } : {};
  return { apiGroups: [apiGroup], resources: [resource], ...names, verbs: [verb] };
}
