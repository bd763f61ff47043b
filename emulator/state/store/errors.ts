import { defineError } from '../../../runtime/errors.js';

/** What is there is never written over: every fix leaves it to be looked at. */
const MOVE_AWAY = 'it was left as it is: move it away to begin with an empty one, or put a copy of it back';

export const stateFolderUnusable = defineError<{ folder: string; why: string }>('STATE_FOLDER_UNUSABLE', {
  message: (d) => `the state cannot be kept in ${d.folder}: ${d.why}`,
  fix: () => 'name a folder that this process may write to, in one that exists, with --state DIR',
});

export const stateFolderOther = defineError<{ folder: string; found: string }>('STATE_FOLDER_OTHER', {
  message: (d) => `${d.folder} holds something else than a state: ${d.found}`,
  fix: () => 'name a new or an empty folder with --state DIR',
});

export const stateInUse = defineError<{ folder: string; by: string }>('STATE_IN_USE', {
  message: (d) => `the state in ${d.folder} is in use by ${d.by}`,
  fix: () => 'stop that one first, or name another folder with --state DIR',
});

export const stateDamaged = defineError<{ folder: string; where: string; why: string }>('STATE_DAMAGED', {
  message: (d) => `the state in ${d.folder} is damaged: ${d.where} ${d.why}`,
  fix: () => MOVE_AWAY,
});

export const stateInvalid = defineError<{ folder: string; problems: string }>('STATE_INVALID', {
  message: (d) => `the state in ${d.folder} is not one that this colocal accepts: ${d.problems}`,
  fix: () => `use the version that wrote it; or ${MOVE_AWAY}`,
});

export const stateNewer = defineError<{ folder: string; found: number; known: number }>('STATE_NEWER', {
  message: (d) =>
    `the state in ${d.folder} was written by a newer colocal: its form is ${d.found}, and the newest known here is ${d.known}`,
  fix: () => 'use that version or a newer one, or another folder with --state DIR; it was left as it is',
});

export const stateOfAnotherAccount = defineError<{ folder: string; kept: string; wanted: string }>(
  'STATE_OF_ANOTHER_ACCOUNT',
  {
    message: (d) => `the state in ${d.folder} is of the account ${d.kept}, and the configuration is of ${d.wanted}`,
    fix: (d) => `name another folder with --state DIR, or write account.id: ${d.kept} in the configuration`,
  },
);

export const stateNotKept = defineError<{ folder: string; why: string }>('STATE_NOT_KEPT', {
  status: 503,
  message: (d) => `changes can no longer be kept in ${d.folder}: ${d.why}`,
  fix: () =>
    'make room or repair the disk, and restart: what was acknowledged before is there; nothing is changed until then',
});
