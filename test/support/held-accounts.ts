import { randomBytes } from 'node:crypto';
import { CHART, type Chart, type Manifest, theChart } from './chart';
import { eventually } from './eventually';

/*
 * Service accounts with what the chart gives them: rights, and for the workers' the admission policies. All is in a namespace
 * of its own, since policies hold for accounts of the whole cluster.
 */

/** What becomes of a request: an admission policy refuses it, or the account has no permission. */
export type Outcome = 'allowed' | 'refused' | 'no permission';

/** What one attempt has led to; `message` is what kubectl has said, `policy` the one that has refused it. */
export interface Attempted {
  readonly outcome: Outcome;
  readonly policy: string | null;
  readonly message: string;
}

const MADE = /^(?:ServiceAccount|(?:Cluster)?Role(?:Binding)?|ValidatingAdmissionPolicy(?:Binding)?)$/;
const POLICIES = ['namespaces', 'objects', 'pods', 'claims'] as const;

/** Reads what kubectl has said. @throws Error for any other failure than a refusal. */
function attempted({ output, errors }: { readonly output: string; readonly errors: string }): Attempted {
  const policy = /ValidatingAdmissionPolicy '([^']+)'/.exec(errors)?.[1] ?? null;
  if (policy !== null) return { outcome: 'refused', policy, message: errors };
  if (/forbidden: User .* cannot /is.test(errors))
    return { outcome: 'no permission', policy, message: errors };
  if (/^error/im.test(errors) || (output === '' && errors !== '')) throw new Error(errors);
  return { outcome: 'allowed', policy, message: output };
}

/** The accounts of one test file. */
export class HeldAccounts {
  private readonly tokens = new Map<string, string>();
  private readonly applied: Manifest[] = [];

  private constructor(
    readonly chart: Chart,
    /** The namespace of the releases. */
    readonly namespace: string,
    /** The namespace of file servers. */
    readonly files: string,
    /** What namespaces of labs begin with. */
    readonly prefix: string,
  ) {}

  static async create(): Promise<HeldAccounts> {
    const namespace = `held-${randomBytes(4).toString('hex')}`;
    const chart = await theChart(CHART, namespace);
    const accounts = new HeldAccounts(chart, namespace, `${namespace}-files`, `${namespace}-lab`);
    chart.apply([accounts.namespaceObject(namespace), accounts.namespaceObject(accounts.files)]);
    await Promise.all([namespace, accounts.files].map((name) => accounts.untilUsable(name)));
    return accounts;
  }

  private namespaceObject(name: string) {
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  }

  /** The accounts, roles, policies and bindings of the chart with values. */
  rendered(values: object): Manifest[] {
    return this.chart.objects(values).filter(({ kind }) => MADE.test(kind));
  }

  /** Makes them. */
  apply(manifests: readonly Manifest[]): void {
    this.applied.push(...manifests);
    this.chart.apply(manifests);
  }

  /** Completes once each policy of a workers' account refuses what it has to. */
  async untilHeld(account: string): Promise<void> {
    const { namespace } = this;
    const labels = (category: string) => ({ 'nublado.lsst.io/category': category });
    const own = (category: string) => ({ name: 'canary', namespace, labels: labels(category) });
    const container = { name: 'canary', image: 'canary' };
    const canaries: Readonly<Record<(typeof POLICIES)[number], object>> = {
      namespaces: this.namespaceObject('canary'),
      objects: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'canary', namespace: 'default' } },
      pods: { apiVersion: 'v1', kind: 'Pod', metadata: own('prepuller'), spec: { containers: [container] } },
      claims: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: own('fsadmin'),
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'canary',
          resources: { requests: { storage: '1Gi' } },
        },
      },
    };
    for (const policy of POLICIES) {
      await eventually(
        async () => this.tryCreate(account, [canaries[policy]]),
        (result) => result.policy === `${namespace}-${account}-${policy}`,
      );
    }
  }

  /** Completes once pods can be created in a namespace. */
  async untilUsable(namespace: string): Promise<void> {
    await eventually(
      async () => this.chart.kubectl(['get', 'serviceaccount', 'default', '--namespace', namespace]),
      ({ output }) => output.includes('default'),
    );
  }

  /** Asks, with the token of an account, whether objects would be created. */
  async tryCreate(account: string, manifests: readonly object[]): Promise<Attempted> {
    return this.send(account, ['create', '--dry-run=server'], manifests);
  }

  /** Creates objects with the token of an account. */
  async create(account: string, manifests: readonly object[]): Promise<Attempted> {
    return this.send(account, ['create'], manifests);
  }

  /** Asks, with the token of an account, whether an object would be deleted. */
  async tryDelete(account: string, kind: string, name: string, namespace?: string): Promise<Attempted> {
    const place = namespace === undefined ? [] : ['--namespace', namespace];
    return this.run(account, ['delete', kind, name, ...place, '--dry-run=server', '--wait=false']);
  }

  /** Runs kubectl with the token of an account. */
  async run(account: string, args: readonly string[], input?: string): Promise<Attempted> {
    const { output, errors } = this.chart.kubectl([...args, '--token', this.tokenOf(account)], input);
    return attempted({ output, errors });
  }

  private async send(
    account: string,
    words: readonly string[],
    items: readonly object[],
  ): Promise<Attempted> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const args = [...words, '--validate=false', '--filename=-', '--output=name'];
    return eventually(
      async () => {
        const { output, errors } = this.chart.kubectl([...args, '--token', this.tokenOf(account)], list);
        // A new namespace has its default service account a moment later for the admission of pods.
        return /error looking up service account/.test(errors) ? null : attempted({ output, errors });
      },
      (result) => result !== null,
    ) as Promise<Attempted>;
  }

  private tokenOf(account: string): string {
    const known = this.tokens.get(account);
    if (known !== undefined) return known;
    const { output, errors } = this.chart.kubectl([
      'create',
      'token',
      account,
      '--namespace',
      this.namespace,
    ]);
    if (errors !== '') throw new Error(errors);
    const token = output.trim();
    this.tokens.set(account, token);
    return token;
  }

  /** Removes everything, and these namespaces of labs. */
  remove(labs: readonly string[] = []): void {
    const items = [
      ...this.applied,
      ...labs.map((name) => this.namespaceObject(name)),
      this.namespaceObject(this.files),
    ];
    const list = { apiVersion: 'v1', kind: 'List', items: [...items, this.namespaceObject(this.namespace)] };
    const args = ['delete', '--filename=-', '--ignore-not-found', '--wait=false'];
    this.chart.kubectl(args, JSON.stringify(list));
  }
}
