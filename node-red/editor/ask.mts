// Sends a dialog's questions to the runtime and shows the answers or errors.
import { withoutFullStop } from '../../core/index.ts';
import type { AccountRef, Answers, Refusal } from '../contract/dialog.ts';
import type english from '../locales/en-US.json';

/** The account's catalogue contains the texts of all dialogs. */
const SHARED = 'n8n-nodes-runcomfy/runcomfy-config:runcomfy.';

type Texts = (typeof english)['runcomfy'];

/** The name of a text below `runcomfy`, such as `list.more`. */
export type TextKey = {
	[Group in keyof Texts]: `${Group}.${keyof Texts[Group] & string}`;
}[keyof Texts];

/** Returns the text below `runcomfy` in the user's language. */
export function t(key: TextKey, values?: Record<string, string>): string {
	return RED._(SHARED + key, values);
}

/** The label of a field. Fields are named in tables, so the tests check that each has a label. */
export function fieldLabel(field: string): string {
	return t(`label.${field}` as TextKey);
}

export type Problem = keyof Texts['invalid'];

export function reason(problem: Problem, field: string): string {
	return t(`invalid.${problem}`, { field: fieldLabel(field) });
}

/** The kinds whose choice in the field `target` has a text. */
export type LabelledKind = keyof Texts['target'];

export type NoteKind = 'busy' | 'plain' | 'good' | 'warning' | 'error';

const ICONS: Record<NoteKind, string> = {
	busy: 'fa-spinner fa-spin',
	plain: '',
	good: 'fa-check-circle',
	warning: 'fa-exclamation-circle',
	error: 'fa-exclamation-triangle',
};

/** Shows a note below a field and announces it to screen readers; an empty text hides the note. */
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
	// A single cause, such as an account without a token, may affect several fields: only the first shows the error.
	const same = $('.runcomfy-note-error:visible').filter(
		(_at, one) => one.textContent === note.text(),
	);
	for (const other of same.slice(1).toArray()) setNote($(other), 'plain', '');
}

/** Calls the runtime. @throws Refusal with a message for the user */
export async function askRuntime<Path extends keyof Answers>(
	path: Path,
	params: object,
): Promise<Answers[Path]> {
	// The editor adds its root path and the session token to relative URLs only.
	const url = `runcomfy/${path}`;
	try {
		return (await $.ajax({
			url,
			method: 'POST',
			data: JSON.stringify(params),
			contentType: 'application/json',
		})) as Answers[Path];
	} catch (thrown) {
		throw refusalIn(thrown as JQuery.jqXHR);
	}
}

function refusalIn({ status, responseJSON }: JQuery.jqXHR): Refusal {
	const { message, hint } = (responseJSON ?? {}) as Partial<Refusal>;
	if (message) return { message, hint: hint ?? '' };
	if (status === 0) return { message: t('ask.offline'), hint: t('ask.offlineHint') };
	if (status === 401 || status === 403) return { message: t('ask.forbidden'), hint: '' };
	return { message: t('ask.failed', { status: String(status) }), hint: t('ask.failedHint') };
}

/** The account chosen in the open dialog, if any. */
export function chosenAccount(): AccountRef | undefined {
	const id = String($('#node-input-config').val() ?? '');
	const node = RED.nodes.node(id) as (Partial<AccountRef> & EditedAccount) | null;
	if (!node) return undefined;
	return accountRef(id, node, node.credentials?.apiToken);
}

export interface EditedAccount {
	/** Entered by the user since the last deploy. */
	credentials?: { apiToken?: string };
}

export function accountRef(
	account: string,
	{ baseUrl = '' }: Partial<AccountRef>,
	typed: string | undefined,
): AccountRef {
	const isNew = typed !== undefined && typed !== '' && typed !== UNCHANGED;
	return { account, baseUrl, ...(isNew ? { apiToken: typed } : {}) };
}

/** Node-RED's placeholder for a stored password. */
export const UNCHANGED = '__PWRD__';
