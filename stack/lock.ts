import { mkdir, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
const STALE_AFTER_MS = 15_000;

/**
 * Runs `work` while it holds the lock folder `path`, after waiting for earlier holders. A holder touches the folder
 * periodically; one that has not for 15 s, because it was killed, loses the lock.
 */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let isFirstLook = true;
  while (!(await tryLock(path))) {
    if (isFirstLook) onWait();
    isFirstLook = false;
    await delay(200);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A holder that was suspended for long can lose its lock without an error. That is harmless: builds are renamed
    // into place.
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { recursive: true, force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (!isExisting(error)) throw error;
  }
  const age = await stat(path).then(
    (found) => Date.now() - found.mtimeMs,
    () => 0,
  );
  if (age > STALE_AFTER_MS) await rm(path, { recursive: true, force: true });
  return false;
}

function isExisting(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';
}
