import '../../../editor/editor.css';
import { check, checkAccount } from '../../../editor/check.mts';
import { prepareAccount } from './accountTest.mts';
import { checkRows } from '../../../editor/checkRows.mts';
import { prepareInputs, resizeInputs, saveInputs } from '../../../editor/dialog.mts';
import { prepare } from '../../../editor/prepare.mts';

const editor = {
	check,
	checkAccount,
	checkRows,
	prepare,
	prepareAccount,
	prepareInputs,
	resizeInputs,
	saveInputs,
};

export type RunComfyEditor = typeof editor;

globalThis.runcomfyEditor = editor;
