import { WIDTH } from './table.js';

/**
 * Text for a terminal: lines that are too long break at blanks, and go on two further in than they began. A line with a
 * line of carets below it stays whole: they point at a place in it.
 */
export function wrapText(text: string, width = WIDTH): string {
  const lines = text.split('\n');
  return lines
    .flatMap((line, index) => (isCarets(line) || isCarets(lines[index + 1]) ? [line] : wrapLine(line, width)))
    .join('\n');
}

function isCarets(line: string | undefined): boolean {
  return line !== undefined && /^ *\^+$/.test(line);
}

function wrapLine(line: string, width: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const wrapped: string[] = [];
  let begun = '';
  for (const word of line.slice(indent.length).split(' ')) {
    if (begun !== '' && begun.length + 1 + word.length > width) {
      wrapped.push(begun);
      begun = '';
    }
    begun = begun === '' ? `${indent}${wrapped.length === 0 ? '' : '  '}${word}` : `${begun} ${word}`;
  }
  return [...wrapped, begun];
}
