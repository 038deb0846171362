import './editor.css';
import { check } from './check.mts';
import { checkRows } from './checkRows.mts';
import { prepareInputs, resizeInputs, saveInputs } from './dialog.mts';
import { prepare } from './prepare.mts';

/** What the pages of all nodes call while somebody edits: loaded once, with the page of the account. */
export const shared = { check, checkRows, prepare, prepareInputs, resizeInputs, saveInputs };
