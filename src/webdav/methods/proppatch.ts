import { answerXml } from '../answers';
import { readXml } from '../bodies';
import { checkChange, complete } from '../conditions';
import { DavError, statusOf } from '../errors';
import type { Exchange } from '../exchange';
import { type DeadProperty, propertyKey } from '../properties/dead-properties';
import { type FileChange, fileChange, modeWith } from '../properties/file-changes';
import { type PropertyChange, readPropertyUpdate } from '../request/property-update';
import type { FullSpot } from '../tree/served-tree';
import { ENTRY_ITSELF, system } from '../tree/system';
import { propstat } from '../xml/multistatus';
import { dav, davDocument, emptyElement, escapeText, writeElement } from '../xml/writer';
import { findResource } from './find';

const REACH = { isOfName: false, isOfTree: false } as const;

/** The step that failed, and why. */
interface Failure {
  readonly change: PropertyChange;
  readonly error: unknown;
}

/** Changes properties: all of them or none. */
export async function proppatch(exchange: Exchange): Promise<void> {
  const { service, response, path } = exchange;
  const spot = await findResource(exchange, path);
  await checkChange(exchange, spot, REACH);
  const changes = readPropertyUpdate(await readXml(exchange));
  const failure = await complete(exchange, spot, REACH, (current) =>
    apply(exchange, { ...spot, stats: current.stats ?? spot.stats }, changes),
  );
  const href = service.urls.hrefOf(path, spot.stats.isDirectory());
  const content = dav('href', escapeText(href)) + outcomes(changes, failure);
  answerXml(response, 207, davDocument('multistatus', dav('response', content)));
}

async function apply(
  { service: { properties } }: Exchange,
  spot: FullSpot,
  changes: readonly PropertyChange[],
): Promise<Failure | null> {
  const before = properties.of(spot.path);
  const after = new Map(before);
  const ofFile: { change: PropertyChange; effect: FileChange }[] = [];
  let change: PropertyChange | undefined;
  try {
    for (change of changes) {
      const effect = fileChange(change, spot.stats);
      if (effect === null) changeDead(after, change);
      else ofFile.push({ change, effect });
    }
    properties.replace(spot.path, after);
    for (const { change: step, effect } of ofFile) {
      change = step;
      await changeFile(spot, effect);
    }
    return null;
  } catch (error) {
    if (change === undefined) throw error;
    properties.replace(spot.path, before);
    return { change, error };
  }
}

function changeDead(properties: Map<string, DeadProperty>, { isRemoval, element }: PropertyChange): void {
  const { namespace, name } = element;
  const key = propertyKey(namespace, name);
  if (isRemoval) properties.delete(key);
  else properties.set(key, { namespace, name, xml: writeElement(element) });
}

/** Through a descriptor, so that a link put in the file's place is not followed. */
async function changeFile({ folder, name, stats }: FullSpot, effect: FileChange): Promise<void> {
  const descriptor = await system.open(folder.at(name), ENTRY_ITSELF);
  const path = `/proc/self/fd/${descriptor}`;
  try {
    const { ino } = await system.fstat(descriptor);
    if (ino !== stats.ino) throw new DavError(409, 'the file was exchanged meanwhile');
    if ('modifiedMs' in effect) await system.utimes(path, effect.modifiedMs / 1000, effect.modifiedMs / 1000);
    else await system.chmod(path, modeWith(stats.mode, effect.isExecutable));
  } finally {
    await system.close(descriptor);
  }
}

function outcomes(changes: readonly PropertyChange[], failure: Failure | null): string {
  if (failure === null) return propstat(200, elements(changes));
  const others = changes.filter((change) => change !== failure.change);
  const condition = failure.error instanceof DavError ? failure.error.condition : undefined;
  return (
    propstat(statusOf(failure.error), elements([failure.change]), condition) + propstat(424, elements(others))
  );
}

function elements(changes: readonly PropertyChange[]): string {
  return changes.map(({ element }) => emptyElement(element.namespace, element.name)).join('');
}
