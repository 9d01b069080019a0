import type { Command } from 'commander';
import { readEnvironment } from '../config/process-environment';
import { addHomeCheckCommand } from './home-check';

const report = (line: string) => console.log(line);

/** Adds the commands that run in the init containers of labs: each loads its own code. */
export function addInitContainerCommands(nublado: Command): void {
  nublado
    .command('inithome')
    .description("Create the user's home directory; runs as root in an init container of a lab")
    .action(inithome);
  addHomeCheckCommand(nublado);
  nublado
    .command('landingpage')
    .description("Copy the landing page into the user's home directory; runs in an init container of a lab")
    .action(landingpage);
  nublado
    .command('startup')
    .description(
      "Prepare the user's home directory and the start of JupyterLab; the last init container of a lab",
    )
    .action(startup);
}

/**
 * Creates the user's home directory, or checks the one that is there.
 *
 * @throws Error that says what an operator has to correct; the lab then does not start.
 */
async function inithome(): Promise<void> {
  const { provisionHome, readHomeOwner } = await import('../init-containers/home-directory.js');
  provisionHome(readHomeOwner(readEnvironment()), report);
}

/** Copies the landing page. Never fails: a lab starts without it. */
async function landingpage(): Promise<void> {
  const { provideLandingPage } = await import('../init-containers/landing-page.js');
  provideLandingPage(readEnvironment(), report);
}

/** Prepares the home directory and writes how the lab is to start, whatever state the directory is in. */
async function startup(): Promise<void> {
  const { prepareLab } = await import('../init-containers/startup/prepare.js');
  const { writeMegabyte } = await import('../init-containers/startup/space.js');
  const { startupDirectory } = await import('../init-containers/home-space/notice.js');
  const variables = readEnvironment();
  await prepareLab({
    variables,
    paths: { etc: '/etc', startup: startupDirectory(variables), temporary: '/tmp' },
    now: new Date(),
    writeMegabyte,
    report,
  });
}
