import type { ShownImageSettings } from '../../../../src/api/schemas/images';
import { DomainError } from '../../../../src/domain/errors';
import type { ImageSource } from '../../../../src/domain/images/selection';
import { aCatalogue, aNode, anOffer, aTaintedNode } from '../../../support/image-catalogue';
import { aDocument, parsed } from '../../config/sample-documents';
import { aWorld, headersOf, LAB_SETTINGS, LAB_TERMS, type World } from '../fakes';

const IMAGES = '/nublado/spawner/v1/images';
const PREPULLS = '/nublado/spawner/v1/prepulls';

let world: World;

afterEach(() => world.app.close());

async function serve(offer: ImageSource['offer'], images: ShownImageSettings = LAB_SETTINGS.images) {
  const settings = { ...LAB_SETTINGS, images };
  world = await aWorld({
    terms: () => ({ ...LAB_TERMS, settings, images: { ...LAB_TERMS.images, offer } }),
  });
}

const ask = (url: string) => world.app.inject({ url, headers: headersOf('operator') });

const CATALOGUE = aCatalogue(
  {
    w_2077_43: 'sha256:2',
    'w_2077_43-arm64': 'sha256:3',
    recommended: 'sha256:2',
    w_2077_42: 'sha256:4',
    w_2077_41: null,
    r23_0_0: 'sha256:5',
  },
  [
    aNode('node-1', ['sha256:2', 'sha256:4']),
    aNode('node-2', ['sha256:2']),
    aTaintedNode('node-3', ['sha256:5']),
  ],
);

const WEEKLY = {
  reference: 'reg.example/lab/sketch:w_2077_43',
  tag: 'w_2077_43',
  name: 'Weekly 2077_43',
  digest: 'sha256:2',
  aliases: ['recommended'],
  prepulled: true,
};
const RECOMMENDED = {
  reference: 'reg.example/lab/sketch:recommended',
  tag: 'recommended',
  name: 'Recommended (Weekly 2077_43)',
  digest: 'sha256:2',
  aliases: ['w_2077_43'],
  prepulled: true,
};
const RELEASE = {
  reference: 'reg.example/lab/sketch:r23_0_0',
  tag: 'r23_0_0',
  name: 'Release r23.0.0',
  digest: 'sha256:5',
  aliases: [],
  prepulled: false,
};

describe('images', () => {
  test('images are all listed in the order of menus, and what is not known is left out', async () => {
    await serve(async () => anOffer(CATALOGUE));
    const answer = await ask(IMAGES);

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toStrictEqual({
      recommended: RECOMMENDED,
      latest_weekly: WEEKLY,
      latest_release: RELEASE,
      all: [
        RECOMMENDED,
        RELEASE,
        WEEKLY,
        {
          reference: 'reg.example/lab/sketch:w_2077_42',
          tag: 'w_2077_42',
          name: 'Weekly 2077_42',
          digest: 'sha256:4',
          aliases: [],
          prepulled: false,
        },
        {
          reference: 'reg.example/lab/sketch:w_2077_41',
          tag: 'w_2077_41',
          name: 'Weekly 2077_41',
          aliases: [],
          prepulled: false,
        },
      ],
    });
  });

  test('images of an empty repository are none', async () => {
    await serve(async () => anOffer(aCatalogue({})));

    expect((await ask(IMAGES)).json()).toStrictEqual({ all: [] });
  });
});

describe('prepulls', () => {
  const pullOf = (tag: string, name: string, digest: string) => ({
    reference: `reg.example/lab/sketch:${tag}`,
    tag,
    name,
    digest,
    size: 10,
  });

  test('prepulls have settings, images without aliases of others, and nodes', async () => {
    await serve(async () => anOffer(CATALOGUE));
    const answer = await ask(PREPULLS);

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toStrictEqual({
      config: {
        source: { type: 'docker', registry: 'registry.test', repository: 'sketchbook' },
        refresh_interval: 300,
        prepull_timeout: 600,
        recommended_tag: 'recommended',
        num_releases: 1,
        num_weeklies: 2,
        num_dailies: 3,
        cycle: null,
        pin: [],
        alias_tags: [],
      },
      images: {
        prepulled: [
          {
            ...pullOf('w_2077_43', 'Weekly 2077_43', 'sha256:2'),
            nodes: ['node-1', 'node-2'],
            missing: [],
          },
        ],
        pending: [
          {
            ...pullOf('r23_0_0', 'Release r23.0.0', 'sha256:5'),
            nodes: ['node-3'],
            missing: ['node-1', 'node-2'],
          },
          { ...pullOf('w_2077_42', 'Weekly 2077_42', 'sha256:4'), nodes: ['node-1'], missing: ['node-2'] },
        ],
      },
      nodes: [
        {
          name: 'node-1',
          eligible: true,
          comment: null,
          cached: ['reg.example/lab/sketch:w_2077_43', 'reg.example/lab/sketch:w_2077_42'],
        },
        { name: 'node-2', eligible: true, comment: null, cached: ['reg.example/lab/sketch:w_2077_43'] },
        {
          name: 'node-3',
          eligible: false,
          comment: 'Node is tainted (NoSchedule, gpu)',
          cached: ['reg.example/lab/sketch:r23_0_0'],
        },
      ],
    });
  });

  test('prepulls name what is not known as null', async () => {
    await serve(async () => anOffer(aCatalogue({ w_2077_43: null }, [aNode('node-1')])));

    expect((await ask(PREPULLS)).json().images.pending).toStrictEqual([
      {
        reference: 'reg.example/lab/sketch:w_2077_43',
        tag: 'w_2077_43',
        name: 'Weekly 2077_43',
        digest: null,
        size: null,
        nodes: [],
        missing: ['node-1'],
      },
    ]);
  });

  test.each([
    [
      {
        type: 'docker',
        registry: 'registry.test',
        repository: 'lab',
        allowedAuthRealms: ['auth.registry.test'],
      },
      { type: 'docker', registry: 'registry.test', repository: 'lab' },
    ],
    [
      { type: 'google', location: 'here', projectId: 'p', repository: 'r', image: 'i' },
      { type: 'google', location: 'here', project_id: 'p', repository: 'r', image: 'i' },
    ],
    [{ type: 'static', images: [{ name: 'a', reference: 'registry.test/lab:a' }] }, { type: 'static' }],
  ])(
    'prepulls tell of a source what operators configure, and never where its credentials are: %#',
    async (source, shown) => {
      const images = {
        source,
        dockerCredentialsPath: '/etc/swordfish',
        refreshInterval: '90s',
        cycle: 12,
        pin: ['x'],
      };
      await serve(async () => anOffer(CATALOGUE), parsed(aDocument({ images })).config.images);
      const answer = await ask(PREPULLS);

      expect(answer.json().config).toMatchObject({
        source: shown,
        refresh_interval: 90,
        cycle: 12,
        pin: ['x'],
      });
      expect(answer.json().config.source).toStrictEqual(shown);
      expect(answer.body).not.toContain('swordfish');
    },
  );
});

test.each([IMAGES, PREPULLS, '/nublado/spawner/v1/lab-form/rachel'])(
  '%s says so while nothing is known of images, and when to come again',
  async (url) => {
    await serve(() =>
      Promise.reject(new DomainError('images_unavailable', 'Nothing is known of images yet: soon')),
    );
    const answer = await world.app.inject({ url, headers: headersOf('rachel') });

    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({
      detail: [{ type: 'images_unavailable', msg: 'Nothing is known of images yet: soon' }],
    });
    expect(answer.headers['retry-after']).toBe('5');
  },
);
