import type { IpAddress } from '../../network/ip-address.js';

/** Types of the rules language. Bytes are strings here. */
export type Type =
  | 'String'
  | 'Integer'
  | 'Boolean'
  | 'IP address'
  | 'Array<String>'
  | 'Array<Integer>'
  | 'Array<Boolean>'
  | 'Map<Array<String>>';

export type Single = string | number | boolean | IpAddress;

/** A value of a request. Strings are bytes (see bytes.ts). */
export type Value = Single | readonly Single[] | ReadonlyMap<string, readonly string[]>;

/** What an array of this type holds; undefined: it is none. */
export function itemType(type: Type): 'String' | 'Integer' | 'Boolean' | undefined {
  switch (type) {
    case 'Array<String>':
      return 'String';
    case 'Array<Integer>':
      return 'Integer';
    case 'Array<Boolean>':
      return 'Boolean';
    default:
      return undefined;
  }
}

export function arrayOf(type: Type): Type | undefined {
  return type === 'String' || type === 'Integer' || type === 'Boolean' ? `Array<${type}>` : undefined;
}
