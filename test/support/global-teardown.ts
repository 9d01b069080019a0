import { stopStack } from '../../stack/state';
import { theStack } from './stack';

/** Jest global teardown: stops the stack that the global setup started. */
async function globalTeardown(): Promise<void> {
  if (process.env['NUBLADO_STACK_OWNED']) await stopStack(theStack());
}

module.exports = globalTeardown;
