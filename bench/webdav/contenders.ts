import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildComponents } from '../../stack/build';
import { XNET_WEBDAV } from '../../stack/components';
import { debianProgram } from '../../stack/debian-program';
import { CHECKOUT } from '../../stack/paths';
import type { Launch } from './served-process';

/** The servers that can be measured, by their names in the tables. */
export const CONTENDERS = ['nublado', 'x/net', 'rclone', 'apache'] as const;

export type ContenderName = (typeof CONTENDERS)[number];

/** Where a server works. */
export interface Place {
  /** The served folder. */
  readonly home: string;
  /** A folder for the server's own files. */
  readonly scratch: string;
  readonly port: number;
}

/** Says how a server is started, and makes ready what it needs at a place. */
export type Contender = (place: Place) => Launch;

/** Finds or builds a server. `say` is told what takes a while. */
export async function contender(name: ContenderName, say: (line: string) => void): Promise<Contender> {
  switch (name) {
    case 'nublado':
      return nublado;
    case 'x/net': {
      const { 'xnet-webdav': command = '' } = await buildComponents({
        components: [XNET_WEBDAV],
        progress: say,
      });
      return ({ home, port }) => ({
        command,
        args: ['-directory', home, '-address', `127.0.0.1:${port}`],
      });
    }
    case 'rclone': {
      const command = await debianProgram('rclone');
      return ({ home, scratch, port }) => ({
        command,
        args: ['serve', 'webdav', home, '--addr', `127.0.0.1:${port}`],
        env: { HOME: scratch, RCLONE_CONFIG: join(scratch, 'rclone.conf') },
      });
    }
    case 'apache': {
      const command = await debianProgram('apache2');
      return (place) => ({ command, args: ['-D', 'FOREGROUND', '-f', apacheConfiguration(place)] });
    }
  }
}

const nublado: Contender = ({ home, port }) => ({
  command: process.execPath,
  args: [join(CHECKOUT, 'dist/cli/main.js'), 'webdav'],
  env: {
    WORBLEHAT_BASE_HREF: '/',
    WORBLEHAT_DIR: home,
    WORBLEHAT_PORT: String(port),
    WORBLEHAT_TIMEOUT: '86400',
  },
});

/** Whose rights Apache takes where it is started by root, which it refuses to serve as. */
const APACHE_ID = 65_534;

/** Apache with nothing but mod_dav, without its limits of the number of requests and of the length of bodies. */
function apacheConfiguration({ home, scratch, port }: Place): string {
  const state = join(scratch, 'apache');
  mkdirSync(state, { recursive: true });
  if (process.getuid?.() === 0)
    for (const path of [home, scratch, state]) chownSync(path, APACHE_ID, APACHE_ID);
  const modules = ['mpm_event', 'authz_core', 'dav', 'dav_fs'].map(
    (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
  );
  const file = join(state, 'apache.conf');
  const lines = [
    ...modules,
    `Listen 127.0.0.1:${port}`,
    'ServerName localhost',
    `User #${APACHE_ID}`,
    `Group #${APACHE_ID}`,
    `DefaultRuntimeDir ${state}`,
    `PidFile ${join(state, 'apache.pid')}`,
    `ErrorLog ${join(state, 'error.log')}`,
    `DAVLockDB ${join(state, 'locks')}`,
    'MaxKeepAliveRequests 0',
    'LimitRequestBody 0',
    `DocumentRoot ${home}`,
    `<Directory ${home}>`,
    '  Require all granted',
    '  Dav On',
    '</Directory>',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
