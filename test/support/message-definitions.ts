import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A message definition of a workflow. */
export interface MessageDefinition {
  /** The folder of the workflow in `src/workflows`. */
  readonly kind: string;
  readonly type: 'signal' | 'update' | 'query';
  readonly name: string;
}

const WORKFLOWS = join(__dirname, '../../src/workflows');

function isDefinition(value: unknown): value is Omit<MessageDefinition, 'kind'> {
  return typeof value === 'object' && value !== null && 'type' in value && 'name' in value;
}

/** All messages of all workflows, from the modules that define them. */
export function messageDefinitions(): MessageDefinition[] {
  return globSync(join(WORKFLOWS, '*/messages.ts'))
    .toSorted()
    .flatMap((path) => {
      const definitions: unknown[] = Object.values(require(path) as object);
      const kind = basename(dirname(path));
      return definitions.filter(isDefinition).map(({ type, name }) => ({ kind, type, name }));
    });
}
