import type { Delegation } from './directory';

/** What the ingress demands for a path, and what it hands on. */
export type Access =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'scope';
      readonly scope: string;
      readonly delegate: Delegation | null;
      /** Whether people without a session are sent to log in. */
      readonly hasLogin: boolean;
    };

const scope = (name: string, delegate: Delegation | null = null, hasLogin = false): Access => ({
  kind: 'scope',
  scope: name,
  delegate,
  hasLogin,
});

/** The ingress rules of a standard deployment, the first match counts. */
const RULES: readonly (readonly [RegExp, Access])[] = [
  // The documentation page loads its scripts and styles from below its own path.
  [/^\/nublado\/(openapi\.json|docs(\/.*)?|redoc)$/, { kind: 'anonymous' }],
  [/^\/nublado\/spawner\/v1\/labs\/[^/]+\/(create|events)$/, scope('exec:notebook', 'notebook')],
  [/^\/nublado\/spawner\/v1\/lab-form\/./, scope('exec:notebook', 'notebook')],
  [/^\/nublado\/spawner\/v1\/user-(status|history)$/, scope('exec:notebook', 'notebook')],
  [/^\/nublado\/spawner\/v1\/labs(\/[^/]+)?$/, scope('admin:jupyterlab')],
  [/^\/nublado(\/|$)/, scope('exec:admin')],
  [/^\/nb(\/|$)/, scope('exec:notebook', 'notebook', true)],
  [/^\/files(\/|$)/, scope('write:files', 'internal')],
];

/** The rule for a path without its query; paths outside the deployment have none. */
export function accessTo(path: string): Access | undefined {
  return RULES.find(([pattern]) => pattern.test(path))?.[1];
}
