import { buildComponents } from '../../stack/build';
import { HELM } from '../../stack/components';
import { startStack } from '../../stack/start';
import { findStack } from '../../stack/state';

const progress = (line: string): void => {
  process.stderr.write(`stack: ${line}\n`);
};

/**
 * Jest global setup: builds Helm, starts one stack for the whole run and puts its description into `NUBLADO_STACK`. If
 * that variable already holds a description, or the name of a running stack, that one is used and kept.
 */
async function globalSetup(): Promise<void> {
  const given = process.env['NUBLADO_STACK'];
  if (given?.startsWith('{')) return;
  if (given) {
    const found = findStack(given);
    if (!found) throw new Error(`NUBLADO_STACK names stack ${given}, which is not running`);
    process.env['NUBLADO_STACK'] = JSON.stringify(found);
    return;
  }
  await buildComponents({ components: [HELM], progress });
  const stack = await startStack({ name: `jest-${process.pid}`, ingress: true, progress });
  process.env['NUBLADO_STACK'] = JSON.stringify(stack);
  process.env['NUBLADO_STACK_OWNED'] = 'true';
}

module.exports = globalSetup;
