import { yamlFile } from './chart';

/** A configuration for the chart. */
export const LAB = Object(yamlFile('config/example.yaml'));
const PLAIN = Object(yamlFile('test/data/config/jupyterhub.yaml'));
const FILES = { enabled: true, namespace: 'fileservers', ingress: { type: 'ingress' } };

/** The same with a hub. */
export const withHub = (hub: object, auth: object) => ({
  ...LAB,
  hub: { apiUrl: 'http://hub:8081/hub/api', ...hub },
  auth,
});
/** Authentication by a hub. */
export const JUPYTERHUB = { type: 'jupyterhub', apiUrl: 'http://hub:8081/hub/api' };

const PLACED = {
  nodeSelector: { disk: 'fast' },
  tolerations: [{ key: 'service', operator: 'Exists' }],
  affinity: { nodeAffinity: {} },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
  priorityClassName: 'system-cluster-critical',
};
const RESOURCES = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '2Gi' } };
const VARIABLE = [{ name: 'NODE_OPTIONS', value: '--max-http-header-size=32768' }];

const RULES = [{ ports: [{ protocol: 'TCP', port: 8000, endPort: 8010 }] }];

/** Values that use every option of the chart, some for several options that belong together. */
export const CASES: Readonly<Record<string, Record<string, unknown>>> = {
  'one Deployment for all': {
    mode: 'single',
    single: {
      replicas: 2,
      preStopSeconds: 15,
      resources: RESOURCES,
      extraEnv: VARIABLE,
      podDisruptionBudget: false,
      ...PLACED,
    },
  },
  'another name': {
    name: 'labs',
    serviceAccount: { name: 'labs', annotations: { 'example.org/role': 'labs' } },
  },
  'an image by digest': {
    image: {
      repository: 'registry.example.org/nublado',
      tag: '9.9.9',
      digest: `sha256:${'0'.repeat(64)}`,
      pullPolicy: 'Always',
    },
    imagePullSecrets: [{ name: 'pull-secret' }],
  },
  'the URLs of a platform': {
    host: 'labs.example.org',
    baseUrl: 'https://labs.example.org',
    repertoireBaseUrl: 'https://labs.example.org/repertoire',
  },
  'those of an umbrella chart': {
    global: {
      host: 'labs.example.org',
      baseUrl: 'https://labs.example.org',
      repertoireUrl: 'https://example.org/r',
    },
    ingress: { enabled: true },
  },
  'a configuration': { config: LAB },
  'a configuration in a ConfigMap': { config: LAB, configuration: { storage: 'ConfigMap' } },
  'no admission policies': { config: LAB, admissionPolicies: { enabled: false } },
  'admission policies that warn, with a former configuration': {
    config: LAB,
    admissionPolicies: {
      actions: ['Warn', 'Audit'],
      formerLab: { ...LAB.lab, namespacePrefix: 'former', initContainers: null },
    },
  },
  'a ConfigMap of the site': { configuration: { existingConfigMap: 'site-config' } },
  'a Secret of the site': { configuration: { existingSecret: 'site-config', labSecrets: ['site'] } },
  'Temporal elsewhere': { temporal: { address: 'temporal.example.org:7233', namespace: 'labs' } },
  'an API key': { temporal: { apiKey: { existingSecret: 'temporal', key: 'key' } } },
  'mutual TLS': {
    temporal: {
      tls: { enabled: true, existingSecret: 'temporal-tls', hasAuthority: false, serverName: 'temporal' },
    },
  },
  'mutual TLS with an authority': { temporal: { tls: { existingSecret: 'temporal-tls' } } },
  'a Temporal of its own': {
    temporal: { development: { enabled: true, image: 'temporalio/temporal:1.5.0' } },
  },
  'a Temporal of its own that keeps its state': {
    temporal: {
      namespace: 'labs',
      development: {
        enabled: true,
        postgresql: {
          enabled: true,
          storage: '5Gi',
          storageClassName: 'fast',
          image: 'postgres:17.6-bookworm',
          serverImage: 'temporalio/server:1.31.1',
          adminToolsImage: 'temporalio/admin-tools:1.31.1',
          uiImage: 'temporalio/ui:2.51.0',
        },
      },
    },
  },
  'sealing keys of the site': { sealingKeys: { existingSecret: 'keys' } },
  'no search attributes': { searchAttributes: { register: false } },
  'search attributes afterwards': { searchAttributes: { hooks: 'post-install,pre-upgrade' } },
  'a token for the hub': { hubToken: { existingSecret: 'hub-token', key: 'nublado' } },
  'credentials of a registry': { registryCredentials: { existingSecret: 'pull-secret' } },
  'a webhook of Slack': { slackWebhook: { existingSecret: 'nublado-secret', key: 'webhook' } },
  'settings of each part': {
    api: {
      replicas: 3,
      serviceAccountName: 'labs-api',
      preStopSeconds: 20,
      resources: RESOURCES,
      extraEnv: VARIABLE,
      podDisruptionBudget: false,
      ...PLACED,
    },
    worker: { replicas: 4, resources: RESOURCES, extraEnv: VARIABLE, podDisruptionBudget: false, ...PLACED },
    watcher: {
      replicas: 1,
      serviceAccountName: 'labs-watcher',
      resources: RESOURCES,
      extraEnv: VARIABLE,
      podDisruptionBudget: false,
      ...PLACED,
    },
  },
  autoscaling: {
    api: {
      autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 20, targetCPUUtilizationPercentage: 50 },
    },
    worker: {
      autoscaling: {
        enabled: true,
        minReplicas: 3,
        maxReplicas: 20,
        metric: 'slots',
        metricLabels: { task_queue: 'images' },
        targetSlotsInUse: 50,
      },
    },
  },
  'settings of all pods': {
    ...PLACED,
    podAnnotations: { 'example.org/scrape': 'true' },
    podLabels: { 'example.org/team': 'labs' },
    extraEnv: VARIABLE,
    extraEnvFrom: [{ secretRef: { name: 'proxy' } }],
    extraVolumes: [{ name: 'certificates', configMap: { name: 'certificates' } }],
    extraVolumeMounts: [{ name: 'certificates', mountPath: '/etc/certificates', readOnly: true }],
  },
  'more objects': {
    extraObjects: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: '{{ .Release.Name }}-one' },
        data: { a: '1' },
      },
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "{{ .Release.Name }}-two" }\n',
    ],
  },
  Services: {
    config: withHub(
      { aggregateActivity: true, activityUrl: 'http://nublado-controller-activity' },
      JUPYTERHUB,
    ),
    service: { type: 'NodePort', port: 8000, annotations: { 'example.org/a': 'b' } },
    activityService: { port: 8001, annotations: { 'example.org/a': 'b' } },
  },
  Gafaelfawr: {
    host: 'labs.example.org',
    config: { ...LAB, fileserver: { enabled: true, namespace: 'fileservers' } },
    gafaelfawr: {
      enabled: true,
      serviceToken: {
        enabled: true,
        name: 'token',
        service: 'bot-hub',
        scopes: ['admin:jupyterlab', 'read:all'],
      },
    },
  },
  "Gafaelfawr with the hub's proxy": {
    host: 'labs.example.org',
    gafaelfawr: {
      enabled: true,
      proxy: {
        enabled: true,
        path: '/n2',
        serviceName: 'proxy',
        annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '50m' },
        minimumTokenLifetime: '7d',
        subdomains: { enabled: true, host: 'n.example.org', serviceName: 'users', tlsSecretName: 'tls' },
      },
    },
  },
  'an Ingress': {
    host: 'labs.example.org',
    config: { ...PLAIN, fileserver: FILES },
    ingress: {
      enabled: true,
      className: 'nginx',
      tlsSecretName: 'tls',
      annotations: { 'example.org/a': 'b' },
    },
  },
  'an HTTPRoute': {
    host: 'labs.example.org',
    config: PLAIN,
    httpRoute: { enabled: true, parentRefs: [{ name: 'public' }], annotations: { 'example.org/a': 'b' } },
  },
  "the hub's configuration": {
    config: PLAIN,
    hubConfig: {
      enabled: true,
      name: 'hub-nublado',
      connectUrl: 'http://hub.hubs:8081',
      httpTimeout: 60,
      adminTokenPath: '/etc/token',
      extra: 'c.Spawner.default_url = "/lab"',
    },
  },
  'a hub with a standby': { hubStandby: { serviceAccount: 'hub' } },
  'a namespace for file servers': {
    config: { ...PLAIN, fileserver: { ...FILES, namespace: 'fileservers-ingress' } },
    fileServerNamespace: {
      create: true,
      labels: { 'pod-security.kubernetes.io/enforce': 'baseline' },
      annotations: { 'example.org/a': 'b' },
    },
  },
  purging: {
    purge: {
      enabled: true,
      schedule: '0 0 * * 0',
      command: 'execute',
      config: { logLevel: 'DEBUG' },
      policy: { directories: [{ path: '/scratch', threshold: '1GiB', intervals: {} }] },
      volumes: [{ name: 'scratch', nfs: { server: 'nfs.example.org', path: '/scratch' } }],
      volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
      extraEnv: VARIABLE,
      securityContext: { runAsUser: 1000, runAsNonRoot: true },
      resources: RESOURCES,
    },
  },
  'tests with a canary': {
    config: withHub({}, JUPYTERHUB),
    hubToken: { existingSecret: 'hub-token' },
    tests: {
      canary: {
        enabled: true,
        user: 'canary',
        existingSecret: 'canary',
        key: 'user-token',
        adminKey: 'admin-token',
        url: 'https://labs.example.org/nublado',
        imageTag: 'recommended',
        size: 'small',
        timeoutSeconds: 300,
      },
    },
  },
  'network policies': {
    config: { ...PLAIN, fileserver: { ...FILES, namespace: 'fileservers' } },
    purge: { enabled: true },
    networkPolicies: {
      enabled: true,
      from: {
        ingress: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateways' } } }],
        hub: [{ podSelector: { matchLabels: { app: 'jupyterhub' } } }],
        labs: [{ namespaceSelector: { matchLabels: { 'nublado.lsst.io/category': 'lab' } } }],
        prometheus: [{ namespaceSelector: { matchLabels: { team: 'monitoring' } } }],
      },
      to: {
        dns: [{ ports: [{ protocol: 'UDP', port: 53 }] }],
        kubernetes: [{ to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], ports: [{ port: 6443 }] }],
        temporal: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.1/32'] } }] }],
        hub: [{ to: [{ podSelector: { matchLabels: { app: 'jupyterhub' } } }], ports: [{ port: 8081 }] }],
        services: [{ to: [{ ipBlock: { cidr: '2001:db8::/32' } }], ports: [{ port: 443 }] }],
      },
      api: { enabled: true, ingress: RULES, egress: RULES },
      worker: { enabled: true, ingress: RULES, egress: RULES },
      watcher: { enabled: true, ingress: RULES, egress: RULES },
      hooks: { enabled: true, egress: RULES },
      tests: { enabled: true, egress: RULES },
      prepull: { enabled: true },
      fileServers: { enabled: true, ingress: RULES, egress: RULES },
      fsadmin: { enabled: true, egress: RULES },
      purge: { enabled: true, egress: RULES },
      temporal: {
        enabled: true,
        namespace: 'default',
        podLabels: { 'app.kubernetes.io/component': 'frontend' },
        ingress: RULES,
      },
    },
  },
  'network policies for all in one': {
    mode: 'single',
    temporal: { development: { enabled: true } },
    networkPolicies: { enabled: true, prepull: { enabled: false } },
  },
};
