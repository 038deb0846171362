import type { EditorRED } from 'node-red';
import type { shared } from './index.mts';

declare global {
	/** The editor's own API; jQuery and its widgets come with it. */
	const RED: EditorRED;
	/** What the dialogs of all RunComfy nodes share. */
	var runcomfyEditor: typeof shared;
}
