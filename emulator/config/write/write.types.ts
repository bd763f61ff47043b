import type { Desired, Kind, Writable } from '../../state/state.types.js';

type Identified<K extends Kind> = Writable<K> & { readonly id: string };

/** The account's objects by kind, in the order in which they are written. */
export type WrittenObjects = { readonly [K in Kind]: readonly Identified<K>[] };

/** What a configuration file is written of. */
export type WrittenAccount = Omit<Desired, 'objects'> & { readonly objects: WrittenObjects };
