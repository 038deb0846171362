import './editor.css';
import { check, checkAccount } from './check.mts';
import { prepare } from './prepare.mts';

const editor = { check, checkAccount, prepare };

export type RunComfyEditor = typeof editor;

globalThis.runcomfyEditor = editor;
