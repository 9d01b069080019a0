import { type Figures, ratios } from '../figures';
import { markdown } from '../tables';
import type { Measured } from './measure';

/** Heading, name of the figure, decimals. */
const COLUMNS: readonly (readonly [string, string, number])[] = [
  ['start ms', 'start.ms', 0],
  ['small PUTs/s', 'put.perSecond', 0],
  ['CPU ms each', 'put.cpuMs', 2],
  ['PUT large s', 'upload.s', 2],
  ['CPU ms', 'upload.cpuMs', 0],
  ['GET large s', 'download.s', 2],
  ['CPU ms', 'download.cpuMs', 0],
  ['PROPFIND ms', 'list.ms', 0],
  ['CPU ms', 'list.cpuMs', 0],
  ['KiB', 'list.bytes', 0],
  ['named ms', 'named.ms', 0],
  ['KiB', 'named.bytes', 0],
  ['idle MiB', 'idle.MiB', 0],
  ['peak MiB', 'peak.MiB', 0],
  ['PUT larger s', 'larger.upload.s', 1],
  ['then peak MiB', 'larger.upload.peakMiB', 0],
  ['GET larger s', 'larger.download.s', 1],
  ['then peak MiB', 'larger.peakMiB', 0],
];

/** What is aimed at: a ratio to a server's figure of the same run, or a size. */
const AIMS = [
  { text: 'small PUTs/s at least 0.8 of', figure: 'put.perSecond', to: 'x/net' },
  { text: 'PUT large at most 1.5 of', figure: 'upload.s', to: 'x/net' },
  { text: 'GET large at most 1.5 of', figure: 'download.s', to: 'x/net' },
  { text: 'PROPFIND at most 0.7 of', figure: 'list.ms', to: 'x/net' },
  { text: 'PROPFIND at most 1.2 of', figure: 'list.ms', to: 'apache' },
  { text: 'idle at most 70 MiB', figure: 'idle.MiB', to: null },
  { text: 'peak at most 128 MiB with a larger upload', figure: 'larger.upload.peakMiB', to: null },
] as const;

/** Each figure of the first server as a multiple of that of each other one. */
export function ratiosToPeers([own, ...peers]: readonly Measured[]): Record<string, Figures> {
  return Object.fromEntries(
    peers.map(({ contender, figures }) => [contender, ratios(own?.figures ?? {}, figures)]),
  );
}

/** Markdown: the figures, what ours are of the others', and the aims. */
export function webdavTables(measured: readonly Measured[]): string {
  const present = COLUMNS.filter(([, name]) => measured.some(({ figures }) => figures[name] !== undefined));
  const toPeers = Object.entries(ratiosToPeers(measured));
  const tables = [
    markdown(
      'Figures',
      ['server', ...present.map(([heading]) => heading)],
      measured.map(({ contender, figures }) => [
        contender,
        ...present.map(([, name, decimals]) => text(figures[name], name, decimals)),
      ]),
    ),
  ];
  if (toPeers.length > 0) {
    tables.push(
      markdown(
        `${measured[0]?.contender}'s figures as multiples of`,
        ['server', ...present.map(([heading]) => heading)],
        toPeers.map(([peer, figures]) => [
          peer,
          ...present.map(([, name]) => figures[name]?.toFixed(2) ?? ''),
        ]),
      ),
    );
  }
  return [...tables, markdown('Aims', ['aim', 'measured'], aims(measured))].join('\n\n');
}

function aims(measured: readonly Measured[]): string[][] {
  const own = measured[0]?.figures ?? {};
  const toPeers = ratiosToPeers(measured);
  return AIMS.flatMap(({ text: aim, figure, to }) => {
    const value = to === null ? own[figure] : toPeers[to]?.[figure];
    if (value === undefined) return [];
    return [to === null ? [aim, value.toFixed(0)] : [`${aim} ${to}'s`, value.toFixed(2)]];
  });
}

function text(value: number | undefined, name: string, decimals: number): string {
  if (value === undefined) return '';
  return (name.endsWith('.bytes') ? value / 1024 : value).toFixed(decimals);
}
