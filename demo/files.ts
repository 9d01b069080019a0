import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Session } from '../stack/web-session';

const POLL_MS = 250;
/** A pod runs some 100 ms before its program listens. */
const READY_MS = 30_000;
const NOTE = { name: 'from-webdav.txt', text: 'written by a WebDAV client\n' };
/** The names of entries in an answer to PROPFIND, whose paths are percent-encoded. */
const HREF = /<(?:\w+:)?href>([^<]+)<\//g;

/** A folder in the answer of a lab's contents API. */
const folder = z.object({ content: z.array(z.object({ name: z.string() })) });
const file = z.object({ content: z.string() });

/** One user's home directory at a file server, as a WebDAV client with a token as the password sees it. */
export interface DemoFiles {
  readonly username: string;
  /** The page that creates the file server. @throws Error with the answer if it cannot be created. */
  create(): Promise<void>;
  write(name: string, text: string): Promise<void>;
  read(name: string): Promise<string>;
  /** Names that do not begin with a dot, sorted. */
  list(): Promise<string[]>;
}

/** The files of a user, at the platform's URL. */
export function demoFiles(platformUrl: string, username: string, token: string): DemoFiles {
  const home = `${platformUrl}/files/${username}/home/${username}/`;
  const asPassword = `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}`;
  const send = async (url: string, init: RequestInit = {}): Promise<string> => {
    const headers = { authorization: asPassword, ...(init.headers as Record<string, string> | undefined) };
    const answer = await fetch(url, { redirect: 'manual', ...init, headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${url}: ${answer.status} ${text}`);
    return text;
  };
  return {
    username,
    create: async () => {
      await send(`${platformUrl}/files`, { headers: { authorization: `Bearer ${token}` } });
      const deadline = Date.now() + READY_MS;
      while (!(await isAnswered(() => send(home, { method: 'OPTIONS' }), deadline))) await delay(POLL_MS);
    },
    write: async (name, body) => void (await send(`${home}${name}`, { method: 'PUT', body })),
    read: (name) => send(`${home}${name}`),
    list: async () => {
      const xml = await send(home, { method: 'PROPFIND', headers: { depth: '1' } });
      const paths = [...xml.matchAll(HREF)].map(([, href = '']) =>
        decodeURIComponent(href).replace(/\/$/, ''),
      );
      const names = paths.slice(1).map((path) => path.slice(path.lastIndexOf('/') + 1));
      return names.filter((name) => !name.startsWith('.')).toSorted();
    },
  };
}

async function isAnswered(ask: () => Promise<unknown>, deadline: number): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (Date.now() > deadline) throw error;
    return false;
  }
}

/** Shows that the user's lab and their file server have the same files. @throws Error if they have not. */
export async function compareFiles(browser: Session, files: DemoFiles): Promise<void> {
  const { username } = files;
  const inLab = async (path: string): Promise<unknown> => {
    const { status, text } = await browser.open(`/nb/user/${username}/api/contents${path}`);
    if (status !== 200) throw new Error(`the lab answers ${status} for ${path || 'its home directory'}`);
    return JSON.parse(text);
  };
  await files.create();
  await files.write(NOTE.name, NOTE.text);
  const { content } = file.parse(await inLab(`/${NOTE.name}`));
  if (content !== NOTE.text || (await files.read(NOTE.name)) !== NOTE.text) {
    throw new Error(`the lab has other text in ${NOTE.name} than the file server`);
  }
  const names = folder
    .parse(await inLab(''))
    .content.map(({ name }) => name)
    .toSorted();
  const served = await files.list();
  if (JSON.stringify(names) !== JSON.stringify(served)) {
    throw new Error(`the lab has ${names.join(', ')}; the file server ${served.join(', ')}`);
  }
  console.log(`A file server of ${username} runs beside the lab: both have ${served.join(', ')}`);
  console.log(`A WebDAV client has written ${NOTE.name}, and the lab reads it`);
}
