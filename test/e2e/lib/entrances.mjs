// How people outside of n8n start a workflow: they fill in its form, or write to its bot.
import { until } from '../../../scripts/process.mjs';

/** @param {{n8n: {url: string}, executions: {activate: Function}, bot: {hook: Function}}} hosts */
export function entrancesOf({ n8n, executions, bot }) {
	const webhookIdOf = (workflow, type) =>
		workflow.nodes.find((node) => node.type.endsWith(type)).webhookId;

	/** Publishes a workflow that starts with a form. @returns the address of the form */
	async function form({ id, workflow }) {
		await executions.activate(id);
		const url = `${n8n.url}/form/${webhookIdOf(workflow, '.formTrigger')}`;
		await until('the form is there', async () => (await fetch(url)).ok);
		return url;
	}

	/** Publishes a workflow that starts with a message to the bot. @returns a function that sends it one */
	async function writer({ id, workflow }) {
		await executions.activate(id);
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
	return { form, bot: writer };
}
