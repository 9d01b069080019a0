import { Command } from 'commander';
import type { DeletionOptions } from './deletion';
import type { ListOptions } from './list';
import { Refusal } from './terminal';

const SAFETY = `
Nothing is deleted without --no-dry-run. With it you are asked, unless you add --yes; without a terminal
to ask on, --yes is needed. Images of labs are known by Temporal, where TEMPORAL_ADDRESS is set.

Exits with 0 when all is done or there is nothing to do, with 2 when it is refused, with 1 when it fails.`;

/** The commands on images of the repository: each loads its own code. */
export function imagesCommand(config: readonly [flags: string, description: string]): Command {
  const images = new Command('images').description('List, prune and delete images of the repository');
  images
    .command('list')
    .description('Print every tag in the order of menus')
    .option(...config)
    .option('--digests', 'read the digest of each tag, and tell which tags are the same image')
    .option('--json', 'print one JSON document')
    .action(async (options: ListOptions) => (await import('./list.js')).listImages(options));
  deleting(images.command('prune'), config)
    .description(
      'Delete the images that the policy "prune" of the configuration does not keep, and nothing uses',
    )
    .option('--force', 'also with a policy that keeps nothing; what is used stays even so')
    .action((options: DeletionOptions) =>
      refusable(async () => (await import('./deletion.js')).pruneImages(options)),
    );
  deleting(images.command('delete'), config)
    .description('Delete the images behind tags, with every tag that is the same image')
    .argument('<tags...>', 'tags of the repository')
    .option('--force', 'also images that are used or have other tags; what --protect names stays even so')
    .action((tags: string[], options: DeletionOptions) =>
      refusable(async () => (await import('./deletion.js')).deleteImages(tags, options)),
    );
  return images;
}

function deleting(command: Command, config: readonly [flags: string, description: string]): Command {
  return command
    .option(...config)
    .option('--no-dry-run', 'really delete')
    .option('--yes', 'do not ask')
    .option('--protect <image...>', 'keep these too: tags, digests or references', [])
    .option('--json', 'print one JSON document')
    .addHelpText('after', SAFETY);
}

async function refusable(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(`refused: ${error.message}`);
    process.exitCode = 2;
  }
}
