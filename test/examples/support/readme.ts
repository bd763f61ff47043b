/** One thing that the README of an example has its reader do. */
export type Step =
  /** Starts something that stays, in a terminal of its own. */
  | { readonly kind: 'start'; readonly terminal: number; readonly command: string }
  /** Presses Ctrl-C in that terminal. */
  | { readonly kind: 'stop'; readonly terminal: number }
  /** Runs a few lines to their end. They print `output`, in which `...` stands for anything. */
  | { readonly kind: 'run'; readonly script: string; readonly output: string };

const FENCED = /^```(sh|text)\n([\s\S]*?)^```$/gm;
const STARTS = /^(.*\S) +# terminal (\d+)$/;
const STOPS = /^# Ctrl-C in terminal (\d+)$/;

/**
 * What a README has its reader do, in order: its `sh` blocks.
 *
 * - A line that ends with `# terminal N` starts something that stays; `\` at its end continues a line.
 * - The line `# Ctrl-C in terminal N` stops it.
 * - Other lines of a block are one script, and the `text` block that follows is what it prints. Without one it prints
 *   nothing.
 *
 * A picture or a listing is a block of no language, and nobody's step.
 */
export function stepsOf(readme: string): Step[] {
  const steps: Step[] = [];
  for (const [, language, content = ''] of readme.matchAll(FENCED)) {
    if (language === 'sh') steps.push(...stepsOfBlock(content));
    else steps.push(told(steps.pop(), content));
  }
  return steps;
}

function stepsOfBlock(content: string): Step[] {
  const steps: Step[] = [];
  const script: string[] = [];
  for (const line of content
    .replaceAll(/\\\n */g, '')
    .trimEnd()
    .split('\n')) {
    const start = STARTS.exec(line);
    const stop = STOPS.exec(line);
    if (start) steps.push({ kind: 'start', command: start[1] ?? '', terminal: Number(start[2]) });
    else if (stop) steps.push({ kind: 'stop', terminal: Number(stop[1]) });
    else script.push(line);
  }
  if (script.some((line) => !/^(?:#.*)?$/.test(line))) {
    steps.push({ kind: 'run', script: script.join('\n'), output: '' });
  }
  return steps;
}

function told(step: Step | undefined, output: string): Step {
  if (step?.kind === 'run' && step.output === '') return { ...step, output };
  throw new Error(`a text block follows a script, and is what it prints; this one does not:\n${output}`);
}

/**
 * Fits what was printed, when it is what a README says: `...` on a line of its own stands for any lines, or none, and
 * elsewhere for anything within the line.
 */
export function patternOf(output: string): RegExp {
  const lines = output
    .split('\n')
    .map((line) => (line.trim() === '...' ? '(?:.*\n)*?' : `${line.split('...').map(literally).join('.*?')}\n`));
  // What follows the last line break is no line.
  return new RegExp(`^${lines.slice(0, -1).join('')}$`);
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
