import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freeLoopbackPort } from '../../src/process/address';
import { type Figures, medians } from '../figures';
import { median } from '../statistics';
import { type Contender, type ContenderName, contender } from './contenders';
import { download, list, putSmall, upload } from './load';
import { type ServedProcess, startServed } from './served-process';

/** How much is measured. */
export interface Amounts {
  readonly contenders: readonly ContenderName[];
  readonly rounds: number;
  /** Small files in a round. */
  readonly puts: number;
  /** Length of the large file in MiB. */
  readonly mebibytes: number;
  /** Files in the listed folder. */
  readonly entries: number;
  /** Length in MiB of a file that is larger than a server's memory may be; 0 leaves it out. */
  readonly largeMebibytes: number;
  /** Folder of the servers' homes. */
  readonly directory: string;
}

/** Figures of one server: medians over the rounds. */
export interface Measured {
  readonly contender: ContenderName;
  readonly figures: Figures;
}

/** Listings of each kind in a round, after one that is not counted. */
const LISTINGS = 5;

/** How long a server is left alone before its memory at rest is read. */
const REST_MS = 1000;

interface Subject {
  readonly name: ContenderName;
  readonly launch: Contender;
  readonly home: string;
  readonly scratch: string;
}

/** Measures servers by turns, so that a drift of the machine affects all of them. Each round starts them anew. */
export async function measureFileServers(amounts: Amounts, say: (line: string) => void): Promise<Measured[]> {
  const directory = mkdtempSync(join(amounts.directory, 'bench-webdav-'));
  // Apache does not serve as root.
  chmodSync(directory, 0o755);
  try {
    const subjects: Subject[] = [];
    for (const name of amounts.contenders) subjects.push(await prepare(name, directory, amounts, say));
    const taken = subjects.map((): Figures[] => []);
    for (let round = 1; round <= amounts.rounds; round += 1) {
      for (const [index, subject] of subjects.entries()) {
        const figures = await withServer(subject, (server) => measureRound(server, subject, amounts));
        taken[index]?.push(figures);
        const { 'put.perSecond': rate = 0, 'list.ms': listMs = 0 } = figures;
        say(
          `round ${round} of ${amounts.rounds}, ${subject.name}: ${rate.toFixed(0)} files/s, listed in ${listMs.toFixed(0)} ms`,
        );
      }
    }
    if (amounts.largeMebibytes > 0) {
      for (const [index, subject] of subjects.entries()) {
        say(`${amounts.largeMebibytes} MiB to and from ${subject.name}`);
        taken[index]?.push(await withServer(subject, (server) => measureLarge(server, subject, amounts)));
      }
    }
    return subjects.map(({ name }, index) => ({ contender: name, figures: medians(taken[index] ?? []) }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function prepare(
  name: ContenderName,
  directory: string,
  { entries }: Amounts,
  say: (line: string) => void,
): Promise<Subject> {
  const launch = await contender(name, say);
  const folder = join(directory, name.replace('/', '-'));
  const [home, scratch] = [join(folder, 'home'), join(folder, 'scratch')];
  for (const path of [join(home, 'many'), scratch]) mkdirSync(path, { recursive: true });
  for (let index = 0; index < entries; index += 1) {
    writeFileSync(join(home, 'many', `file-${String(index).padStart(5, '0')}.txt`), 'text\n');
  }
  return { name, launch, home, scratch };
}

async function withServer(
  { launch, home, scratch }: Subject,
  measure: (server: ServedProcess) => Promise<Figures>,
): Promise<Figures> {
  const port = await freeLoopbackPort();
  const server = await startServed(launch({ home, scratch, port }), port);
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

async function measureRound(server: ServedProcess, { home }: Subject, amounts: Amounts): Promise<Figures> {
  const { url, startMs } = server;
  await delay(REST_MS);
  const { nowMiB } = server.memory();
  await putSmall(url, 'warm-up', Math.ceil(amounts.puts / 4));
  const put = await withCpu(server, () => putSmall(url, 'small', amounts.puts));
  const stored = await withCpu(server, () => upload(url, '/large', amounts.mebibytes));
  const read = await withCpu(server, () => download(url, '/large', amounts.mebibytes));
  const { taken: all, cpuMs: listCpuMs } = await withCpu(server, () => listings(url, false));
  const named = await listings(url, true);
  const { peakMiB } = server.memory();
  for (const name of ['warm-up', 'small', 'large']) rmSync(join(home, name), { recursive: true });
  return {
    'start.ms': startMs,
    'idle.MiB': nowMiB,
    'put.perSecond': amounts.puts / put.taken,
    'put.cpuMs': put.cpuMs / amounts.puts,
    'upload.s': stored.taken,
    'upload.cpuMs': stored.cpuMs,
    'download.s': read.taken,
    'download.cpuMs': read.cpuMs,
    'list.ms': all.ms,
    'list.cpuMs': listCpuMs / (LISTINGS + 1),
    'list.bytes': all.bytes,
    'named.ms': named.ms,
    'named.bytes': named.bytes,
    'peak.MiB': peakMiB,
  };
}

/** What a load takes, and the server's processor time for it, which depends less on what else runs on the machine. */
async function withCpu<T>(server: ServedProcess, load: () => Promise<T>) {
  const before = server.cpuMs();
  const taken = await load();
  return { taken, cpuMs: server.cpuMs() - before };
}

async function listings(url: string, isNamed: boolean) {
  await list(url, '/many/', isNamed);
  const samples: number[] = [];
  let bytes = 0;
  for (let index = 0; index < LISTINGS; index += 1) {
    const listed = await list(url, '/many/', isNamed);
    samples.push(listed.ms);
    bytes = listed.bytes;
  }
  return { ms: median(samples), bytes };
}

async function measureLarge(
  server: ServedProcess,
  { home }: Subject,
  { largeMebibytes }: Amounts,
): Promise<Figures> {
  const uploadSeconds = await upload(server.url, '/larger', largeMebibytes);
  const peakAfterUpload = server.memory().peakMiB;
  const downloadSeconds = await download(server.url, '/larger', largeMebibytes);
  const { peakMiB } = server.memory();
  rmSync(join(home, 'larger'));
  return {
    'larger.upload.s': uploadSeconds,
    'larger.upload.peakMiB': peakAfterUpload,
    'larger.download.s': downloadSeconds,
    'larger.peakMiB': peakMiB,
  };
}
