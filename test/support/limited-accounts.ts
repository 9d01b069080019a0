import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import {
  type Permission,
  permissionsIn,
  RULE_FILES,
  type RuleFile,
  ruleOf,
} from '../../scripts/permissions/rules';
import type { FileServerRouting } from '../../src/domain/file-server';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import { withKubeconfig } from '../kubernetes/cluster';
import { eventually } from './eventually';
import { theStack } from './stack';

/*
 * Service accounts that have the rules of the chart's files in namespaces of their own: all of them, or all but one
 * permission.
 */

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const RBAC_GROUP = 'rbac.authorization.k8s.io';
const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

/** Where the rules are granted. */
export interface Places {
  /** The namespace of controller and hub. */
  readonly own: string;
  /** The namespaces of file servers, by what makes them reachable. */
  readonly files: Readonly<Record<FileServerRouting, string>>;
}

/** What one account may do, for use by the product. */
export interface LimitedAccount {
  readonly kubernetes: KubernetesClient;
  readonly token: string;
  /** Requests that the API server has answered, each as `<status> <verb> <resource>`. */
  readonly answers: string[];
}

/** The namespaces in which a file's rules are granted; null for all. */
function placesOf(file: RuleFile, { own, files }: Places): readonly (string | null)[] {
  switch (file) {
    case 'controller-rules.yaml':
    case 'watcher-rules.yaml':
      return [null];
    case 'file-server-rules.yaml':
      return Object.values(files);
    case 'file-server-gafaelfawr-rules.yaml':
      return [files.gafaelfawr];
    case 'file-server-ingress-rules.yaml':
      return [files.ingress];
    case 'file-server-httproute-rules.yaml':
      return [files.httpRoute];
    case 'controller-namespace-rules.yaml':
    case 'lab-secrets-rules.yaml':
    case 'hub-standby-rules.yaml':
    case 'sealing-keys-rules.yaml':
      return [own];
  }
}

const roleName = (of: string, file: RuleFile): string => `${of}-${file.replace('.yaml', '')}`;

const isSame = (one: Permission, other: Permission): boolean =>
  one.verb === other.verb && one.resource === other.resource;

const tokenRequest = z.object({ status: z.object({ token: z.string() }) });
const review = z.object({ status: z.object({ allowed: z.boolean().default(false) }) });

/** The accounts of one test file. */
export class LimitedAccounts {
  private readonly admin: KubernetesApi = kubernetesApi(theStack().kubernetes.adminKubeconfig);
  private readonly run = `permissions-${randomBytes(4).toString('hex')}`;
  private readonly clients: KubernetesClient[] = [];
  private readonly whole = new Map<string, Promise<LimitedAccount>>();
  private serial = 0;

  readonly places: Places = {
    own: this.run,
    files: {
      gafaelfawr: `${this.run}-gafaelfawr`,
      ingress: `${this.run}-ingress`,
      httpRoute: `${this.run}-route`,
    },
  };

  /** @param labSecrets what the chart puts into `resourceNames` of the rule for Secrets */
  constructor(private readonly labSecrets: readonly string[]) {}

  /** Makes the namespaces, and the roles with all rules. */
  async prepare(): Promise<void> {
    const { own, files } = this.places;
    await Promise.all(
      [own, ...Object.values(files)].map((name) =>
        this.admin.apply(`/api/v1/namespaces/${name}`, {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name },
        }),
      ),
    );
    for (const file of Object.keys(RULE_FILES) as RuleFile[]) {
      await this.makeRoles(roleName('all', file), file, this.permissionsOf(file));
    }
  }

  /** The account that has all rules of the files for an account of the chart. */
  withAll(account: Permission): Promise<LimitedAccount> {
    const { account: name } = RULE_FILES[account.file];
    const known = this.whole.get(name) ?? this.create(name, null);
    this.whole.set(name, known);
    return known;
  }

  /** A new account that has all of them but one permission. */
  without(permission: Permission): Promise<LimitedAccount> {
    return this.create(RULE_FILES[permission.file].account, permission);
  }

  /** Removes everything. */
  async remove(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    const selector = `labelSelector=${encodeURIComponent(`run=${this.run}`)}`;
    await this.admin.send('DELETE', `${RBAC}/clusterrolebindings?${selector}`);
    await this.admin.send('DELETE', `${RBAC}/clusterroles?${selector}`);
    const { own, files } = this.places;
    for (const name of [own, ...Object.values(files)]) {
      await this.admin.send('DELETE', `/api/v1/namespaces/${name}`);
    }
    this.admin.close();
  }

  private async create(of: string, without: Permission | null): Promise<LimitedAccount> {
    const name = `account-${(this.serial += 1)}`;
    const accounts = `/api/v1/namespaces/${this.run}/serviceaccounts`;
    const metadata = { name };
    await this.admin.apply(`${accounts}/${name}`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    const granted = (Object.keys(RULE_FILES) as RuleFile[]).filter((file) => RULE_FILES[file].account === of);
    await Promise.all(granted.map((file) => this.grant(name, file, without?.file === file ? without : null)));
    const { body } = await this.admin.send('POST', `${accounts}/${name}/token`, { spec: {} });
    const { token } = tokenRequest.parse(body).status;
    const answers: string[] = [];
    const kubernetes = await withKubeconfig(
      theStack().kubernetes.adminKubeconfig,
      { user: { token } },
      async (kubeconfig) =>
        createKubernetesClient({
          kubeconfig,
          requestTimeoutMs: 10_000,
          onRequest: ({ resource, status, verb }) => void answers.push(`${status} ${verb} ${resource}`),
        }),
    );
    this.clients.push(kubernetes);
    return { kubernetes, token, answers };
  }

  /** The permissions of a file as the chart renders them. */
  private permissionsOf(file: RuleFile): readonly Permission[] {
    const permissions = permissionsIn(file);
    if (file !== 'lab-secrets-rules.yaml') return permissions;
    return permissions.map((each) => ({ ...each, resourceNames: this.labSecrets }));
  }

  /** Grants the rules of a file but for one permission, and waits until they are in force. */
  private async grant(account: string, file: RuleFile, without: Permission | null): Promise<void> {
    const permissions = this.permissionsOf(file);
    const granted = without === null ? permissions : permissions.filter((each) => !isSame(each, without));
    const role = roleName(without === null ? 'all' : account, file);
    if (without !== null) await this.makeRoles(role, file, granted);
    await Promise.all(
      placesOf(file, this.places).map(async (namespace) => {
        await this.bind(account, role, namespace);
        const [first] = granted;
        if (first) await this.untilInForce(account, namespace, first);
      }),
    );
  }

  /** Makes a role in each place of a file. */
  private async makeRoles(name: string, file: RuleFile, permissions: readonly Permission[]): Promise<void> {
    const rules = permissions.map(ruleOf);
    for (const namespace of placesOf(file, this.places)) {
      const { kind, metadata, path } = this.objectOf(name, namespace);
      await this.admin.apply(path(kind), { apiVersion: `${RBAC_GROUP}/v1`, kind, metadata, rules });
    }
  }

  private async bind(account: string, role: string, namespace: string | null): Promise<void> {
    const { metadata: roleMetadata, kind: roleKind } = this.objectOf(role, namespace);
    const { metadata, path } = this.objectOf(`${account}-${role}`, namespace);
    const kind = `${roleKind}Binding`;
    await this.admin.apply(path(kind), {
      apiVersion: `${RBAC_GROUP}/v1`,
      kind,
      metadata,
      roleRef: { apiGroup: RBAC_GROUP, kind: roleKind, name: roleMetadata.name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: this.run }],
    });
  }

  /** Kind, metadata and path of a role or a binding; those without a namespace have names of their own. */
  private objectOf(of: string, namespace: string | null) {
    const kind = namespace === null ? 'ClusterRole' : 'Role';
    const name = `${this.run}-${of}`;
    const base = namespace === null ? RBAC : `${RBAC}/namespaces/${namespace}`;
    const path = (kindOfObject: string) => `${base}/${kindOfObject.toLowerCase()}s/${name}`;
    return { kind, metadata: { name, labels: { run: this.run } }, path };
  }

  private async untilInForce(account: string, namespace: string | null, permission: Permission) {
    const { apiGroup, resource, resourceNames, verb } = permission;
    const place = namespace === null ? {} : { namespace };
    const document = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: `system:serviceaccount:${this.run}:${account}`,
        resourceAttributes: { ...place, group: apiGroup, resource, verb, name: resourceNames[0] ?? '' },
      },
    };
    await eventually(
      async () => review.parse((await this.admin.send('POST', REVIEWS, document)).body).status.allowed,
      (isAllowed) => isAllowed,
    );
  }
}
