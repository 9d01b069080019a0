/** State of every container in a status patch: the YAML lines below `state` or `lastState`. */
export type ContainerState = readonly string[];

const NOW = '{{ Now | Quote }}';

/** A container that has started now. */
export const RUNNING: ContainerState = ['running:', `  startedAt: ${NOW}`];

/** A container that waits, for the given reason. */
export function waiting(reason: string, message = ''): ContainerState {
  return ['waiting:', `  reason: ${reason}`, `  message: ${JSON.stringify(message)}`];
}

/** A container that has ended now. */
export function terminated(exitCode: number, reason: string): ContainerState {
  return [
    'terminated:',
    `  exitCode: ${exitCode}`,
    `  reason: ${reason}`,
    `  startedAt: {{ or $.status.startTime Now | Quote }}`,
    `  finishedAt: ${NOW}`,
  ];
}

export interface StatusPatch {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
  readonly isReady?: boolean;
  /** Whether the init containers have completed; otherwise they wait. */
  readonly isInitialized?: boolean;
  /** State of the init containers instead of that; `unchanged` leaves them as they are. */
  readonly initState?: ContainerState | 'unchanged';
  /** Whether the pod has its address; by default once the init containers have completed. */
  readonly hasAddress?: boolean;
  /** Whether the containers have image IDs; true by default. */
  readonly isPulled?: boolean;
  /** Adds one to each container's restart count. */
  readonly isRestart?: boolean;
  /** Reason and message of the pod itself. */
  readonly reason?: string;
  readonly message?: string;
}

/** A Go template for the pod status that a kubelet would report. */
export function statusTemplate(patch: StatusPatch): string {
  const { isReady = false, isInitialized = true, hasAddress = isInitialized, isPulled = true } = patch;
  return [
    `phase: ${patch.phase}`,
    `startTime: {{ or .status.startTime Now | Quote }}`,
    ...(patch.reason ? [`reason: ${patch.reason}`, `message: ${JSON.stringify(patch.message ?? '')}`] : []),
    'conditions:',
    ...condition('Initialized', isInitialized),
    ...condition('ContainersReady', isReady),
    ...condition('Ready', isReady),
    ...(patch.initState === 'unchanged' ? [] : initContainers(isInitialized, patch.initState)),
    'containerStatuses:',
    '{{ range $index, $container := .spec.containers }}',
    '{{ $restarts := 0 }}',
    '{{ if $.status.containerStatuses }}',
    '{{ $restarts = (index $.status.containerStatuses $index).restartCount | toString | int64 }}',
    '{{ end }}',
    '- name: {{ $container.name | Quote }}',
    '  image: {{ $container.image | Quote }}',
    `  imageID: ${isPulled ? '{{ $container.image | Quote }}' : '""'}`,
    `  ready: ${isReady}`,
    `  started: ${isReady}`,
    `  restartCount: {{ ${patch.isRestart ? 'add $restarts 1' : '$restarts'} }}`,
    '  state:',
    ...indent(patch.state),
    ...(patch.lastState ? ['  lastState:', ...indent(patch.lastState)] : []),
    '{{ end }}',
    ...(hasAddress ? ADDRESSES : []),
  ].join('\n');
}

/** A pod keeps its address: the API server refuses a second one. */
const ADDRESSES = [
  '{{ if not .status.podIP }}',
  '{{ $ip := PodIPWith .spec.nodeName (or .spec.hostNetwork false) .metadata.uid .metadata.name .metadata.namespace }}',
  'hostIP: {{ NodeIPWith .spec.nodeName | Quote }}',
  'podIP: {{ $ip | Quote }}',
  'podIPs:',
  '- ip: {{ $ip | Quote }}',
  '{{ end }}',
];

function condition(type: string, isTrue: boolean): string[] {
  return [`- type: ${type}`, `  status: "${isTrue ? 'True' : 'False'}"`, `  lastTransitionTime: ${NOW}`];
}

function initContainers(
  areCompleted: boolean,
  state = areCompleted ? terminated(0, 'Completed') : waiting('PodInitializing'),
): string[] {
  return [
    '{{ if .spec.initContainers }}',
    'initContainerStatuses:',
    '{{ range .spec.initContainers }}',
    '- name: {{ .name | Quote }}',
    '  image: {{ .image | Quote }}',
    '  imageID: {{ .image | Quote }}',
    `  ready: ${areCompleted}`,
    '  restartCount: 0',
    '  state:',
    ...indent(state),
    '{{ end }}',
    '{{ end }}',
  ];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${line}`);
}

/** A Kubernetes event about the pod; `message` is the arguments of the template function `printf`. */
export interface PodEventTemplate {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** A Go template for an Event object as a kubelet writes it. */
export function eventTemplate({ type, reason, message }: PodEventTemplate): string {
  return `
{{ $container := index .spec.containers 0 }}
apiVersion: v1
kind: Event
metadata:
  generateName: {{ printf "%s." .metadata.name | Quote }}
  namespace: {{ .metadata.namespace | Quote }}
involvedObject:
  apiVersion: v1
  kind: Pod
  name: {{ .metadata.name | Quote }}
  namespace: {{ .metadata.namespace | Quote }}
  uid: {{ .metadata.uid | Quote }}
  fieldPath: {{ printf "spec.containers{%s}" $container.name | Quote }}
type: ${type}
reason: ${reason}
message: {{ printf ${message} | Quote }}
count: 1
firstTimestamp: ${NOW}
lastTimestamp: ${NOW}
source:
  component: kubelet
  host: {{ .spec.nodeName | Quote }}
reportingComponent: kubelet
reportingInstance: {{ .spec.nodeName | Quote }}
`;
}
