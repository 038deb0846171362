// A local server that speaks OpenAI's chat API, with answers planned by a test or improvised.
import { createServer } from 'node:http';

/** @import {IncomingMessage, ServerResponse} from 'node:http' */
/** @import {AddressInfo} from 'node:net' */

/**
 * The model's next move: call the tool of that name, or answer the person.
 * @typedef {{call: string, args: object, say?: undefined} | {say: string, call?: undefined}} Step
 */
/** @typedef {{role: string, content: string}} ChatMessage */
/** @typedef {{messages: ChatMessage[], [field: string]: unknown}} ChatRequest */

/** @param {(messages: ChatMessage[]) => Step} [improvise] used when no step is planned */
export async function startChatModel(improvise = () => ({ say: 'Nothing was planned.' })) {
	/** @type {ChatRequest[]} */
	const requests = [];
	/** @type {Step[]} */
	let steps = [];
	/** @type {(request: IncomingMessage, response: ServerResponse) => Promise<void>} */
	const answer = async (request, response) => {
		const chunks = [];
		for await (const chunk of request) chunks.push(chunk);
		const known = request.url?.endsWith('/chat/completions') === true;
		response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
		if (!known) return void response.end('{}');
		/** @type {ChatRequest} */
		const body = JSON.parse(Buffer.concat(chunks).toString());
		requests.push(body);
		const step = steps.shift() ?? improvise(body.messages);
		response.end(JSON.stringify(completion(step, requests.length)));
	};
	const server = createServer((request, response) => {
		answer(request, response).catch((error) => response.destroy(error));
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
	const { port } = /** @type {AddressInfo} */ (server.address());
	return {
		url: `http://127.0.0.1:${port}/v1`,
		/** Bodies of all requests. */
		requests,
		/** Sets the next steps. @param {...Step} next */
		plan(...next) {
			requests.length = 0;
			steps = next;
		},
		/** All tool results so far, as the model receives them. */
		toolAnswers: () =>
			(requests.at(-1)?.messages ?? [])
				.filter(({ role }) => role === 'tool')
				.map(({ content }) => content),
		close() {
			server.closeAllConnections();
			return new Promise((resolve) => server.close(resolve));
		},
	};
}

/** @param {Step} step @param {number} count */
function completion(step, count) {
	const { call, say } = step;
	const message = call
		? {
				role: 'assistant',
				content: null,
				tool_calls: [
					{
						id: `call_${count}`,
						type: 'function',
						function: { name: call, arguments: JSON.stringify(step.args) },
					},
				],
			}
		: { role: 'assistant', content: say };
	return {
		id: `chat-${count}`,
		object: 'chat.completion',
		created: 0,
		model: 'planned',
		choices: [{ index: 0, message, finish_reason: call ? 'tool_calls' : 'stop' }],
		usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
	};
}

/** Sends a person's message to n8n's chat. Returns false if there is no chat. */
export async function say(/** @type {string} */ url, /** @type {string} */ chatInput) {
	const reply = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ action: 'sendMessage', sessionId: 'test', chatInput }),
	});
	return reply.ok && reply.json();
}
