// A local service that speaks OpenAI's chat API: it says what a test has planned, or improvises.
import { createServer } from 'node:http';

/**
 * A step: `{ call, args }` asks for the tool of that name, `{ say }` answers the person.
 * @param {(messages: {role: string, content: string}[]) => object} [improvise] where nothing is planned
 * @returns requests: the bodies that came, plan: sets the steps to come
 */
export async function startChatModel(improvise = () => ({ say: 'Nothing was planned.' })) {
	const requests = [];
	let steps = [];
	const server = createServer(async (request, response) => {
		const chunks = [];
		for await (const chunk of request) chunks.push(chunk);
		const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
		if (!request.url.endsWith('/chat/completions')) {
			response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
			return;
		}
		requests.push(body);
		const step = steps.shift() ?? improvise(body.messages);
		response
			.writeHead(200, { 'content-type': 'application/json' })
			.end(JSON.stringify(completion(step, requests.length)));
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}/v1`,
		requests,
		plan(...next) {
			requests.length = 0;
			steps = next;
		},
		/** What the tools answered so far, as the model sees it. */
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

function completion({ call, args, say }, count) {
	const message = call
		? {
				role: 'assistant',
				content: null,
				tool_calls: [
					{
						id: `call_${count}`,
						type: 'function',
						function: { name: call, arguments: JSON.stringify(args) },
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

/** A message of a person to n8n's chat. False where the chat is not there. */
export async function say(url, chatInput) {
	const reply = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ action: 'sendMessage', sessionId: 'test', chatInput }),
	});
	return reply.ok && reply.json();
}
