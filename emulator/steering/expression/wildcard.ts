import { lowerCase } from './bytes.js';

/**
 * The pieces of a wildcard pattern between its `*`; at least one. `\*` and `\\` stand for the characters themselves
 * (docs: ruleset-engine/rules-language/operators).
 *
 * @returns what is wrong with the pattern when it is none
 */
export function wildcardPieces(
  pattern: string,
): readonly string[] | { readonly problem: string; readonly fix: string } {
  const pieces: string[] = [];
  let piece = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] ?? '';
    if (character === '*') {
      if (pattern[i + 1] === '*') return { problem: 'a wildcard pattern cannot have ** in it', fix: 'one * is enough' };
      pieces.push(piece);
      piece = '';
    } else if (character === '\\') {
      const escaped = pattern[++i];
      if (escaped !== '*' && escaped !== '\\') {
        const fix = 'escape * and \\ only, best in a raw string: r"\\*"';
        return { problem: `\\${escaped ?? ''} is no escape of a wildcard pattern`, fix };
      }
      piece += escaped;
    } else {
      piece += character;
    }
  }
  pieces.push(piece);
  return pieces;
}

/** Whether a whole value is of this form. Each piece is taken at its first place, so it is linear in time. */
export function wildcardMatcher(pieces: readonly string[], ignoreCase: boolean): (value: string) => boolean {
  const [first = '', ...rest] = ignoreCase ? pieces.map(lowerCase) : pieces;
  const last = rest.pop();
  if (last === undefined) return (value) => (ignoreCase ? lowerCase(value) : value) === first;
  return (value) => {
    const text = ignoreCase ? lowerCase(value) : value;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let position = first.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, position);
      if (found < 0) return false;
      position = found + piece.length;
    }
    return position <= text.length - last.length;
  };
}
