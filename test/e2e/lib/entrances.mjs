// How people outside of n8n start a workflow: they fill in its form, or write to its bot.
import { until } from '../../../scripts/process.mjs';

/** The smallest PNG: one pixel. */
export const PIXEL = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64',
);

/** @param {import('./n8n.mjs').Rig} rig @param {{hook: Function}} bot */
export function entrancesOf(rig, bot) {
	const webhookIdOf = (workflow, type) =>
		workflow.nodes.find((node) => node.type.endsWith(type)).webhookId;

	/** Publishes a workflow that starts with a form. @returns the address of the form */
	async function form({ id, workflow }) {
		await rig.executions.activate(id);
		const url = `${rig.url}/form/${webhookIdOf(workflow, '.formTrigger')}`;
		await until('the form is there', async () => (await fetch(url)).ok);
		return url;
	}

	/** Publishes a workflow that starts with a message to the bot. @returns a function that sends it one */
	async function writer({ id, workflow }) {
		await rig.executions.activate(id);
		const webhookId = webhookIdOf(workflow, '.telegramTrigger');
		await until('Telegram knows where to call', async () => bot.hook()?.url.includes(webhookId));
		const { url, secret_token: secret } = bot.hook();
		const headers = {
			'content-type': 'application/json',
			'x-telegram-bot-api-secret-token': secret,
		};
		return (message) => {
			const update = { update_id: 1, message: { chat: { id: 7 }, ...message } };
			return fetch(url, { method: 'POST', headers, body: JSON.stringify(update) });
		};
	}
	return { form, writer };
}

/**
 * Fills in a form of n8n's as its page does.
 * @param {Record<string, string | Buffer>} fields by the page's names (`field-0`, …); a Buffer is a PNG
 * @returns {Promise<{formWaitingUrl: string}>} where the form goes on
 */
export async function submitForm(url, fields) {
	const body = new FormData();
	for (const [name, value] of Object.entries(fields)) {
		if (typeof value === 'string') body.append(name, value);
		else body.append(name, new Blob([value], { type: 'image/png' }), 'pixel.png');
	}
	const reply = await fetch(url, { method: 'POST', body });
	if (!reply.ok) throw new Error(`form: HTTP ${reply.status} ${await reply.text()}`);
	return reply.json();
}
