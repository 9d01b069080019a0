import { z } from 'zod';
import type { World } from './world';

const variables = z.object({
  CPU_LIMIT: z.coerce.number().positive(),
  CPU_GUARANTEE: z.coerce.number().positive(),
  MEM_LIMIT: z.string().regex(/^\d+$/),
  MEM_GUARANTEE: z.string().regex(/^\d+$/),
  JUPYTER_IMAGE_SPEC: z.string().min(1),
  JUPYTERHUB_SERVICE_PREFIX: z.string().min(1),
});

/** It reads amounts as numbers, and not as quantities of Kubernetes. */
const quota = z.object({ 'limits.cpu': z.coerce.number(), 'limits.memory': z.string().regex(/^\d+$/) });

const group = z.object({
  name: z.string().regex(/^[a-zA-Z][a-zA-Z0-9._-]*$/),
  id: z.number().int().positive(),
});

const podSchema = z.object({
  metadata: z.object({
    labels: z.record(z.string(), z.string()),
    annotations: z.object({ 'nublado.lsst.io/user-groups': z.string().default('[]') }).prefault({}),
  }),
  spec: z.object({
    containers: z.array(
      z.object({
        name: z.string(),
        securityContext: z.object({ runAsUser: z.number(), runAsGroup: z.number() }).optional(),
      }),
    ),
  }),
  status: z.object({ phase: z.string() }),
});

const service = z.object({
  spec: z.object({
    selector: z.record(z.string(), z.string()).default({}),
    ports: z.array(z.object({ port: z.number() })),
  }),
});

const namespaces = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });

/** What the original controller makes of a lab when it starts. */
export interface OriginalView {
  readonly phase: string;
  /** The URL that it gives to the hub. */
  readonly url: string;
}

/**
 * Reads the namespaces of labs by the rules of the original controller at its start (its 15.1.0): which objects it asks
 * for by which names, and which of their fields. Those that it could not read, and would delete, are errors here.
 */
export async function readAsOriginal(
  { cluster }: World,
  prefix: string,
): Promise<Record<string, OriginalView>> {
  const { items } = namespaces.parse((await cluster.send('GET', '/api/v1/namespaces')).body);
  const names = items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith(`${prefix}-`));
  const views = await Promise.all(
    names.map(async (namespace): Promise<[string, OriginalView]> => {
      const username = namespace.slice(prefix.length + 1);
      const read = (path: string) => cluster.send('GET', `/api/v1/namespaces/${namespace}/${path}`);
      const environment = z
        .object({ data: variables })
        .parse((await read(`configmaps/${username}-nb-env`)).body).data;
      const pod = podSchema.parse((await read(`pods/${username}-nb`)).body);
      const notebook = pod.spec.containers.find(({ name }) => name === 'notebook');
      expect(notebook?.securityContext).toBeDefined();
      const groups: unknown = JSON.parse(pod.metadata.annotations['nublado.lsst.io/user-groups']);
      z.array(group).parse(groups);
      const limits = await read(`resourcequotas/${username}-nb`);
      if (limits.status !== 404) z.object({ spec: z.object({ hard: quota }) }).parse(limits.body);
      // Which it never reads, but leads the hub to.
      const { spec } = service.parse((await read('services/lab')).body);
      expect(spec.ports.map(({ port }) => port)).toContain(8888);
      expect(pod.metadata.labels).toMatchObject(spec.selector);
      const url = `http://lab.${namespace}:8888${environment.JUPYTERHUB_SERVICE_PREFIX}`;
      return [username, { phase: pod.status.phase, url }];
    }),
  );
  return Object.fromEntries(views.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

const jobs = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), labels: z.object({ 'nublado.lsst.io/user': z.string() }) }),
    }),
  ),
});
const pods = z.object({ items: z.array(z.object({ status: z.object({ phase: z.string() }) })) });
const ingress = z.object({
  status: z.object({
    loadBalancer: z.object({ ingress: z.array(z.object({ ip: z.string().optional() })).default([]) }),
  }),
});

/** The users whose file servers the original takes for running ones; it deletes the others. */
export async function fileServersForOriginal({ cluster }: World, namespace: string): Promise<string[]> {
  const selected = (path: string, labels: string) =>
    cluster.send('GET', `${path}?labelSelector=${encodeURIComponent(labels)}`);
  const { body } = await selected(
    `/apis/batch/v1/namespaces/${namespace}/jobs`,
    'nublado.lsst.io/category=fileserver',
  );
  const found: string[] = [];
  for (const { metadata } of jobs.parse(body).items) {
    const { name } = metadata;
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/${name}`;
    const [made, way] = await Promise.all([
      selected(`/api/v1/namespaces/${namespace}/pods`, `job-name=${name}`),
      cluster.send('GET', path),
    ]);
    const phases = pods.parse(made.body).items.map(({ status }) => status.phase);
    const { ip } = ingress.parse(way.body).status.loadBalancer.ingress[0] ?? {};
    if (phases.join() === 'Running' && ip) found.push(metadata.labels['nublado.lsst.io/user']);
  }
  return found.toSorted();
}
