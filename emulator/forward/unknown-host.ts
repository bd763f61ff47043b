import { isIP } from 'node:net';
import type { ClientRequest } from './exchange.js';

const MOST_NAMES = 10;

/**
 * Which names there are instead. Somebody who asked for the listener's own address, as one does first, also gets the
 * command that asks for the first of them there.
 */
export function otherNames(
  names: readonly string[],
  { scheme, host, authority }: Pick<ClientRequest, 'scheme' | 'host' | 'authority'>,
): string {
  const [first] = names;
  if (first === undefined) return 'the account has no name that the edge answers for';
  const listed = names.slice(0, MOST_NAMES).join(', ');
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  const isAddress = host === 'localhost' || isIP(host.replace(/^\[|\]$/g, '')) !== 0;
  const command =
    isAddress && scheme === 'http' ? `; curl -H 'Host: ${first}' http://${authority}/ asks for the first` : '';
  return `the names are ${listed}${more}${command}`;
}
