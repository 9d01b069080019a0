import { isAbsolute, normalize } from 'node:path';
import * as z from 'zod';
import { durationOrZero, readMemory } from '../config/schema/quantities';
import { oneOf, scalar } from '../config/schema/scalars';
import { section } from '../config/schema/section';

const directoryPath = scalar(
  {
    title: 'directory',
    rule: 'the absolute path of a directory below /, without "." and ".."',
    json: { type: 'string', pattern: '^/' },
  },
  (value) => {
    if (typeof value !== 'string' || !isAbsolute(value) || value.includes('\0')) return undefined;
    const path = value.replace(/\/$/, '');
    return path !== '' && normalize(path) === path ? path : undefined;
  },
);

const size = scalar(
  {
    title: 'size',
    rule: 'a size, such as 1GiB, 500 MB or a number of bytes',
    json: { type: ['integer', 'string'] },
  },
  (value) => {
    const bytes = readMemory(value);
    return bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
  },
);

/** Nothing, null and 0 mean that files are not purged by this time. */
const keptFor = () => durationOrZero().nullable().prefault(null);

const intervals = section({
  accessInterval: keptFor(),
  creationInterval: keptFor(),
  modificationInterval: keptFor(),
}).transform(({ accessIntervalMs, creationIntervalMs, modificationIntervalMs }) => ({
  accessIntervalMs: accessIntervalMs || null,
  creationIntervalMs: creationIntervalMs || null,
  modificationIntervalMs: modificationIntervalMs || null,
}));

const directory = section({
  path: directoryPath,
  threshold: size,
  intervals: section({ small: intervals.prefault({}), large: intervals.prefault({}) }),
  emptyDirectories: oneOf(['emptied', 'all', 'keep']).prefault('emptied'),
});

/** The policy file. */
export const policySchema = section({ directories: z.array(directory) });
