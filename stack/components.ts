/** A part of the stack that is built at one pinned version. */
interface Pinned {
  readonly name: string;
  readonly version: string;
  /** Paths of the build's results in the component's folder. */
  readonly binaries: readonly string[];
}

/** A part of the stack that is built from Go sources. */
export interface GoComponent extends Pinned {
  /** Where its sources are pinned: a Go module of this repository, or a module installed on its own at `version`. */
  readonly source: { readonly module: string } | { readonly install: true };
  /** Go packages to build; of several, each becomes a binary named after its last path element, a single one is named as `binaries` says. */
  readonly packages: readonly string[];
  readonly linkerFlags?: string;
}

/** A part of the stack that consists of files of a Go module, which need no building. */
export interface GoModuleFiles extends Pinned {
  /** The path of the module, of which each of the `binaries` is a file. */
  readonly filesOf: string;
}

/** A part of the stack that is a Python environment. */
export interface PythonComponent extends Pinned {
  /** File that lists every package with its version. */
  readonly requirements: string;
}

/** A part of the stack that consists of Debian packages, unpacked and not installed. */
export interface DebianComponent extends Pinned {
  readonly debianPackages: readonly string[];
}

/** A Python project of this repository, installed without its dependencies. */
export interface PythonProject extends Pinned {
  /** Its folder. */
  readonly project: string;
  /** The environment it is built with, which holds the build backend. */
  readonly builder: PythonComponent;
}

export type Component = GoComponent | GoModuleFiles | PythonComponent | PythonProject | DebianComponent;

const KUBERNETES = '1.36.3';
const VERSION_VARIABLE = 'k8s.io/component-base/version';

/** The binaries that all stacks run. After a change of a version the next start builds the component again. */
export const COMPONENTS: readonly GoComponent[] = [
  {
    name: 'etcd',
    version: '3.6.16',
    source: { module: 'etcd' },
    packages: ['go.etcd.io/etcd/server/v3'],
    binaries: ['etcd'],
  },
  {
    name: 'kubernetes',
    version: KUBERNETES,
    source: { module: 'kubernetes' },
    packages: [
      'k8s.io/kubernetes/cmd/kube-apiserver',
      'k8s.io/kubernetes/cmd/kube-controller-manager',
      'k8s.io/kubernetes/cmd/kube-scheduler',
      'k8s.io/kubernetes/cmd/kubectl',
    ],
    // Without these, kubectl and other clients cannot parse the server's version.
    linkerFlags: [
      `-X ${VERSION_VARIABLE}.gitVersion=v${KUBERNETES}`,
      `-X ${VERSION_VARIABLE}.gitMajor=1`,
      `-X ${VERSION_VARIABLE}.gitMinor=36`,
    ].join(' '),
    binaries: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'],
  },
  {
    name: 'kwok',
    version: '0.8.0',
    source: { install: true },
    packages: ['sigs.k8s.io/kwok/cmd/kwok'],
    binaries: ['kwok'],
  },
  {
    name: 'toxiproxy',
    version: '2.12.0',
    source: { install: true },
    packages: ['github.com/Shopify/toxiproxy/v2/cmd/server'],
    binaries: ['server'],
  },
  {
    name: 'temporal',
    version: '1.5.1',
    source: { install: true },
    packages: ['github.com/temporalio/cli/cmd/temporal'],
    binaries: ['temporal'],
  },
];

/** The server of Temporal's images, for stacks with Temporal on PostgreSQL. */
export const TEMPORAL_SERVER: GoComponent = {
  name: 'temporal-server',
  version: '1.31.2',
  source: { install: true },
  packages: ['go.temporal.io/server/cmd/server'],
  binaries: ['temporal-server'],
};

/** The tool for its databases, of the same version; `temporalio/admin-tools` has it. */
export const TEMPORAL_SQL_TOOL: GoComponent = {
  ...TEMPORAL_SERVER,
  name: 'temporal-sql-tool',
  packages: ['go.temporal.io/server/cmd/tools/sql'],
  binaries: ['temporal-sql-tool'],
};

/** Helm, for the tests of the chart only; built with the libraries of its next major version, which compile once for both. */
export const HELM: GoComponent = {
  name: 'helm',
  version: '3.22.0',
  source: { module: 'helm' },
  packages: ['helm.sh/helm/v3/cmd/helm'],
  binaries: ['helm'],
};

/** Its next major version, for those tests that compare the two. */
export const HELM_4: GoComponent = {
  ...HELM,
  version: '4.3.1',
  packages: ['helm.sh/helm/v4/cmd/helm'],
};

/** Writes the chart's README; for tests of it, and `npm run chart`. */
export const HELM_DOCS: GoComponent = {
  name: 'helm-docs',
  version: '1.14.2',
  source: { install: true },
  packages: ['github.com/norwoodj/helm-docs/cmd/helm-docs'],
  binaries: ['helm-docs'],
};

/** A WebDAV server on the handler of golang.org/x/net, whose version this is: the file server is measured beside it. */
export const XNET_WEBDAV: GoComponent = {
  name: 'xnet-webdav',
  version: '0.62.0',
  source: { module: 'xnet-webdav' },
  packages: ['.'],
  binaries: ['xnet-webdav'],
};

/** The definitions of the Gateway API, for stacks with option `ingress`. */
export const GATEWAY_API: GoModuleFiles = {
  name: 'gateway-api',
  version: '1.6.1',
  filesOf: 'sigs.k8s.io/gateway-api',
  binaries: ['config/crd/standard/gateway.networking.k8s.io_httproutes.yaml'],
};

/** The definition of ClusterNetworkPolicy, for a test of the documentation only. */
export const NETWORK_POLICY_API: GoModuleFiles = {
  name: 'network-policy-api',
  version: '0.3.0',
  filesOf: 'sigs.k8s.io/network-policy-api',
  binaries: ['config/crd/standard/policy.networking.k8s.io_clusternetworkpolicies.yaml'],
};

/** A Docker registry, for stacks with option `registry`: Debian's newest build of this version. */
export const REGISTRY: DebianComponent = {
  name: 'docker-registry',
  version: '2.8',
  debianPackages: ['docker-registry'],
  binaries: ['usr/bin/docker-registry'],
};

/** PostgreSQL, for stacks with option `postgresql`, with libraries that some releases of Debian lack. */
export const POSTGRESQL: DebianComponent = {
  name: 'postgresql',
  version: '15',
  debianPackages: [
    'postgresql-15',
    'libcom-err2',
    'libgssapi-krb5-2',
    'libicu72',
    'libk5crypto3',
    'libkeyutils1',
    'libkrb5-3',
    'libkrb5support0',
    'libldap-2.5-0',
    'libpq5',
    'libsasl2-2',
    'libssl3',
    'libxml2',
  ],
  binaries: ['usr/lib/postgresql/15/bin/initdb', 'usr/lib/postgresql/15/bin/postgres'],
};

/** Clients of PostgreSQL, which use libraries of that component. */
export const POSTGRESQL_CLIENTS: DebianComponent = {
  name: 'postgresql-clients',
  version: '15',
  debianPackages: ['postgresql-client-15', 'libreadline8', 'libtinfo6'],
  binaries: ['usr/lib/postgresql/15/bin/pg_isready', 'usr/lib/postgresql/15/bin/psql'],
};

/** The oldest supported Python for JupyterHub and its pinned requirements. */
export const PYTHON_VERSION = '3.11';

/** The oldest Go that builds every component; Go 1.21 and later download it by themselves. */
export const GO_VERSION = '1.26';
