import { labUrl } from '../../../src/domain/lab-address';

test.each([
  ['10.0.0.1', { JUPYTERHUB_SERVICE_PREFIX: '/nb/user/rachel/' }, 'http://10.0.0.1:8888/nb/user/rachel/'],
  ['fd00::1', { JUPYTERHUB_SERVICE_PREFIX: '/' }, 'http://[fd00::1]:8888/'],
  ['10.0.0.1', {}, 'http://10.0.0.1:8888/'],
])('a lab at %s is reached straight at its pod', (ip, environment, url) => {
  expect(labUrl(ip, environment)).toBe(url);
});
