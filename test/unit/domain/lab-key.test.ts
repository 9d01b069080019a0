import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import {
  canNameObjects,
  claimName,
  environmentConfigMapName,
  filesConfigMapName,
  LAB_ROUTE,
  labKey,
  labKeyParts,
  labOfMetadata,
  labOfWorkflowId,
  labPath,
  labWorkflowId,
  metadataOfLab,
  namespaceName,
  nssConfigMapName,
  podName,
  userLabelValue,
} from '../../../src/domain/lab-key';
import { PULL_SECRET_NAME } from '../../../src/domain/names';
import {
  CATALOGUE_WORKFLOW_ID,
  PREPULL_WORKFLOW_ID,
  RECONCILIATION_RECORD_ID,
  watchWorkflowId,
} from '../../../src/workflow-clients/names';

test('a lab lives in a namespace named by the prefix and its user', () => {
  expect(namespaceName('nublado', 'rachel')).toBe('nublado-rachel');
});

test('objects of a lab are named after its user', () => {
  expect([
    podName('rachel'),
    environmentConfigMapName('rachel'),
    filesConfigMapName('rachel'),
    nssConfigMapName('rachel'),
    claimName('rachel', 'home'),
  ]).toEqual(['rachel-nb', 'rachel-nb-env', 'rachel-nb-files', 'rachel-nb-nss', 'rachel-nb-pvc-home']);
});

const EMAIL = 'ada.lovelace@example.org';
const PLAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

test.each(['rachel', 'bot-a-1', '0', '1x', 'a--b', `ada--${'0'.repeat(20)}`, 'x'.repeat(55)])(
  'the username %s stands in names as it is',
  (username) => {
    expect([namespaceName('nublado', username), podName(username), userLabelValue(username)]).toEqual([
      `nublado-${username}`,
      `${username}-nb`,
      username,
    ]);
  },
);

test.each([
  [EMAIL, 'ada-lovelace-example-org-', 'ada-lovelace-example-org_'],
  ['Rachel', 'rachel-', 'rachel_'],
  ['-ra_chel-', 'ra-chel-', 'ra-chel_'],
  ['\u{5c0f}\u{6797}', '', 'user_'],
])('the username %s is replaced in names, always by the same', (username, inNames, inLabels) => {
  const digest = createHash('sha256').update(username).digest('hex').slice(0, 20);
  expect([namespaceName('nublado', username), podName(username), userLabelValue(username)]).toEqual([
    `nublado--${inNames}${digest}`,
    `${inNames}${digest}-nb`,
    `${inLabels}${digest}`,
  ]);
});

test('a plain username too long for a namespace is shortened there alone', () => {
  const username = 'x'.repeat(60);
  expect(userLabelValue(username)).toBe(username);
  expect(namespaceName('nublado', username)).toMatch(/^nublado--x{30}-[0-9a-f]{20}$/);
});

test.each([
  ['rachel', true],
  ['x'.repeat(56), true],
  [EMAIL, true],
  ['', false],
  ['ra/chel', false],
  ['..', false],
])('whether objects can be named after the user %j: %p', (username, expected) => {
  expect(canNameObjects('nublado', username)).toBe(expected);
});

test('a prefix that leaves no room for a digest allows usernames that fit as they are', () => {
  const prefix = 'p'.repeat(50);
  expect(['rachel', EMAIL].map((username) => canNameObjects(prefix, username))).toEqual([true, false]);
});

const dnsLabel = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/);

/** Usernames of every kind, many of them near to each other, and plain ones that look like names made of others. */
const username = fc
  .oneof(
    dnsLabel,
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', 'A', '-', '_', '.', '@', '\u00e9', '0') }),
    fc.stringMatching(/^[A-Za-z0-9._@+-]{1,190}$/),
    fc.constantFrom('nb', 'pull-secret', 'a-nb'),
  )
  .chain((name) =>
    fc.constantFrom(
      name,
      namespaceName('p', name),
      namespaceName('p', name).slice(2),
      userLabelValue(name),
      podName(name),
    ),
  )
  .filter((name) => canNameObjects('p', name));

const nameable = fc.tuple(dnsLabel, username).filter(([prefix, user]) => canNameObjects(prefix, user));

/** Every name that a lab's objects have, by kind. */
const namesOf = (user: string, volumes: readonly string[]) => ({
  Secret: [podName(user), PULL_SECRET_NAME],
  ConfigMap: [environmentConfigMapName(user), filesConfigMapName(user), nssConfigMapName(user)],
  PersistentVolumeClaim: volumes.map((volume) => claimName(user, volume)),
});

test('every user who can have objects has valid names for them, each once', () => {
  const volumes = fc.uniqueArray(dnsLabel, { maxLength: 4 });
  fc.assert(
    fc.property(nameable, volumes, ([prefix, user], volumes) => {
      expect(namespaceName(prefix, user)).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      expect(userLabelValue(user)).toMatch(/^[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/);
      for (const names of Object.values(namesOf(user, volumes))) {
        expect(new Set(names).size).toBe(names.length);
        expect(names.filter((name) => !/^[a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?$/.test(name))).toEqual([]);
      }
    }),
  );
});

test('names made of a username that is not plain are those of no plain one', () => {
  fc.assert(
    fc.property(dnsLabel, username, (prefix, user) => {
      fc.pre(!PLAIN.test(user));
      expect(namespaceName(prefix, user).slice(prefix.length + 1)).not.toMatch(PLAIN);
      expect(userLabelValue(user)).not.toMatch(PLAIN);
    }),
  );
});

test('two users share neither a namespace nor the value of a label', () => {
  fc.assert(
    fc.property(dnsLabel, username, username, (prefix, one, other) => {
      expect(namespaceName(prefix, one) === namespaceName(prefix, other)).toBe(one === other);
      expect(userLabelValue(one) === userLabelValue(other)).toBe(one === other);
    }),
  );
});

test('the parts of a key make the key again', () => {
  fc.assert(
    fc.property(username, (user) =>
      expect(labKeyParts(labKey({ username: user }))).toEqual({ username: user }),
    ),
  );
});

test.each(['', 'a/b', '..', 'a b', 'x'.repeat(201)])('%j is no key of a lab', (text) => {
  expect(labKeyParts(text)).toBeNull();
  expect(labOfWorkflowId(labWorkflowId(text))).toBeNull();
});

test('a lab is found again by its workflow ID', () => {
  fc.assert(fc.property(username, (lab) => expect(labOfWorkflowId(labWorkflowId(lab))).toBe(lab)));
});

test('a workflow ID that is read as a lab is the ID of that lab', () => {
  const ids = fc.oneof(fc.string(), fc.string().map(labWorkflowId), username.map(labWorkflowId));
  fc.assert(
    fc.property(ids, (id) => {
      const lab = labOfWorkflowId(id);
      expect(lab === null || labWorkflowId(lab) === id).toBe(true);
    }),
  );
});

test('no other workflow has the ID of a lab', () => {
  const others = [
    CATALOGUE_WORKFLOW_ID,
    PREPULL_WORKFLOW_ID,
    RECONCILIATION_RECORD_ID,
    watchWorkflowId('labs'),
  ];
  expect(others.map(labOfWorkflowId)).toEqual(others.map(() => null));
});

test('a lab is found again by the labels and annotations of its objects', () => {
  fc.assert(fc.property(username, (lab) => expect(labOfMetadata(metadataOfLab(lab))).toBe(lab)));
});

test('labels and annotations of two labs put together are those of the lab that the label is of', () => {
  fc.assert(
    fc.property(username, username, (one, other) => {
      const { labels } = metadataOfLab(one);
      const { annotations } = metadataOfLab(other);
      expect([one, userLabelValue(one)]).toContain(labOfMetadata({ labels, annotations }));
    }),
  );
});

test('the path of a lab has the form of its route, and its parameter is the lab', () => {
  const route = new RegExp(`^${LAB_ROUTE.replace(':username', '([^/?#]+)')}$`);
  fc.assert(
    fc.property(username, (lab) => {
      expect(decodeURIComponent(route.exec(labPath(lab))?.[1] ?? '')).toBe(lab);
    }),
  );
});
