import { pino } from 'pino';
import { createImageActivities } from '../../../src/activities/images';
import { createWatchActivities } from '../../../src/activities/watch/activity';
import { labKind } from '../../../src/activities/watch/lab-sink';
import { createMissingKeys } from '../../../src/cli/create-sealing-keys';
import { repositories } from '../../../src/registry/image-repository';
import { activityEnvironment, attempt } from '../../activities/attempt';
import { aDocument, parsed } from '../../unit/config/sample-documents';
import { json, startScriptedServer } from '../../unit/kubernetes/scripted-server';
import { eventually } from '../eventually';
import { observer } from '../sealing';
import { aUsername, type Surroundings, type Uses } from './uses';

const logger = pino({ enabled: false });

/** What a watch that works has been answered. */
const FOLLOWED = ['pods', 'events'].flatMap((resource) => [`200 list ${resource}`, `200 watch ${resource}`]);

/** Uses that concern the cluster as a whole, and that of the hook for sealing keys. */
export function clusterUses({ places: { own } }: Surroundings): Uses {
  return {
    async watchLabs({ answers, kubernetes }) {
      const environment = activityEnvironment(60_000);
      const activities = createWatchActivities({
        kubernetes,
        kinds: [labKind({ observer, send: async () => undefined, logger })],
        errorDelayMs: 1_000,
        reconnectMs: 60_000,
        logger,
      });
      const running = environment.run(() => activities.watchLabs());
      const isFollowing = eventually(
        async () => FOLLOWED.every((answer) => answers.includes(answer)),
        (isComplete) => isComplete,
      );
      await Promise.race([running, isFollowing]);
      environment.cancel();
      await running.catch(() => undefined);
    },

    async refreshImages({ kubernetes }) {
      const registry = await startScriptedServer(json(200, { tags: [] }));
      const source = { type: 'docker', registry: new URL(registry.url).host, repository: 'lab/sketch' };
      const { config } = parsed(aDocument({ images: { source, dockerCredentialsPath: null } }));
      const activities = createImageActivities({
        config: () => config,
        kubernetes,
        repositoryOf: repositories(logger),
        labImages: async () => new Set(),
        readCatalogue: async () => ({ published: null, refreshedAt: null, failure: null }),
        publish: async () => undefined,
        wantPulls: async () => undefined,
        logger,
      });
      try {
        expect((await attempt(() => activities.refreshImages())).nodes).toBeGreaterThan(0);
      } finally {
        await registry.close();
      }
    },

    async createMissingKeys({ kubernetes }) {
      const secret = { namespace: own, name: aUsername() };
      expect(await attempt(() => createMissingKeys(kubernetes, secret, new Date()))).toBe(true);
    },
  };
}
