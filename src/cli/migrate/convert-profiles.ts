import { stringify } from 'yaml';
import { convertProfiles } from '../../migration/profiles/convert';
import { counts } from '../../migration/report';
import { reportText } from '../../migration/text';
import { readDocuments } from '../../migration/values/read';
import { readFile, writeNewFile } from './files';
import { exitingWith } from './outcome';

export interface ConvertOptions {
  readonly output?: string;
  readonly json?: boolean;
}

/** Turns profiles of KubeSpawner into a configuration, which is printed or written, and reports what has no counterpart. */
export function convertProfilesFile(file: string, { output, json = false }: ConvertOptions): void {
  exitingWith(() => {
    const { lines, result } = convertProfiles(readDocuments(readFile(file)), file);
    const text = stringify(result, { version: '1.1', aliasDuplicateObjects: false });
    if (output !== undefined) writeNewFile(output, text);
    if (json) {
      console.log(JSON.stringify({ file, counts: counts({ lines }), lines, configuration: result }, null, 2));
    } else {
      if (output === undefined) console.log(text.trimEnd());
      console.error(reportText(lines));
    }
    return lines;
  });
}
