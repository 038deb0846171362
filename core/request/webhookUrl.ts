import { invalidInput } from '../errors';
import type { Client } from '../http/client';
import type { SubmitInput } from '../service/body';
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

/** The secrets in the query of a submit's webhook URL, and those in its extra data. */
export function secretsOf({ webhook, extraData = {} }: SubmitInput): string[] {
	const url = webhook?.trim() ?? '';
	const query = URL.canParse(url) ? [...new URL(url).searchParams] : [];
	const ofQuery = query
		.filter(([name]) => SECRET_NAME.test(name))
		.flatMap(([, value]) => [value, encodeURIComponent(value)]);
	const ofExtraData = Object.entries(extraData)
		.filter(([name]) => SECRET_NAME.test(name))
		.flatMap(([, value]) =>
			typeof value === 'string' && value.length >= SHORTEST_KEY ? [value] : [],
		);
	return [...ofQuery, ...ofExtraData];
}

/** In characters. A shorter value may be an ordinary word, such as a mode. */
const SHORTEST_KEY = 16;

const SECRET_NAME = /secret|token|key|password|auth|signature/i;
