import { withoutFullStop } from '../../core/index.ts';
import type { Refusal } from '../contract/dialog.cts';

/** The catalogue of the account has the texts of all dialogs. */
const SHARED = 'n8n-nodes-runcomfy/runcomfy-config:runcomfy.';

/** Looks up a text below `runcomfy` in the user's language. */
export function t(key: string, values?: Record<string, string>): string {
	return RED._(SHARED + key, values);
}

export function reason(problem: string, field: string): string {
	return t(`invalid.${problem}`, { field: t(`label.${field}`) });
}

export type NoteKind = 'busy' | 'plain' | 'good' | 'warning' | 'error';

const ICONS: Record<NoteKind, string> = {
	busy: 'fa-spinner fa-spin',
	plain: '',
	good: 'fa-check-circle',
	warning: 'fa-exclamation-circle',
	error: 'fa-exclamation-triangle',
};

/** Shows a line below a field, which screen readers read out; an empty text hides it. */
export function setNote(note: JQuery, wanted: NoteKind, text: string): void {
	const kind = text === '' ? 'plain' : wanted;
	note
		.attr({ role: 'status', class: `runcomfy-note runcomfy-note-${kind}` })
		.empty()
		.toggle(text !== '');
	if (ICONS[kind]) note.append($('<i>', { class: `fa ${ICONS[kind]}` }), ' ');
	note.append(document.createTextNode(text));
}

export function setRefusal(note: JQuery, { message, hint }: Refusal): void {
	setNote(note, 'error', [withoutFullStop(message), hint].filter(Boolean).join('. '));
	// One cause, such as an account without a token, may fail several fields: only the first one says so.
	const same = $('.runcomfy-note-error:visible').filter(
		(_at, one) => one.textContent === note.text(),
	);
	for (const other of same.slice(1).toArray()) setNote($(other), 'plain', '');
}
