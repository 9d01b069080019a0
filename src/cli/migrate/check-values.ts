import { stringify } from 'yaml';
import { checkValues } from '../../migration/chart/check';
import { counts } from '../../migration/report';
import { reportText } from '../../migration/text';
import { readValues, UnusableFiles } from '../../migration/values/read';
import { readFile, writeNewFile } from './files';
import { exitingWith } from './outcome';

export interface CheckValuesOptions {
  readonly values?: readonly string[];
  readonly output?: string;
  readonly json?: boolean;
}

/** Most files of one command. */
const MAX_FILES = 20;

/** Reports what becomes of a site's values, and writes those for our chart where that is asked for. */
export function checkValuesFiles({ values: names = [], output, json = false }: CheckValuesOptions): void {
  exitingWith(() => {
    if (names.length === 0) throw new UnusableFiles('no values are given: name files by --values');
    if (names.length > MAX_FILES) throw new UnusableFiles(`more than ${MAX_FILES} files are given`);
    const { lines, result } = checkValues(readValues(names.map(readFile)), names);
    if (output !== undefined) writeNewFile(output, document(result, names));
    console.log(
      json ? JSON.stringify({ files: names, counts: counts({ lines }), lines }, null, 2) : reportText(lines),
    );
    return lines;
  });
}

/** The values as a file, which says where they come from. */
function document(values: object, names: readonly string[]): string {
  const sources = names.map((name) => JSON.stringify(name)).join(', ');
  const text = stringify(values, { version: '1.1', aliasDuplicateObjects: false });
  return `# Made by nublado migrate check of ${sources}; its report says what is to be decided.\n${text}`;
}
