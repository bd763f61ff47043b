/** Most of a name, pattern or service that is repeated in messages: their reason must still fit a RESET. */
const MOST = 50;

/** A rule as messages name it: `rule 2 (app.example.com -> http://127.0.0.1:9)`. Rules count from 1, as in cloudflared's messages. */
export function ruleText(index: number, hostname: string, pattern: string, service: string): string {
  const where = [hostname || '*', pattern].filter((part) => part !== '').map(clipped);
  return `rule ${index + 1} (${where.join(' ')} -> ${clipped(service)})`;
}

/** A service as its rule writes it, without the user and password that a URL may have. */
export function withoutPassword(service: string): string {
  return service.replace(/\/\/[^/@]*@/, '//');
}

function clipped(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}
