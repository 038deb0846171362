import './editor.css';
import { check, checkAccount } from './check.mts';
import { prepareAccount } from './accountTest.mts';
import { checkRows } from './checkRows.mts';
import { prepareInputs, resizeInputs, saveInputs } from './dialog.mts';
import { prepare } from './prepare.mts';

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
