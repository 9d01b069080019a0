import type { Delegation } from './directory';

/** Authentication that the ingress requires for a path, and the headers that it adds. */
export type Access =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'scope';
      readonly scope: string;
      readonly delegate: Delegation | null;
      /** Whether browsers without a session are redirected to the login page. */
      readonly hasLogin: boolean;
    };

const scope = (name: string, delegate: Delegation | null = null, hasLogin = false): Access => ({
  kind: 'scope',
  scope: name,
  delegate,
  hasLogin,
});

/** The ingress rules of a standard deployment; the first match applies. */
const RULES: readonly (readonly [RegExp, Access])[] = [
  // The documentation page loads its scripts and styles from below its own path.
  [/^\/nublado\/(openapi\.json|docs(\/.*)?|redoc)$/, { kind: 'anonymous' }],
  [/^\/nublado\/spawner\/v1\/labs\/[^/]+\/(create|events)$/, scope('exec:notebook', 'notebook')],
  [/^\/nublado\/spawner\/v1\/lab-form\/./, scope('exec:notebook', 'notebook')],
  [/^\/nublado\/spawner\/v1\/user-(status|history)$/, scope('exec:notebook', 'notebook')],
  [/^\/nublado\/fileserver\/v1\/user-status$/, scope('exec:notebook', 'notebook')],
  [/^\/nublado\/spawner\/v1\/labs(\/[^/]+)?$/, scope('admin:jupyterlab')],
  [/^\/nublado(\/|$)/, scope('exec:admin')],
  [/^\/nb(\/|$)/, scope('exec:notebook', 'notebook', true)],
  [/^\/files(\/|$)/, scope('write:files', 'internal', true)],
];

/** The rule for a path without its query; undefined for paths outside of the deployment. */
export function accessTo(path: string): Access | undefined {
  return RULES.find(([pattern]) => pattern.test(path))?.[1];
}
