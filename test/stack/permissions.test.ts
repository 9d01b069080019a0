import { allPermissions, type Permission } from '../../scripts/permissions/rules';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { coreApi } from '../support/core-api';
import { LimitedAccounts } from '../support/limited-accounts';
import { clusterUses } from '../support/permission-uses/cluster';
import { fileServerUses } from '../support/permission-uses/file-servers';
import { fsadminUses } from '../support/permission-uses/fsadmin';
import { hubUses } from '../support/permission-uses/hub';
import { labUses, prepareSecrets, SECRET_NAMES } from '../support/permission-uses/labs';
import type { Uses } from '../support/permission-uses/uses';
import { theStack } from '../support/stack';

/*
 * Every permission of the chart is needed: with all of them the product does what each is for, and without it that is
 * refused. That none is missing is shown by all tests whose processes run with these rules.
 */

const PERMISSIONS = allPermissions();

const accounts = new LimitedAccounts(SECRET_NAMES);
const namespacesOfLabs: string[] = [];

let admin: KubernetesClient;
let uses: Uses;

beforeAll(async () => {
  const kubeconfig = theStack().kubernetes.adminKubeconfig;
  admin = createKubernetesClient({ kubeconfig, requestTimeoutMs: 10_000 });
  const surroundings = { places: accounts.places, admin };
  await accounts.prepare();
  await prepareSecrets(surroundings);
  uses = {
    ...labUses(surroundings, namespacesOfLabs),
    ...fileServerUses(surroundings),
    ...fsadminUses(surroundings),
    ...clusterUses(surroundings),
    ...hubUses(surroundings),
  };
});

afterAll(async () => {
  const core = coreApi(theStack().kubernetes.adminKubeconfig);
  for (const name of namespacesOfLabs) await core.deleteNamespace({ name }).catch(() => undefined);
  await admin.close();
  await accounts.remove();
});

const textOf = ({ file, resource, verb }: Permission): string => `${verb} ${resource} (${file})`;

/** Uses that have been tried with all permissions. */
const working = new Map<string, Promise<void>>();

/** Tries a use with all permissions, unless it was tried already. */
function works({ call, file, verb }: Permission, use: () => Promise<void>): Promise<void> {
  const key = [call, file, verb].join();
  const tried = working.get(key) ?? use();
  working.set(key, tried);
  return tried;
}

test('every permission is for a use that is tried, and every use needs one', () => {
  expect(new Set(PERMISSIONS.map(({ call }) => call))).toEqual(new Set(Object.keys(uses)));
  expect(new Set(PERMISSIONS.map(textOf)).size).toBe(PERMISSIONS.length);
});

test.each(PERMISSIONS.map((permission) => ({ ...permission, text: textOf(permission) })))(
  '$call needs: $text',
  async (permission) => {
    const use = uses[permission.call];
    if (!use) throw new Error(`there is no use ${permission.call}`);
    const [whole, limited] = await Promise.all([accounts.withAll(permission), accounts.without(permission)]);

    await works(permission, () => use(whole, permission));
    const failure = await use(limited, permission).then(
      () => null,
      (error: unknown) => error,
    );

    expect(failure).toMatchObject({ type: 'KubernetesForbidden' });
    const refused = limited.answers.filter((answer) => answer.startsWith('403'));
    expect(refused[0]).toBe(`403 ${permission.verb} ${permission.resource}`);
  },
);
