/**
 * Whether a status is among the expected ones: codes and classes such as `200, 3xx`
 * (docs/reference/load-balancing.md 2.2).
 */
export function isExpected(status: number, expected: string): boolean {
  const code = String(status);
  return expected.split(',').some((item) => {
    const wanted = item.trim().toLowerCase();
    return wanted.endsWith('xx') ? code.length === 3 && code[0] === wanted[0] : code === wanted;
  });
}
