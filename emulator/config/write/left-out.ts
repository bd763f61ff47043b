/** Something that a configuration file cannot say, at its place in the file that is written. */
export interface LeftOut {
  /** E.g. `['pools', 0, 'origins', 1, 'weight']`. */
  readonly path: readonly (string | number)[];
  /** Why, as a message whose subject is the path: `is not a key of colocal.yaml`. */
  readonly message: string;
}
