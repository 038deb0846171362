import { invalidInput } from '../errors';
import type { Client } from '../http/client';
import { oneLine } from '../text';

/**
 * RunComfy calls only https addresses (docs.runcomfy.com/serverless/webhooks). A simulator that is itself reached
 * over http also calls http addresses.
 * @throws RunComfyError `invalid_input`
 */
export function checkWebhook({ baseUrl }: Client, webhook: string): void {
	const variable = /(?:\$|%24)(?:\{|%7B)([\w.-]{1,100})(?:\}|%7D)/i.exec(webhook)?.[1];
	if (variable !== undefined) {
		throw invalidInput(
			`The webhook URL holds "\${${variable}}", the name of a variable`,
			'Replace the variable with its value; otherwise the receiver refuses every call.',
		);
	}
	const protocol = URL.canParse(webhook) ? new URL(webhook).protocol : '';
	if (protocol === 'https:' || (protocol === 'http:' && baseUrl.startsWith('http:'))) return;
	const what = protocol === 'http:' ? 'does not begin with https://' : 'is not a web address';
	// The rest of the address may contain a secret.
	const shown = webhook.includes('@') ? '…' : oneLine(webhook.split(/[?#]/, 1)[0] ?? '', 200);
	throw invalidInput(
		`The webhook URL "${shown}" ${what}`,
		'Use the full https address that RunComfy calls.',
	);
}
