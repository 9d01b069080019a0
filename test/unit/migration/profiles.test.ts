import { parseConfig } from '../../../src/config/config';
import { convertProfiles, type ProfileConfiguration } from '../../../src/migration/profiles/convert';
import { MAX_VARIANTS } from '../../../src/migration/profiles/variants';
import { readDocuments, UnusableFiles } from '../../../src/migration/values/read';
import { dataFile, decisions, said } from './sites';

const convert = (text: string) => convertProfiles(readDocuments({ name: 'a.yaml', text }), 'a.yaml');

const converted = (profiles: unknown) => convert(JSON.stringify(profiles));

/** A profile with these settings. */
const aProfile = (display_name: string, kubespawner_override: object, more: object = {}) => ({
  display_name,
  kubespawner_override,
  ...more,
});

const IMAGE = { image: 'quay.io/a/b:1' };

const amounts = ({ lab }: ProfileConfiguration) =>
  (lab['sizes'] as { size: string; resources: Record<string, { cpu: number; memory: string }> }[]).map(
    ({ size, resources: { limits, requests } }) =>
      `${size} ${limits?.cpu}/${requests?.cpu} ${limits?.memory}/${requests?.memory}`,
  );

/** Loads a configuration with what profiles do not say. */
function loaded({ lab, images }: ProfileConfiguration) {
  const volumes = {
    namespacePrefix: 'lab',
    volumes: [{ name: 'home', source: { type: 'hostPath', path: '/srv/home' } }],
    volumeMounts: [{ containerPath: '/home', volumeName: 'home' }],
  };
  const auth = { type: 'jupyterhub', apiUrl: 'http://hub:8081/hub/api' };
  return parseConfig(JSON.stringify({ auth, lab: { ...lab, ...volumes }, images }), {}).config;
}

describe('values of Zero to JupyterHub', () => {
  const file = dataFile('profiles/teaching.yaml');
  const { lines, result } = convertProfiles(readDocuments(file), file.name);

  test('become images and sizes that the controller takes', () => {
    const { images, lab } = loaded(result);
    expect(images.source).toMatchObject({
      type: 'static',
      recommended: 'Plain',
      images: [
        { name: 'Plain', reference: 'quay.io/jupyter/minimal-notebook:2026-01-05' },
        { name: 'Data', reference: 'quay.io/jupyter/datascience-notebook:2026-01-05' },
        { name: 'Deep, PyTorch', reference: 'quay.io/jupyter/pytorch-notebook:2026-01-05' },
        { name: 'Deep, TensorFlow', reference: 'quay.io/jupyter/tensorflow-notebook:2026-01-05' },
      ],
    });
    expect(lab.defaultSize).toBe('small');
    expect(amounts(result)).toEqual([
      'small 1/1 2Gi/1Gi',
      'medium 2/0.5 4Gi/1Gi',
      'large 4/4 8Gi/4Gi',
      'huge 4/4 16Gi/8Gi',
    ]);
  });

  test('have a line for every key, at its place', () => {
    expect(said(lines, 'singleuser.profileList[1].kubespawner_override.image')).toEqual([
      'profiles/teaching.yaml:12:9 renamed images.source.images',
    ]);
    expect(said(lines, 'singleuser.profileList[2].profile_options.memory.choices.less.display_name')).toEqual(
      ['profiles/teaching.yaml:34:17 ignored'],
    );
  });

  test('what has no counterpart is to be decided on', () => {
    expect(decisions(lines)).toEqual([
      'singleuser.profileList[1].kubespawner_override.environment',
      'singleuser.profileList[2].profile_options.image.unlisted_choice',
      'singleuser.profileList[2].kubespawner_override.extra_resource_limits',
      // An amount of CPU that is in none of the profiles.
      null,
    ]);
  });
});

test.each([
  ['a list', [aProfile('A', IMAGE)]],
  ['profile_list', { profile_list: [aProfile('A', IMAGE)] }],
  ['an umbrella chart', { jupyterhub: { singleuser: { profileList: [aProfile('A', IMAGE)] } } }],
])('profiles are found in %s', (_case, content) => {
  expect(converted(content).result.images).toEqual({
    source: { type: 'static', images: [{ name: 'A', reference: 'quay.io/a/b:1' }], recommended: 'A' },
  });
});

test('the units of KubeSpawner are powers of 1024, and one of limit and guarantee stands for both', () => {
  const { result } = converted([
    aProfile('A', { ...IMAGE, mem_limit: '1.5G', cpu_limit: '0.5' }),
    aProfile('B', { ...IMAGE, mem_guarantee: '512M', cpu_guarantee: '1500m' }),
    aProfile('C', { ...IMAGE, mem_limit: 1000, mem_guarantee: 2000, cpu_limit: 1, cpu_guarantee: 2 }),
  ]);
  expect(amounts(result)).toEqual([
    'small 1/1 1000/1000',
    'medium 1.5/1.5 512Mi/512Mi',
    'large 0.5/0.5 1536Mi/1536Mi',
  ]);
  loaded(result);
});

test('images of Docker Hub get its name and the tag latest; others that are no references are to be decided on', () => {
  const { result, lines } = converted([
    aProfile('A', { image: 'jupyter/base' }),
    aProfile('B', { image: 'Not An Image' }),
    aProfile('C', {}),
  ]);
  expect(result.images).toMatchObject({
    source: { images: [{ name: 'A', reference: 'docker.io/jupyter/base:latest' }] },
  });
  const advice = lines.filter(({ to }) => to === 'images.source.images' && lines).map(({ advice }) => advice);
  expect(advice).toContain('"B" has no image of the form registry/repository:tag');
  expect(advice).toContain('"C" has no image of the form registry/repository:tag');
});

test('names of images are unique', () => {
  const { result } = converted([aProfile('A', IMAGE), aProfile('A', { image: 'quay.io/a/b:2' })]);
  expect(result.images).toMatchObject({ source: { images: [{ name: 'A' }, { name: 'A (2)' }] } });
  loaded(result);
});

test('as many sizes as there are names', () => {
  const profiles = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      aProfile(`P${index}`, { ...IMAGE, cpu_limit: 1, mem_limit: `${index + 1}G` }),
    );
  expect(amounts(converted(profiles(7)).result).map((text) => text.split(' ')[0])[0]).toBe('tiny');
  const { result, lines } = converted(profiles(11));
  expect(amounts(result)).toHaveLength(9);
  expect(lines.map(({ advice }) => advice)).toContain('has 9 names: the 2 largest are left out');
  loaded(result);
});

test('combinations of options are bounded', () => {
  const choices = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`c${index}`, { display_name: 'x' }]),
  );
  const profile_options = { a: { choices }, b: { choices }, c: { choices } };
  const { lines } = converted([aProfile('A', IMAGE, { profile_options })]);
  expect(lines.map(({ advice }) => advice)).toContain(
    `there are more than ${MAX_VARIANTS} combinations: the others are left out`,
  );
});

test.each(['{}', '[]', 'singleuser: { profileList: [] }', 'text', ''])('%p has no profiles', (text) => {
  expect(() => convert(text)).toThrow(UnusableFiles);
});
