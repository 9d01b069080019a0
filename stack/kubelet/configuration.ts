import { stringify } from 'yaml';
import { podStages } from './stages';

const NODE_CONDITIONS = `
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ Now | Quote }}
{{ end }}
`;

const NODE_STATUS = `${NODE_CONDITIONS}
addresses:
- type: InternalIP
  address: {{ NodeIP | Quote }}
- type: Hostname
  address: {{ NodeName | Quote }}
allocatable: &capacity
  cpu: 1k
  memory: 1Ti
  ephemeral-storage: 10Ti
  pods: 1M
capacity: *capacity
nodeInfo:
  architecture: amd64
  operatingSystem: linux
  bootID: ""
  machineID: ""
  systemUUID: ""
  osImage: ""
  kernelVersion: kwok
  containerRuntimeVersion: kwok
  kubeletVersion: kwok
  kubeProxyVersion: ""
phase: Running
`;

/** One stage of a node, applied when the jq condition holds. */
function nodeStage(name: string, condition: string, delayMs: number, template: string): object {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name: `node-${name}` },
    spec: {
      resourceRef: { apiGroup: 'v1', kind: 'Node' },
      selector: { matchExpressions: [{ jq: { key: condition, operator: 'In', values: ['true'] } }] },
      delay: { durationMilliseconds: delayMs },
      steps: [{ patch: { subresource: 'status', root: 'status', template } }],
    },
  };
}

/** The text of kwok's configuration file: settings, stages of nodes, and all pod behaviours. */
export function kwokConfiguration(): string {
  const settings = {
    apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
    kind: 'KwokConfiguration',
    options: {
      // Events are written within the stages; with the default of 4 they would queue up in a burst of spawns.
      podPlayStageParallelism: 16,
      nodePlayStageParallelism: 4,
    },
  };
  const documents = [
    settings,
    nodeStage('ready', '.status.phase != "Running"', 0, NODE_STATUS),
    // Keeps the node lifecycle controller from marking the nodes as unreachable after 50 s. With Leases instead, a
    // restarted kwok would have to wait until those of the earlier process expire.
    nodeStage('heartbeat', '.status.phase == "Running"', 20_000, NODE_CONDITIONS),
    ...podStages(),
  ];
  return documents.map((document) => stringify(document)).join('---\n');
}
