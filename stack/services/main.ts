import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { keep } from '../kubelet/kept';
import { kubernetesApi } from '../kubernetes-api';
import { podSchema, serviceSchema } from './endpoints';
import { writeHosts } from './hosts';
import { createProxy } from './proxy';

/**
 * What kube-proxy and the cluster's DNS are for pods that are processes: Services of the cluster have an address on
 * loopback, which leads to their ready pods, and names in the files `/etc/hosts` of pods. A process of its own.
 */
const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string', default: '' },
    /** First two bytes of the addresses of Services, such as `127.200`. */
    network: { type: 'string', default: '' },
    /** Folder of the files `/etc/hosts`, one for each namespace. */
    hosts: { type: 'string', default: '' },
  },
});

mkdirSync(values.hosts, { recursive: true });
const api = kubernetesApi(values.kubeconfig);
const proxy = createProxy(values.network, () => [...pods.values()]);
const services = keep(api, {
  path: '/api/v1/services',
  schema: serviceSchema,
  onChange: () => {
    const all = [...services.values()];
    proxy.serve(all);
    writeHosts(values.hosts, values.network, all);
  },
});
const pods = keep(api, { path: '/api/v1/pods', schema: podSchema, onChange: () => undefined });
