import { readEnvironment } from '../config/process-environment';
import { STARTUP_DIRECTORY, STARTUP_DIRECTORY_VARIABLE } from '../domain/names';
import { prepareLab } from '../init-containers/startup/prepare';
import { writeMegabyte } from '../init-containers/startup/space';

/** Prepares the home directory and tells the lab how to start, whatever state the directory is in. */
export function startup(): Promise<void> {
  const variables = readEnvironment();
  const startup = variables[STARTUP_DIRECTORY_VARIABLE] || STARTUP_DIRECTORY;
  return prepareLab({
    variables,
    paths: { etc: '/etc', startup, temporary: '/tmp' },
    now: new Date(),
    writeMegabyte,
    report: (line) => console.log(line),
  });
}
