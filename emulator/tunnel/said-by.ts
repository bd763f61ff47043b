/** What a connector says, and which one: the first eight digits of its id tell it from the others. */
export function saidBy(connectorId: string, detail: string): string {
  return `connector ${connectorId.slice(0, 8)}: ${detail}`;
}
