import { readFile } from 'node:fs/promises';
import { isSendable } from '../../http/fetch';
import { createLabApi } from './api';
import { runCanaryLab } from './canary';

export interface CanaryCommandOptions {
  readonly url: string;
  readonly user: string;
  readonly tokenFile: string;
  readonly adminTokenFile?: string;
  readonly imageTag?: string;
  readonly size?: string;
  readonly timeout: string;
}

async function readToken(path: string): Promise<string> {
  const token = (await readFile(path, 'utf8')).trim();
  if (!isSendable(token)) throw new Error(`${path} holds no token: it must be one word of plain ASCII`);
  return token;
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;

/** Starts and ends a lab through the API, and prints how long it took. The exit code is 1 if it did not become ready. */
export async function runCanary(options: CanaryCommandOptions): Promise<void> {
  const timeoutMs = Number(options.timeout) * 1000;
  if (!(timeoutMs > 0)) throw new Error('--timeout is a number of seconds');
  const userToken = await readToken(options.tokenFile);
  const administratorToken = options.adminTokenFile ? await readToken(options.adminTokenFile) : userToken;
  const { imageTag, size } = options;
  if (imageTag !== undefined && size === undefined) throw new Error('--image-tag needs --size');
  const image: Record<string, string> =
    imageTag === undefined ? { image_class: 'recommended' } : { image_tag: imageTag };
  const signal = AbortSignal.timeout(timeoutMs);
  // Removing has the same time again, so that a lab that is not ready in time is not left.
  const api = createLabApi({
    url: options.url,
    username: options.user,
    userToken,
    administratorToken,
    signal: AbortSignal.timeout(2 * timeoutMs),
  });
  const { acceptedMs, readyMs, goneMs } = await runCanaryLab(api, {
    // Without a size the API takes the user's last choice or the defaults.
    options: size === undefined ? {} : { ...image, size },
    onProgress: (message) => console.log(message),
    signal,
  });
  console.log(
    `The lab of ${options.user} was accepted after ${seconds(acceptedMs)}, ready after ${seconds(readyMs)}, ` +
      `and gone ${seconds(goneMs)} after it was ended`,
  );
}
