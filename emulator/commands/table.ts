/** What a terminal shows without wrapping. */
export const WIDTH = 80;

/** Rows as aligned columns, two blanks apart and indented by two; what does not fit the width ends in an ellipsis. */
export function renderTable(rows: readonly (readonly string[])[], width = WIDTH): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)));
    return truncate(`  ${cells.join('  ')}`.trimEnd(), width);
  });
}

/** Words of a list over as many lines as they need, indented by two. */
export function renderList(words: readonly string[], width = WIDTH): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 2 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line += `  ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines;
}

function truncate(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
