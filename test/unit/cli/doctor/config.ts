import { type Config, parseConfig } from '../../../../src/config/config';

/** A configuration with a few sections, and further keys of `lab`. */
export function aConfig(sections: string, lab = ''): Config {
  const text = `lab:
  namespacePrefix: lab
  volumes: [{ name: home, source: { type: emptyDir, size: 1Gi } }]
  volumeMounts: [{ containerPath: /home, volumeName: home }]
  sizes: [{ size: small, resources: { limits: { cpu: 1, memory: 1Gi }, requests: { cpu: 1, memory: 1Gi } } }]
${lab}images:
  source: { type: docker, registry: registry.example.com, repository: lab }
${sections}`;
  return parseConfig(text, { REPERTOIRE_BASE_URL: 'https://example.org/repertoire' }).config;
}

/** Sections for file servers that are made reachable by this `ingress`. */
export function fileServersBy(ingress: string): string {
  const hub = 'auth: { type: jupyterhub, apiUrl: "http://hub:8081/hub/api" }\n';
  const files = `fileserver: { enabled: true, namespace: files, ingress: ${ingress} }\n`;
  return ingress.includes('gafaelfawr') ? files : hub + files;
}
