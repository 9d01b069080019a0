import { loadSealingKeys } from '../../../sealing/keys';
import { type Check, ok } from '../check';

/** Without sealing keys no process starts. */
export const sealingKeys: Check = {
  name: 'sealing-keys',
  parts: ['api', 'worker', 'watcher', 'all'],
  isLoggedByServices: true,
  remedy:
    'Make the Secret with `nublado create-sealing-keys`, mount it where NUBLADO_SEALING_KEYS says, and let the user of the ' +
    'process read it.',
  async ask({ config }) {
    const { byId, newest } = await loadSealingKeys(config.sealingKeysPath);
    return ok(`${byId.size} of them, the newest is ${newest.id}`);
  },
};
