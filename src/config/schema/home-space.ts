import { isPlainTemplate } from '../../domain/template';
import { duration, memory } from './quantities';
import { integer, oneOf, scalar } from './scalars';
import { section } from './section';

const quotaFile = () =>
  scalar(
    {
      title: 'template',
      rule: 'an absolute path without "..", in which only {{ uid }} and {{ gid }} are filled in',
      json: { type: 'string', pattern: '^/' },
    },
    (value) =>
      typeof value === 'string' &&
      value.startsWith('/') &&
      !value.split('/').includes('..') &&
      isPlainTemplate(value)
        ? value
        : undefined,
  );

/** How the space in home directories is checked before labs start. */
export const homeSpace = section({
  whenFull: oneOf(['fail', 'warn'])
    .prefault('fail')
    .describe('What becomes of a lab whose home directory is too full to start JupyterLab.'),
  minimumFree: memory().prefault('16Mi').describe('Free space below which a home directory is full.'),
  minimumFreeFiles: integer(0)
    .prefault(100)
    .describe('Number of files that can still be made below which it is full; 0 does not look at it.'),
  warnBelow: memory().prefault('200Mi').describe('Free space below which users are warned.'),
  warnBelowFiles: integer(0)
    .prefault(1000)
    .describe('Number of files that can still be made below which users are warned; 0 does not look at it.'),
  quotaFile: quotaFile()
    .nullable()
    .prefault(null)
    .describe('Report of quotas that the file system itself does not show, as labs see it.'),
  quotaFileMaxAge: duration().prefault('1h').describe('How old the report may be; an older one is ignored.'),
});
