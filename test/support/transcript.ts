import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** What a test has done and seen, as text for the documentation. */
export interface Transcript {
  readonly text: () => string;
  /** Adds a line. */
  readonly say: (line: string) => void;
  /** Runs commands in a shell and adds them with their output. @throws Error with what they say if they fail. */
  readonly run: (commands: string) => void;
}

/** Begins a transcript whose commands run with an environment. With variable `TRANSCRIPT` it is kept in that file. */
export function startTranscript(environment: NodeJS.ProcessEnv): Transcript {
  const lines: string[] = [];
  const text = () => `${lines.join('\n')}\n`;
  const say = (line: string): void => {
    lines.push(line);
    const file = process.env['TRANSCRIPT'];
    if (file) writeFileSync(file, text());
  };
  return {
    text,
    say,
    run(commands) {
      const { status, stdout, stderr } = spawnSync('sh', ['-ec', commands], {
        encoding: 'utf8',
        env: environment,
      });
      if (status !== 0) throw new Error(`${commands}\n${stderr}`);
      say(`$ ${commands}`);
      for (const line of stdout.trimEnd().split('\n')) if (line !== '') say(line.trimEnd());
    },
  };
}
