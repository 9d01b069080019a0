import { BlockList, isIPv6 } from 'node:net';
import { z } from 'zod';

/*
 * What NetworkPolicies allow, as networking.k8s.io/v1 defines it: a pod that no policy of a direction selects is open in
 * that direction, else it may do what at least one rule of the policies that select it admits. A connection needs both
 * ends. Not modelled: that the node of a pod always reaches it, and host networking.
 */

const labelsSchema = z.record(z.string(), z.string());

const selectorSchema = z.strictObject({
  matchLabels: labelsSchema.default({}),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});

const peerSchema = z.union([
  z.strictObject({ ipBlock: z.strictObject({ cidr: z.string(), except: z.array(z.string()).default([]) }) }),
  z
    .strictObject({ podSelector: selectorSchema.optional(), namespaceSelector: selectorSchema.optional() })
    .refine(({ podSelector, namespaceSelector }) => podSelector ?? namespaceSelector, 'selects nothing'),
]);

const portSchema = z.strictObject({
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  port: z.union([z.int(), z.string()]).optional(),
  endPort: z.int().optional(),
});

const ports = z.array(portSchema).default([]);
const peers = z.array(peerSchema).default([]);

/** A NetworkPolicy; unknown fields are refused, so that none is ignored. */
export const policySchema = z.looseObject({
  kind: z.literal('NetworkPolicy'),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.strictObject({
    podSelector: selectorSchema,
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])).optional(),
    ingress: z.array(z.strictObject({ from: peers, ports })).optional(),
    egress: z.array(z.strictObject({ to: peers, ports })).optional(),
  }),
});

type Policy = z.infer<typeof policySchema>;
type Selector = z.infer<typeof selectorSchema>;
type Peer = z.infer<typeof peerSchema>;
type Port = z.infer<typeof portSchema>;
type Labels = Readonly<Record<string, string>>;

/** A pod, or with no namespace something outside the cluster's pods, such as a node or a registry. */
export interface Endpoint {
  readonly namespace?: string;
  readonly labels?: Labels;
  /** An address that `ipBlock` is compared with; needed outside the cluster. */
  readonly address?: string;
  /** Ports of containers by name. */
  readonly namedPorts?: Readonly<Record<string, number>>;
}

/** A connection that is tried. */
export interface Attempt {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: number;
  /** TCP if left out. */
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
}

export interface Cluster {
  /** Labels of namespaces besides `kubernetes.io/metadata.name`. */
  readonly namespaces: Readonly<Record<string, Labels>>;
  readonly policies: readonly Policy[];
}

function isSelected({ matchLabels, matchExpressions }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
      }
    })
  );
}

function isInRange(address: string, cidr: string): boolean {
  const [network = '', bits] = cidr.split('/');
  if (isIPv6(network) !== isIPv6(address)) return false;
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const range = new BlockList();
  range.addSubnet(network, Number(bits), family);
  return range.check(address, family);
}

function labelsOfNamespace({ namespaces }: Cluster, name: string): Labels {
  const labels = namespaces[name];
  if (!labels) throw new Error(`the cluster has no namespace ${name}`);
  return { ...labels, 'kubernetes.io/metadata.name': name };
}

/** Whether an endpoint is one of those that a peer of a policy in a namespace means. */
function isPeer(cluster: Cluster, peer: Peer, { endpoint, home }: { endpoint: Endpoint; home: string }) {
  if ('ipBlock' in peer) {
    const { address } = endpoint;
    const { cidr, except } = peer.ipBlock;
    return (
      address !== undefined &&
      isInRange(address, cidr) &&
      !except.some((excepted) => isInRange(address, excepted))
    );
  }
  const { namespace, labels = {} } = endpoint;
  if (namespace === undefined) return false;
  const { podSelector, namespaceSelector } = peer;
  const isInNamespace = namespaceSelector
    ? isSelected(namespaceSelector, labelsOfNamespace(cluster, namespace))
    : namespace === home;
  return isInNamespace && (!podSelector || isSelected(podSelector, labels));
}

/** Whether a port of a rule is that of the attempt; names are those of the pod that is connected to. */
function isPort({ port, endPort, protocol }: Port, attempt: Attempt): boolean {
  if (protocol !== (attempt.protocol ?? 'TCP')) return false;
  if (port === undefined) return true;
  if (typeof port === 'string') return attempt.to.namedPorts?.[port] === attempt.port;
  return attempt.port >= port && attempt.port <= (endPort ?? port);
}

const DIRECTIONS = {
  egress: { type: 'Egress', self: 'from', other: 'to' },
  ingress: { type: 'Ingress', self: 'to', other: 'from' },
} as const;

/** The types of a policy; without any, `Egress` is one if there are rules of it. */
function typesOf({ policyTypes, egress }: Policy['spec']): readonly ('Ingress' | 'Egress')[] {
  return policyTypes ?? (egress ? ['Ingress', 'Egress'] : ['Ingress']);
}

function rulesOf(
  { ingress, egress }: Policy['spec'],
  direction: keyof typeof DIRECTIONS,
): { peers: readonly Peer[]; ports: readonly Port[] }[] {
  return direction === 'ingress'
    ? (ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
    : (egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
}

/** Whether the end of an attempt that a direction is about may have it. */
function isAdmitted(cluster: Cluster, attempt: Attempt, direction: keyof typeof DIRECTIONS): boolean {
  const { type, self, other } = DIRECTIONS[direction];
  const { namespace, labels = {} } = attempt[self];
  const policies = cluster.policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === namespace &&
      typesOf(spec).includes(type) &&
      isSelected(spec.podSelector, labels),
  );
  if (policies.length === 0) return true;
  return policies.some(({ metadata, spec }) =>
    rulesOf(spec, direction).some(({ peers, ports }) => {
      const end = { endpoint: attempt[other], home: metadata.namespace };
      const isMeant = peers.length === 0 || peers.some((peer) => isPeer(cluster, peer, end));
      return isMeant && (ports.length === 0 || ports.some((port) => isPort(port, attempt)));
    }),
  );
}

/** Whether the policies of a cluster allow a connection. */
export function isAllowed(cluster: Cluster, attempt: Attempt): boolean {
  return isAdmitted(cluster, attempt, 'egress') && isAdmitted(cluster, attempt, 'ingress');
}

/** The NetworkPolicies among objects. @throws Error when one has what this file does not know. */
export function policiesIn(objects: readonly { readonly kind?: string }[]): Policy[] {
  return objects.filter(({ kind }) => kind === 'NetworkPolicy').map((object) => policySchema.parse(object));
}
