import { defineError } from '../../../runtime/errors.js';
import type { Exit } from './child.js';

/** What every process of ours says when somebody else has its port (runtime/listen-failure.ts, origins/origin.ts). */
const PORT_IN_USE = /(\S+): the port is in use/;

/** A process that the demo cannot do without has ended. */
export const processEnded = defineError<Exit & { readonly name: string }>('DEMO_PROCESS_ENDED', {
  message: (d) => `${d.name} ended (${d.how})`,
  fix: (d) => {
    const busy = d.output.find((line) => PORT_IN_USE.test(line));
    // Its own advice, another port in colocal.yaml, is no help here: the file is inside the package.
    if (busy !== undefined) {
      const address = PORT_IN_USE.exec(busy)?.[1];
      return withLines(`stop what listens on ${address}, and start the demo again; ${d.name} said:`, [busy]);
    }
    if (d.output.every((line) => line === '')) return 'it wrote nothing; start the demo again';
    return withLines('put right what its last output names, and start the demo again:', d.output);
  },
});

function withLines(text: string, lines: readonly string[]): string {
  return [text, ...lines].join('\n    ');
}
