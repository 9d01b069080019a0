import type { KnownImage } from './image';
import { aliasName } from './tag-grammar';

/** An alias that is known to stand for another image: what that image is becomes part of its name. */
export function resolveAlias(alias: KnownImage, target: KnownImage): KnownImage {
  const architecture = alias.architecture ?? target.architecture;
  return {
    ...alias,
    type: 'Alias',
    aliasTarget: target.tag,
    cycle: target.cycle,
    architecture,
    date: target.date,
    displayName: resolvedName(alias.base ?? alias.tag, target.displayName, architecture),
  };
}

/** The name of the target stands in parentheses, so that its own become commas. */
function resolvedName(base: string, targetName: string, architecture: string | null): string {
  const suffix = architecture === null ? '' : ` [${architecture}]`;
  const flat = targetName.replaceAll(' (', ', ').replaceAll(')', '');
  const inner = suffix === '' ? flat : flat.replaceAll(suffix, '');
  return `${aliasName(base)} (${inner})${suffix}`;
}
