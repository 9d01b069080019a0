import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { buildComponents } from '../../stack/build';
import { type GoComponent, HELM } from '../../stack/components';
import { type HelmResult, theHelm, withFiles } from './helm';
import { theStack } from './stack';

export const ROOT = join(__dirname, '../..');
export const CHART = join(ROOT, 'helm');

/** Another one than the stack's own controller has, whose roles have the same names. */
export const NAMESPACE = 'default';

/** Helm of the stack does not know which Kubernetes it was built for. */
export const KUBERNETES = '1.36.3';

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

/** An object of a rendered chart. */
export type Manifest = z.infer<typeof manifestSchema>;

/** A file of the checkout as a YAML document. */
export const yamlFile = (path: string): unknown =>
  parse(readFileSync(join(ROOT, path), 'utf8'), { version: '1.1' });

/** Values as text that Helm reads as they are. */
export const valuesText = (values: object): string => stringify(values, { version: '1.1' });

/** The chart in the hands of Helm and of the stack's API server. */
export interface Chart {
  /** Renders the chart with values, as texts that are merged in their order. */
  readonly render: (...values: readonly string[]) => HelmResult;
  readonly lint: (...values: readonly string[]) => HelmResult;
  /** The objects of the chart with values, which are merged in their order. @throws Error with what Helm says against them. */
  readonly objects: (...values: readonly object[]) => Manifest[];
  /**
   * Asks the API server whether it would take objects, strictly. The names of those it would, and what it says against.
   * Service accounts of pods are made, since it looks for them.
   */
  readonly dryRun: (manifests: string, namespace?: string) => { names: string[]; errors: string };
  /** Runs kubectl as administrator. */
  readonly kubectl: (args: readonly string[], input?: string) => { output: string; errors: string };
  /** Creates or changes objects. @throws Error with what kubectl says against them. */
  readonly apply: (manifests: readonly object[]) => void;
}

/** The objects in the output of Helm. */
export function manifestsIn(output: string): Manifest[] {
  const documents = parseAllDocuments(output, { version: '1.1' });
  return documents
    .filter(({ contents }) => contents !== null)
    .map((document) => {
      expect(document.errors).toEqual([]);
      return manifestSchema.parse(document.toJS());
    });
}

const podSchema = z.looseObject({
  kind: z.literal('Pod'),
  metadata: z.looseObject({ namespace: z.string().default('default') }),
  spec: z.looseObject({ serviceAccountName: z.string().default('default') }),
});

/** The service accounts of pods among manifests or a list of these, without which the API server admits no pod. */
function accountsOfPods(manifests: string): object[] {
  const documents = parseAllDocuments(manifests, { version: '1.1' }).map((document) =>
    Object(document.toJS()),
  );
  const pods = documents
    .flatMap((document) => (document.kind === 'List' ? document.items : document))
    .flatMap((object) => podSchema.safeParse(object).data ?? []);
  const accounts = new Map(
    pods.map(({ metadata: { namespace }, spec: { serviceAccountName: name } }) => [
      `${namespace}/${name}`,
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    ]),
  );
  return [...accounts.values()];
}

/** The same by kind and name, for comparisons: the order is Helm's own. */
export function objectsByName(output: string): Record<string, Manifest> {
  const objects = manifestsIn(output);
  const named = objects.map((object) => {
    const { namespace = '', name } = object.metadata;
    return [`${object.kind} ${namespace}/${name}`, object] as const;
  });
  expect(new Set(named.map(([name]) => name)).size).toBe(objects.length);
  return Object.fromEntries(named);
}

/** The chart of this checkout, or another folder, as a release of a namespace. Builds Helm unless that is done. */
export async function theChart(
  folder: string = CHART,
  releaseNamespace = NAMESPACE,
  major: GoComponent = HELM,
): Promise<Chart> {
  const helm = await theHelm(major);
  const { kubectl: program = '' } = await buildComponents();
  const withValues = (values: readonly string[], ...args: readonly string[]): HelmResult => {
    const files = values.map((text, index) => [`values-${index}.yaml`, text] as const);
    const place = [folder, `--namespace=${releaseNamespace}`, `--kube-version=${KUBERNETES}`];
    return withFiles(Object.fromEntries(files), (directory) =>
      helm(...args, ...place, ...files.map(([name]) => `--values=${join(directory, name)}`)),
    );
  };
  const render: Chart['render'] = (...values) => withValues(values, 'template', 'release');
  const kubectl: Chart['kubectl'] = (args, input) => {
    const { stdout, stderr } = spawnSync(program, args, {
      ...(input === undefined ? {} : { input }),
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      env: { ...process.env, KUBECONFIG: theStack().kubernetes.adminKubeconfig },
    });
    return { output: stdout, errors: stderr };
  };
  return {
    render,
    lint: (...values) => withValues(values, 'lint', '--strict'),
    objects(...values) {
      const { output, errors, isSuccess } = render(...values.map(valuesText));
      if (!isSuccess) throw new Error(errors);
      return manifestsIn(output);
    },
    dryRun(manifests, namespace) {
      const accounts = accountsOfPods(manifests);
      if (accounts.length > 0) {
        const items = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: accounts });
        const { errors } = kubectl(['apply', '--server-side', '--force-conflicts', '--filename=-'], items);
        if (errors !== '') return { names: [], errors };
      }
      const place = namespace === undefined ? [] : ['--namespace', namespace];
      const how = ['--dry-run=server', '--validate=strict', '--server-side', '--filename=-', '--output=name'];
      const { output, errors } = kubectl(['apply', ...how, ...place], manifests);
      return { names: output.split('\n').filter(Boolean), errors };
    },
    kubectl,
    apply(manifests) {
      const list = { apiVersion: 'v1', kind: 'List', items: manifests };
      const { errors } = kubectl(['apply', '--filename=-'], JSON.stringify(list));
      if (errors !== '') throw new Error(errors);
    },
  };
}
