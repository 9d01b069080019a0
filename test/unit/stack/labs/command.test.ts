import { commandOf, isRunnable } from '../../../../stack/labs/command';
import { asUser, userOf } from '../../../../stack/labs/user';

const NUBLADO = ['node', 'main.js'];
const ISOLATED = { prefix: [], hasNamespaces: true, changesUsers: true };

test('the controller’s own program is that of the checkout, with its arguments', () => {
  const container = { name: 'init', command: ['/usr/local/bin/nublado', 'inithome'], args: ['$(WORD)'] };
  const programs = { python: null, nublado: NUBLADO };

  expect(commandOf({}, container, new Map([['WORD', 'x']]), programs)).toEqual([...NUBLADO, 'inithome', 'x']);
});

test('the file server is that of the checkout, at the address of its pod', () => {
  const container = { name: 'fileserver', command: ['/usr/local/bin/worblehat'], args: ['--user=rachel'] };
  const programs = { python: null, nublado: NUBLADO };

  expect(commandOf({ status: { podIP: '127.1.2.3' } }, container, new Map(), programs)).toEqual([
    '/usr/bin/env',
    'WORBLEHAT_HOST=127.1.2.3',
    ...NUBLADO,
    'webdav',
    '--user=rachel',
  ]);
});

test.each([
  [undefined, true, false],
  [['sh', '-c', 'true'], false, true],
  [['nublado', 'startup'], true, true],
  [['nublado', 'startup'], false, false],
])(
  'whether an init container with command %j can be run with namespaces: %j',
  (command, hasNamespaces, expected) => {
    const container = { name: 'init', ...(command ? { command } : {}) };

    expect(isRunnable(container, { ...ISOLATED, hasNamespaces })).toBe(expected);
  },
);

test('the container decides about its user before the pod, and the pod about more groups', () => {
  const pod = {
    spec: {
      containers: [],
      securityContext: { runAsUser: 1, runAsGroup: 2, supplementalGroups: [3, 4] },
    },
  };

  expect(userOf(pod, { name: 'a' })).toEqual({ uid: 1, gid: 2, groups: [3, 4] });
  expect(userOf(pod, { name: 'a', securityContext: { runAsUser: 0, runAsGroup: 0 } })).toMatchObject({
    uid: 0,
    gid: 0,
  });
  expect(userOf({}, { name: 'a' })).toBeNull();
  expect(asUser({ uid: 1, gid: 2, groups: [3, 4] }).join(' ')).toBe(
    'setpriv --reuid=1 --regid=2 --groups=3,4 --pdeathsig=KILL --',
  );
});
