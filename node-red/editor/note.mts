import { withoutFullStop } from '../../core/index.ts';
import type { Refusal } from '../contract/dialog.cts';

export type NoteKind = 'busy' | 'plain' | 'good' | 'warning' | 'error';

const ICONS: Record<NoteKind, string> = {
	busy: 'fa-spinner fa-spin',
	plain: '',
	good: 'fa-check-circle',
	warning: 'fa-exclamation-circle',
	error: 'fa-exclamation-triangle',
};

/** Shows one line below a field; an empty text takes it away. Screen readers hear of it. */
export function setNote(note: JQuery, kind: NoteKind, text: string): void {
	note
		.attr({ role: 'status', class: `runcomfy-note runcomfy-note-${kind}` })
		.empty()
		.toggle(text !== '');
	if (ICONS[kind]) note.append($('<i>', { class: `fa ${ICONS[kind]}` }), ' ');
	note.append(document.createTextNode(text));
}

export function setRefusal(note: JQuery, { message, hint }: Refusal): void {
	setNote(note, 'error', [withoutFullStop(message), hint].filter(Boolean).join('. '));
}
