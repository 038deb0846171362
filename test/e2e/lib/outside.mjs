// Stand-ins for the services in recipes: one server plays Telegram, Google, YouTube, WordPress and Slack, as far as
// n8n's nodes use them. Also the accounts there, the choices of a user after importing a workflow, and the ways in
// which people start a workflow: they fill in its form or write to its bot.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createMailServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from '../../../scripts/process.mjs';

const oauthTokenData = { access_token: 'google-token', token_type: 'Bearer', expires_in: 3600 };
const GOOGLE = { clientId: 'id', clientSecret: 'secret', oauthTokenData };
const SITE = 'https://blog.example.com';

/** By node type. */
export const CREDENTIALS = {
	googleSheets: { type: 'googleSheetsOAuth2Api', data: GOOGLE },
	googleDrive: { type: 'googleDriveOAuth2Api', data: GOOGLE },
	gmail: { type: 'gmailOAuth2', data: GOOGLE },
	youTube: { type: 'youTubeOAuth2Api', data: GOOGLE },
	telegram: {
		type: 'telegramApi',
		data: { accessToken: 'bot-token', baseUrl: 'https://api.telegram.org' },
	},
	httpRequest: { type: 'wordpressApi', data: { username: 'me', password: 'secret', url: SITE } },
};
const kindOf = ({ type }) => type.replace(/^.*\.|Trigger$/g, '');

/** The choices of a user after the import. */
export function chosen(workflow) {
	for (const node of workflow.nodes) {
		const found = CREDENTIALS[kindOf(node)];
		if (found) node.credentials = { [found.type]: { id: found.type, name: found.type } };
		const { parameters } = node;
		if (kindOf(node) === 'emailSend') {
			node.credentials = { smtp: { id: 'smtp', name: 'smtp' } };
			Object.assign(parameters, { fromEmail: 'n8n@example.com', toEmail: 'editor@example.com' });
		}
		if (parameters.documentId)
			parameters.documentId = { __rl: true, mode: 'id', value: 'document' };
		if (parameters.sheetName) parameters.sheetName = { __rl: true, mode: 'name', value: 'Sheet1' };
		for (const fields of [parameters, parameters.filter ?? {}]) {
			if (fields.folderId?.value === '')
				fields.folderId = { __rl: true, mode: 'id', value: 'folder' };
		}
	}
	return workflow;
}

const HOOK = fileURLToPath(new URL('outside-hook.cjs', import.meta.url));

/**
 * @typedef {object} Call
 * @property {string} host
 * @property {string} method
 * @property {string} path with the query
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {Buffer} body
 *
 * @callback Route the answer: an object as JSON, bytes as they are; undefined if it is for another route
 * @param {Call} call
 * @returns {{status?: number, headers?: Record<string, string>, body?: object | Buffer} | undefined}
 */

/** @param {Route[]} routes tried in order */
export async function startOutside(routes) {
	/** @type {Call[]} */
	const calls = [];
	/** @type {Call[]} */
	const unknown = [];
	const server = createServer((request, response) => void answer(request, response));
	const answer = async (request, response) => {
		const chunks = [];
		for await (const chunk of request) chunks.push(chunk);
		const { method = '', url: path = '', headers } = request;
		const host = String(headers['x-outside-host']);
		const call = { host, method, path, headers, body: Buffer.concat(chunks) };
		calls.push(call);
		const found = routes.map((route) => route(call)).find(Boolean);
		if (!found) unknown.push(call);
		const { status = 200, headers: more = {}, body = {} } = found ?? { status: 404 };
		const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
		const type = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json';
		response.writeHead(status, { 'content-type': type, ...more }).end(bytes);
	};
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
	return {
		calls,
		unknown,
		/** Environment of n8n's process. */
		env: {
			NODE_OPTIONS: `--require ${JSON.stringify(HOOK)}`,
			OUTSIDE_URL: `http://127.0.0.1:${port}`,
		},
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}

/** Telegram's Bot API. A user sends a photo of one pixel. */
export function telegram() {
	const sent = [];
	let hook;
	/** @type {Route} */
	const route = ({ host, path, headers, body }) => {
		if (host !== 'api.telegram.org') return undefined;
		if (path.startsWith('/file/')) return { body: PIXEL };
		const method = /\/bot[^/]+\/(\w+)/.exec(path)?.[1];
		const isForm = headers['content-type']?.startsWith('multipart/') === true;
		const given = isForm ? body : JSON.parse(body.toString() || '{}');
		if (method === 'setWebhook') hook = given;
		else if (method === 'getFile')
			return { body: { ok: true, result: { file_path: 'photo.jpg' } } };
		else if (method?.startsWith('send')) sent.push({ method, given });
		return {
			body: { ok: true, result: method === 'getWebhookInfo' ? { url: '' } : { message_id: 1 } },
		};
	};
	return { route, sent, hook: () => hook };
}

/** A mail server, as far as n8n's _Send Email_ uses it (RFC 5321). */
export async function startMailServer() {
	/** @type {string[]} raw mails */
	const mails = [];
	const server = createMailServer((socket) => {
		const say = (/** @type {string} */ line) => socket.write(`${line}\r\n`);
		/** @type {string[] | undefined} the lines of the mail being received */
		let mail;
		createInterface({ input: socket }).on('line', (line) => {
			if (mail && line === '.') {
				mails.push(mail.join('\n'));
				mail = undefined;
				say('250 OK');
			} else if (mail) {
				mail.push(line);
			} else if (/^DATA/i.test(line)) {
				mail = [];
				say('354 Go on');
			} else {
				say(/^QUIT/i.test(line) ? '221 Bye' : '250 OK');
			}
		});
		socket.on('error', () => socket.destroy());
		say('220 mail.example');
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
	return {
		mails,
		/** Data for a credential of n8n. */
		data: { host: '127.0.0.1', port, secure: false, disableStartTls: true },
		close: () => server.close(),
	};
}

/** The first URL in the HTML of a mail. @param {string} mail */
export function linkIn(mail) {
	const body = mail.replace(/=\n/g, '').replaceAll('=3D', '=').replaceAll('&amp;', '&');
	const [, url] = /href="([^"]+)"/.exec(body) ?? [];
	if (!url) throw new Error(`no link in the mail: ${mail}`);
	return url;
}

/** A blog. */
export function wordpress() {
	/** @type {Call[]} */
	const posts = [];
	/** @type {Route} */
	const route = (call) => {
		if (`https://${call.host}` !== SITE) return undefined;
		posts.push(call);
		return { body: { id: call.path.endsWith('/media') ? 42 : 43 } };
	};
	return { route, posts };
}

/** The URL for the delayed answer to a slash command. */
export function slack() {
	const answers = [];
	/** @type {Route} */
	const route = ({ host, body }) => {
		if (host !== 'hooks.slack.com') return undefined;
		answers.push(JSON.parse(body.toString()));
		return {};
	};
	return { route, answers };
}

/** A channel on YouTube. */
export function youTube() {
	const videos = [];
	/** @type {Route} */
	const route = ({ path, method, body }) => {
		if (!path.startsWith('/upload/youtube/v3/videos')) return undefined;
		if (method === 'POST') {
			const at = videos.push(JSON.parse(body.toString())) - 1;
			const location = `https://www.googleapis.com/upload/youtube/v3/videos/${at}`;
			return { headers: { location } };
		}
		videos[Number(path.split('/').at(-1))].bytes = body;
		return { body: { id: 'video' } };
	};
	return { route, videos };
}

/**
 * Google Sheets, Drive and Gmail, with one sheet and one folder. @param {{name: string, bytes: Buffer}[]} files in the
 * folder
 */
export function google(files) {
	/** @type {unknown[][]} rows of the sheet, the first with the column names */
	const sheet = [];
	const uploads = [];
	const mails = [];
	const json = (body) => ({ body });

	/** @type {Route} */
	const sheets = ({ host, method, path, body }) => {
		if (host !== 'sheets.googleapis.com') return undefined;
		const { pathname } = new URL(path, 'http://google');
		const given = body.length > 0 ? JSON.parse(body.toString()) : undefined;
		if (/\/spreadsheets\/[^/:]+$/.test(pathname)) {
			return json({ sheets: [{ properties: { sheetId: 0, title: 'Sheet1' } }] });
		}
		// Ends with an empty row, which the values then fill.
		if (pathname.endsWith('document:batchUpdate')) return json({});
		if (pathname.endsWith('/values:batchUpdate')) {
			for (const { range, values } of given.data) write(range, values);
			return json({});
		}
		if (method === 'GET') return json({ values: sheet });
		if (method !== 'PUT') return undefined;
		write(decodeURIComponent(pathname.split('/values/')[1] ?? ''), given.values);
		return json({});
	};
	const write = (range, values) => {
		const [, letters = 'A', from = '1'] = /!([A-Z]+)?(\d+)?/.exec(range) ?? [];
		const column = letters.charCodeAt(0) - 65;
		for (const [at, cells] of values.entries()) {
			const row = (sheet[Number(from) - 1 + at] ??= []);
			for (const [index, cell] of cells.entries()) row[column + index] = cell;
		}
	};

	/** @type {Route} */
	const drive = ({ host, method, path, body }) => {
		if (host !== 'www.googleapis.com' || !path.includes('/drive/')) return undefined;
		const { pathname, searchParams } = new URL(path, 'http://google');
		const id = pathname.split('/').at(-1) ?? '';
		if (pathname.includes('/upload/')) {
			if (searchParams.get('uploadType') === 'resumable') {
				const at = uploads.push({}) - 1;
				const location = `https://www.googleapis.com/upload/drive/v3/session/${at}`;
				return { headers: { location } };
			}
			uploads[Number(id)] = { bytes: body };
			return json({ id: `upload-${id}` });
		}
		if (method === 'PATCH') {
			const at = Number(id.replace('upload-', ''));
			uploads[at] = { ...uploads[at], ...JSON.parse(body.toString()) };
			return json({
				id,
				...uploads[at],
				bytes: undefined,
				webViewLink: `https://drive.example/${id}`,
			});
		}
		if (pathname.endsWith('/files')) {
			return json({ files: files.map(({ name }, index) => ({ id: `file-${index}`, name })) });
		}
		const file = files[Number(id.replace('file-', ''))];
		if (!file) return undefined;
		return searchParams.get('alt') === 'media'
			? { body: file.bytes, headers: { 'content-type': 'image/png' } }
			: json({ id, name: file.name, mimeType: 'image/png' });
	};

	/** @type {Route} */
	const gmail = ({ path, body }) => {
		if (!path.includes('/gmail/') || !path.includes('/messages/send')) return undefined;
		mails.push(Buffer.from(JSON.parse(body.toString()).raw, 'base64url').toString());
		return json({ id: 'mail' });
	};
	return { routes: [sheets, drive, gmail], sheet, uploads, mails };
}

/** The smallest PNG: one pixel. */
export const PIXEL = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64',
);

/** @param {import('./n8n.mjs').Rig} rig @param {{hook: Function}} bot */
export function entrancesOf(rig, bot) {
	const webhookIdOf = (workflow, type) =>
		workflow.nodes.find((node) => node.type.endsWith(type)).webhookId;

	/** Publishes a workflow that starts with a form. @returns the URL of the form */
	async function form({ id, workflow }) {
		await rig.executions.activate(id);
		const url = `${rig.url}/form/${webhookIdOf(workflow, '.formTrigger')}`;
		await until('the form is there', async () => (await fetch(url)).ok);
		return url;
	}

	/** Publishes a workflow that starts with a message to the bot. @returns a function that sends a message */
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
 * Submits a form of n8n as its page does.
 * @param {Record<string, string | Buffer>} fields by the page's names (`field-0`, …); a Buffer is a PNG
 * @returns {Promise<{formWaitingUrl: string}>} where the form continues
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
