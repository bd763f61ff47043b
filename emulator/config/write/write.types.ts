import type { Desired, Kind, Writable } from '../../state/state.types.js';

type Identified<K extends Kind> = Writable<K> & { readonly id: string };

/** The account's objects by kind, in the order in which they are written. */
export type WrittenObjects = { readonly [K in WrittenKind]: readonly Identified<K>[] };

/** Kinds that `colocal.yaml` has words for. */
export type WrittenKind = Exclude<Kind, 'hostname_routes'>;

/** What a configuration file is written of. */
export type WrittenAccount = Omit<Desired, 'objects'> & { readonly objects: WrittenObjects };
