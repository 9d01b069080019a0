import { describeRequest } from '../../../src/kubernetes/request-info';

const server = 'https://server:6443';

test.each([
  ['GET', '/api/v1/namespaces/n/pods/p', 'get', 'pods', 'n', 'p'],
  ['GET', '/api/v1/namespaces/n/pods/p/status', 'get', 'pods', 'n', 'p'],
  ['GET', '/api/v1/pods?labelSelector=a', 'list', 'pods', null, null],
  ['GET', '/api/v1/pods?watch=true', 'watch', 'pods', null, null],
  ['GET', '/api/v1/namespaces/n', 'get', 'namespaces', null, 'n'],
  ['PUT', '/api/v1/namespaces/n/finalize', 'update', 'namespaces', null, 'n'],
  ['POST', '/api/v1/namespaces', 'create', 'namespaces', null, null],
  ['POST', '/api/v1/namespaces/n/secrets', 'create', 'secrets', 'n', null],
  [
    'PATCH',
    '/apis/networking.k8s.io/v1/namespaces/n/networkpolicies/x',
    'patch',
    'networkpolicies',
    'n',
    'x',
  ],
  ['DELETE', '/api/v1/namespaces/n/pods/p', 'delete', 'pods', 'n', 'p'],
  ['DELETE', '/api/v1/namespaces/n/pods', 'deletecollection', 'pods', 'n', null],
  ['GET', '/k8s/clusters/c-1/api/v1/namespaces/n/pods/p', 'get', 'pods', 'n', 'p'],
])('%s %s is described', (method, path, verb, kind, namespace, name) => {
  expect(describeRequest(method, server + path)).toEqual({ verb, kind, namespace, name });
});
