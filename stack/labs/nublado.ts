import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CHECKOUT } from '../paths';

/** A program and the folders that it reads. */
export interface LocalProgram {
  readonly command: readonly string[];
  readonly folders: readonly string[];
}

/** The `nublado` of this checkout: the build, else its source. */
export function nubladoProgram(): LocalProgram {
  const built = join(CHECKOUT, 'dist/cli/main.js');
  const program = existsSync(built)
    ? [built]
    : ['--import', require.resolve('tsx'), join(CHECKOUT, 'src/cli/main.ts')];
  return {
    command: [process.execPath, ...program],
    folders: [
      CHECKOUT,
      realpathSync(join(CHECKOUT, 'node_modules')),
      dirname(dirname(realpathSync(process.execPath))),
    ],
  };
}
