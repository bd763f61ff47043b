import { WIDTH } from '../../table.js';
import { expectationsOf } from './expectations.js';
import type { Facts, Step } from './step.types.js';
import { sum, type Tally } from './tally.js';
import type { Told as ToldRequest, Why } from './why.js';

/** Where the story is told. */
export interface Paper {
  /** A terminal, on which a line can be written over. */
  readonly overwrites: boolean;
  write(text: string): void;
}

export interface Told {
  readonly step: Step;
  readonly facts: Facts;
  readonly why: Why;
  /** See {@link unmetOf}. */
  readonly unmet: readonly string[];
  /** Since the beginning, this step included. */
  readonly total: Tally;
}

const CLEAR = '\r\u001b[K';
const INDENT = 5;
const LABEL = 12;

/** Tells the story in at most 80 columns: on a terminal with a line that counts as it goes, in a log without. */
export class Teller {
  private running = false;

  constructor(
    private readonly paper: Paper,
    private readonly story: { readonly steps: number; readonly origins: readonly string[] },
  ) {}

  say(lines: readonly string[]): void {
    if (this.running) this.paper.write(CLEAR);
    this.running = false;
    this.paper.write(lines.map((line) => `${line}\n`).join(''));
  }

  begin(number: number, { title, does }: Step): void {
    this.say(['', `${number}/${this.story.steps}  ${title}`, ...wrap(does, ' '.repeat(INDENT))]);
  }

  /** What is counted so far, on a terminal. */
  count(seconds: number, step: Tally, total: Tally): void {
    if (!this.paper.overwrites) return;
    const line = `${seconds.toFixed(1)} s  ${step.sent} sent  ${this.originsOf(step, total)}  lost ${step.lost.retryable} + ${step.lost.other}`;
    // One column stays free: some terminals wrap when the last one is written.
    this.paper.write(`${CLEAR}${`${' '.repeat(INDENT)}${line}`.slice(0, WIDTH - 1)}`);
    this.running = true;
  }

  end({ step, facts, why, unmet, total }: Told): void {
    const { during, after, took } = facts;
    const all = sum([during, after]);
    const rows: [string, string][] = [
      ['requests', `${all.sent} sent; answered by ${this.originsOf(all, total)}`],
      [
        'lost',
        step.effect && countLost(all) > 0
          ? `${lostOf(during)} until ${step.effect.says}; ${lostOf(after)} after`
          : lostOf(all),
      ],
      ...(took === undefined ? [] : [['took', `${span(took)} of model time`] satisfies [string, string]]),
      ...why.events.map((event, index): [string, string] => [index === 0 ? 'because' : '', event]),
      ...requestRows('lost, e.g.', why.lost),
      ...requestRows('e.g.', why.shown),
      ...(unmet.length === 0
        ? [
            [
              'as told',
              expectationsOf(step)
                .map(({ says }) => says)
                .join('; '),
            ] satisfies [string, string],
          ]
        : unmet.map((each): [string, string] => ['NOT SO', each])),
    ];
    this.say(rows.flatMap(([label, text]) => wrap(text, ' '.repeat(INDENT + LABEL), label)));
  }

  /** Answers of each origin in the step, and in brackets since the beginning. */
  private originsOf(step: Tally, total: Tally): string {
    const count = ({ answered }: Tally, name: string): number => answered.get(name) ?? 0;
    return this.story.origins.map((name) => `${name} ${count(step, name)} (${count(total, name)})`).join(', ');
  }
}

function requestRows(label: string, request: ToldRequest | undefined): [string, string][] {
  if (!request) return [];
  return [[label, request.title], ...request.reasons.map((reason): [string, string] => ['', `- ${reason}`])];
}

function countLost({ lost }: Tally): number {
  return lost.retryable + lost.other;
}

function lostOf(tally: Tally): string {
  if (countLost(tally) === 0) return '0';
  const { lost, ways } = tally;
  const how = Array.from(ways, ([way, count]) => `${count} x ${way}`).join(', ');
  return `${lost.retryable} retryable, ${lost.other} not (${how})`;
}

function span(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(2)} s`;
}

/** Lines of at most 80 columns under an indent, the first with a label in it; a word that is too long is cut. */
export function wrap(text: string, indent: string, label = ''): string[] {
  const room = WIDTH - indent.length - (text.startsWith('- ') ? 2 : 0);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((each) => each.match(new RegExp(`.{1,${room}}`, 'gu')) ?? [])) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  const first = label === '' ? indent : `${' '.repeat(INDENT)}${label}`.padEnd(indent.length);
  const hanging = text.startsWith('- ') ? `${indent}  ` : indent;
  return lines.map((each, index) => `${index === 0 ? first : hanging}${each}`);
}
