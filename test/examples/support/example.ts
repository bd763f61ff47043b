import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { builtMain, type Program, runShell, shell } from '../../processes/support/program.js';
import { PROJECT } from '../../processes/support/project.js';
import { temporaryFolder } from '../../processes/support/setup.js';
import { FreePorts } from './ports.js';
import { patternOf, type Step, stepsOf } from './readme.js';

/** What an edge, a connector and an origin say once they do their work. */
const READY = /Ctrl-C stops$|"msg":"ready"|^origin \S+ listens on /m;

/** Where the edge's API is unless COLOCAL_URL says otherwise. */
const DEFAULT_API = 'http://127.0.0.1:7880';

export const EXAMPLES = join(PROJECT, 'examples');

/** The names of all the examples, sorted. */
export function exampleFolders(): string[] {
  const entries = readdirSync(EXAMPLES, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

export function readmeOf(example: string): string {
  return readFileSync(join(EXAMPLES, example, 'README.md'), 'utf8');
}

/** Does what the README of an example says, in a copy of its folder, and expects what it says one will see. */
export async function runAsWritten(example: string): Promise<void> {
  const folder = temporaryFolder();
  cpSync(join(EXAMPLES, example), folder, { recursive: true });
  const readme = readmeOf(example);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name));
  const texts = [readme, DEFAULT_API, ...files.map((file) => readFileSync(file, 'utf8'))];
  const ports = await FreePorts.forTexts(texts);
  for (const file of files) writeFileSync(file, ports.in(readFileSync(file, 'utf8')));

  const terminals = new Terminals(folder, { COLOCAL_URL: ports.in(DEFAULT_API) });
  for (const step of stepsOf(ports.in(readme))) await terminals.take(step);
}

/** Terminals in one folder, each with what runs in it. */
class Terminals {
  private readonly programs = new Map<number, Program>();

  constructor(
    private readonly cwd: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  async take(step: Step): Promise<void> {
    if (step.kind === 'start') await this.start(step.terminal, step.command);
    else if (step.kind === 'stop') await this.stop(step.terminal);
    else await this.run(step.script, step.output);
  }

  private async start(terminal: number, command: string): Promise<void> {
    if (this.programs.has(terminal)) throw new Error(`terminal ${terminal} is in use, for: ${command}`);
    const program = shell(`${this.built(command)} 2>&1`, { cwd: this.cwd, env: this.env });
    this.programs.set(terminal, program);
    await program.out.next(READY);
  }

  private async stop(terminal: number): Promise<void> {
    const program = this.programs.get(terminal);
    if (!program) throw new Error(`nothing runs in terminal ${terminal}`);
    this.programs.delete(terminal);
    program.kill('SIGINT');
    await program.ended;
  }

  private async run(script: string, output: string): Promise<void> {
    const { code, out } = await runShell(`exec 2>&1\n${this.built(script)}`, { cwd: this.cwd, env: this.env });
    const printed = out.replaceAll('\r', '');
    expect(printed, script).toMatch(patternOf(output));
    expect(code, script).toBe(0);
  }

  /** `npx colocal` asks npm first, which takes longer than what it starts. */
  private built(script: string): string {
    return script.replaceAll('npx colocal', `"${process.execPath}" "${builtMain()}"`);
  }
}
