/** Where the texts of all dialogs are: once, in the catalogue of the account. */
const SHARED = 'n8n-nodes-runcomfy/runcomfy-config:runcomfy.';

/** Looks up a text below `runcomfy` in the user's language. */
export function t(key: string, values?: Record<string, string>): string {
	return RED._(SHARED + key, values);
}

/** Why a field cannot be right. */
export function reason(problem: string, field: string): string {
	return t(`invalid.${problem}`, { field: t(`label.${field}`) });
}
