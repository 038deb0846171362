// A Node-RED in its own process: examples that use other services, replaced by stand-ins, and features that need a real
// process, such as its texts, login and signals.
import {
	appendFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import Aedes from 'aedes';
import { freePort } from '../../scripts/free-port.mjs';
import { type NodeRed, startNodeRed } from '../../scripts/hosts/node-red.mjs';
import type { Simulator, SimulatorOptions } from '../../simulator/index.ts';
import { eventually } from '../support/expect.mts';
import { PNG } from '../support/pictures.mts';
import { dist } from './support/dist.mts';
import { post } from './support/http.mts';
import { exampleOf, type FlowNode } from './support/importedFlow.mts';

const { createSimulator } = dist<{
	createSimulator(options?: SimulatorOptions): Promise<Simulator>;
}>('simulator/index.js');

const HOUR_MS = 3_600_000;
const HOOK = '/runcomfy/open-sesame';
// bcrypt of "let-me-in".
const PASS = '$2b$04$N4KWDl2Asdc31TQMW7kZAehd/pOmW7Jmnyu8fXKnJEJngm/TWAdn.';
const SIGNED_IN = { authorization: `Basic ${Buffer.from('u:let-me-in').toString('base64')}` };

/** Messages to the bot, one for each time that it polls; Telegram answers when there is one. */
const WRITTEN = ['a red fox', 'a broken fox'];

const said: Array<{ method: string; body: Buffer }> = [];
const lines: string[] = [];
let telegram: Server;
let telegramApi: string;
let simulator: Simulator;
let nodeRed: NodeRed;
let userDir: string;
let port: number;
/** Where Node-RED serves HTTP nodes. */
let api: string;

beforeAll(async () => {
	simulator = await createSimulator({ latencyMs: 10 });
	telegram = createServer((request, answer) => void playTelegram(request, answer));
	telegram.listen(0, '127.0.0.1');
	await eventually(() => telegram.listening).toBe(true);
	const { port: telegramPort } = telegram.address() as AddressInfo;
	port = await freePort();
	api = `http://127.0.0.1:${port}/api`;
	telegramApi = `http://127.0.0.1:${telegramPort}`;
	userDir = mkdtempSync(join(tmpdir(), 'runcomfy-recipes-'));
	await start();
});
afterAll(async () => {
	await nodeRed?.stop();
	await simulator?.close();
	telegram?.closeAllConnections();
	telegram?.close();
	rmSync(userDir, { recursive: true, force: true });
});

async function start(): Promise<void> {
	nodeRed = await startNodeRed({
		userDir,
		port,
		log: (line) => lines.push(line),
		// The examples read the user's own values from here.
		env: {
			RUNCOMFY_API_TOKEN: simulator.token,
			RUNCOMFY_WEBHOOK_PATH: HOOK,
			PUBLIC_URL: api,
			TELEGRAM_API: telegramApi,
			TELEGRAM_BOT_TOKEN: 'secret',
		},
		settings: `httpNodeRoot: '/api', httpNodeAuth: { user: 'u', pass: '${PASS}' },`,
	});
}

const jobs = () => [...simulator.jobs.values()];
const promptOf = (job: ReturnType<typeof jobs>[number] | undefined) =>
	job?.graph['6']?.inputs['text'];

/** Deploys an example with a user's values, and more nodes. */
async function open(
	name: string,
	deployment: keyof Simulator['deploymentIds'],
	fill: (node: FlowNode) => object = () => ({}),
	more: object[] = [],
): Promise<void> {
	const filled = exampleOf(name).map((node) => ({
		...node,
		...(node.type === 'runcomfy-config' && { baseUrl: simulator.url }),
		...(node.type === 'runcomfy-run' && { deploymentId: simulator.deploymentIds[deployment] }),
		...(node.type === 'debug' && { console: true }),
		...fill(node),
	}));
	await nodeRed.deploy([...filled, ...more]);
}

async function sendForm(): Promise<Response> {
	const body = new FormData();
	body.append('picture', new Blob([new Uint8Array(PNG)]), 'fox.png');
	body.append('prompt', 'in winter');
	return fetch(`${api}/edit`, { method: 'POST', body, headers: SIGNED_IN });
}

it('upload-form shows a page, and answers what it sends with the edited picture', async () => {
	await open('upload-form', 'imageEdit');
	await eventually(async () =>
		(await fetch(`${api}/edit`, { headers: SIGNED_IN })).text(),
	).toContain('<form method="post" enctype="multipart/form-data">');
	const answer = await sendForm();
	expect(answer.headers.get('content-type')).toContain('image/png');
	expect(promptOf(jobs().at(-1))).toBe('in winter');
	expect(jobs().at(-1)?.graph['189']?.inputs['image']).toMatch(/^data:image\/png;base64,/);
});

it('upload-form says in words what went wrong', async () => {
	await open('upload-form', 'textToImage');
	await eventually(async () => (await sendForm()).status).toBe(502);
	expect(await (await sendForm()).text()).toMatch(/^An input does not fit the workflow: /);
});

it('watched-folder pays once for a picture, however often its file is reported', async () => {
	const [files, directory] = [join(userDir, 'in'), join(userDir, 'edited')];
	mkdirSync(files);
	await open('watched-folder', 'imageEdit', ({ type }) => ({
		...(type === 'watch' && { files }),
		...(type === 'runcomfy-run' && { directory }),
	}));
	const before = simulator.jobs.size;
	// The node starts watching some time after the deploy. Until then, a picture with another name is added each time.
	let tries = 0;
	await eventually(() => {
		const picture = join(files, `fox-${(tries += 1)}.png`);
		for (const part of [PNG.subarray(0, 10), PNG]) writeFileSync(picture, part);
		writeFileSync(join(files, 'notes.txt'), String(tries));
		return simulator.jobs.size > before;
	}).toBe(true);
	await eventually(() => readdirSync(directory).length).toBeGreaterThan(0);
	expect(simulator.jobs.size - before).toBeLessThanOrEqual(tries);
});

it('mqtt turns a prompt into the address of a picture, and pays for no retained one', async () => {
	const broker = new Aedes();
	const server = createSocketServer(broker.handle).listen(0, '127.0.0.1');
	try {
		await eventually(() => server.listening).toBe(true);
		const port = String((server.address() as AddressInfo).port);
		const published = new Map<string, string>();
		broker.on('publish', ({ topic, payload }) => published.set(topic, payload.toString()));
		const send = (text: string, retain: boolean) =>
			broker.publish(
				{
					topic: 'runcomfy/prompt',
					payload: Buffer.from(text),
					cmd: 'publish',
					qos: 0,
					retain,
					dup: false,
				},
				() => undefined,
			);
		send('an old prompt', true);
		const subscribed = new Promise((resolve) => broker.once('subscribe', resolve));
		await open('mqtt', 'textToImage', ({ type }) =>
			type === 'mqtt-broker' ? { broker: '127.0.0.1', port } : {},
		);
		await subscribed;
		send('a blue fox', false);
		await eventually(() => published.get('runcomfy/picture')).toMatch(/^http.*\.png/);
		expect(promptOf(jobs().at(-1))).toBe('a blue fox');
		expect(jobs().map(promptOf)).not.toContain('an old prompt');
	} finally {
		broker.close();
		server.close();
	}
});

it('telegram-bot answers a text with a picture, and says why a run failed', async () => {
	await open('telegram-bot', 'textToImage');
	const bodies = (method: string) =>
		said.filter((call) => call.method === method).map(({ body }) => body);
	const texts = () =>
		bodies('sendMessage').map((body) => (JSON.parse(body.toString()) as { text: string }).text);
	await eventually(() => bodies('sendPhoto').length).toBe(1);
	expect(bodies('sendPhoto')[0]?.includes('PNG')).toBe(true);
	await eventually(() => texts().filter((text) => text === 'Working on it …').length).toBe(2);
	await eventually(() => texts().at(-1)).toMatch(/^That did not work: /);
});

it('behind httpNodeAuth, a caller of the webhook has to sign in, which RunComfy cannot', async () => {
	await open('webhook', 'textToImage');
	await eventually(() => post(`${api}${HOOK}`, '{}', SIGNED_IN)).toBe(200);
	expect(await post(`${api}${HOOK}`, '{}')).toBe(401);
});

const prints = (pattern: RegExp) => eventually(() => lines.join('\n')).toMatch(pattern);

it('batch-that-resumes runs each row once, whenever Node-RED is killed (P65)', async () => {
	const table = join(userDir, 'rows.csv');
	const noted = () =>
		readFileSync(`${table}.done`, 'utf8')
			.trim()
			.split('\n')
			.map((line) => line.split('\t'));
	const press = () => nodeRed.inject('runcomfy_resume_start');
	const before = simulator.jobs.size;
	const prompts = () => jobs().slice(before).map(promptOf);
	writeFileSync(table, 'id,prompt\n1,"a fox, red"\n2,a hare\n');
	await open('batch-that-resumes', 'textToImage', ({ type }) => ({
		...(type === 'inject' && { props: [{ p: 'table', v: table, vt: 'str' }] }),
		...(type === 'runcomfy-config' && { concurrency: 2 }),
	}));
	simulator.update({ latencyMs: 10 });
	simulator.inject({ name: 'run_failed', times: 1 });
	await press();
	await eventually(() => existsSync(`${table}.done`) && noted().length).toBe(2);
	expect(
		noted()
			.map(([, , end]) => end)
			.sort(),
	).toEqual(['done', 'run_failed']);

	simulator.update({ queueMs: HOUR_MS });
	appendFileSync(table, '3,a bear\n4,\n5,an owl\n6,a wolf\n7,a lynx\n');
	await eventually(async () => (await press(), prompts().length)).toBe(4);
	await nodeRed.stop('SIGKILL');
	await start();
	await press();
	await prints(/Rows are still on their way/);

	simulator.update({ queueMs: 0 });
	await eventually(() => noted().length).toBe(4);
	expect(prompts()).toHaveLength(4);
	await eventually(async () => (await press(), noted().length)).toBe(6);
	appendFileSync(table, '8,a crow\n');
	await eventually(async () => (await press(), noted().length)).toBe(7);
	const all = ['a fox, red', 'a hare', 'a bear', 'an owl', 'a wolf', 'a lynx', 'a crow'];
	expect(prompts().sort()).toEqual(all.sort());
	expect(
		noted()
			.map(([id]) => id)
			.sort(),
	).toEqual(['1', '2', '3', '5', '6', '7', '8']);
});

it('an example saves its picture, tells in words how many run, and ends on SIGTERM', async () => {
	const place = { z: 'runcomfy_first_tab', x: 100, y: 400 };
	await open('first-image', 'textToImage', undefined, [
		{ id: 'status', type: 'status', scope: null, wires: [['shown']], ...place },
		{
			id: 'shown',
			type: 'debug',
			name: 'shown',
			active: true,
			console: true,
			complete: 'status.text',
			targetType: 'msg',
			wires: [],
			...place,
		},
	]);
	await nodeRed.inject('runcomfy_first_inject');
	await prints(/runcomfy-images[\\/]ComfyUI_00001_\.png/);
	await prints(/\[debug:shown\] succeeded/);
	expect(readdirSync(join(userDir, 'runcomfy-images'))).toEqual(['ComfyUI_00001_.png']);

	simulator.update({ latencyMs: HOUR_MS });
	await Promise.all([1, 2].map(() => nodeRed.inject('runcomfy_first_inject')));
	await prints(/\[debug:shown\] 2 running/);
	const states = () => [...simulator.jobs.values()].slice(-2).map(({ state }) => state);
	await eventually(states).toEqual(['in_progress', 'in_progress']);
	await nodeRed.stop();
	// The requests go on at RunComfy.
	expect(states()).toEqual(['in_progress', 'in_progress']);
	expect(lines.filter((line) => /\[error\]|Uncaught|Unhandled/.test(line))).toEqual([]);
	expect(lines.join('\n')).not.toContain(simulator.token);
});

async function playTelegram(request: IncomingMessage, answer: ServerResponse): Promise<void> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	const url = new URL(request.url ?? '', 'http://telegram');
	const method = /^\/botsecret\/(\w+)$/.exec(url.pathname)?.[1] ?? 'none';
	const reply = (result: unknown) => {
		answer.setHeader('content-type', 'application/json');
		answer.end(JSON.stringify({ ok: true, result }));
	};
	if (method !== 'getUpdates') {
		said.push({ method, body: Buffer.concat(chunks) });
		return reply({});
	}
	const offset = Number(url.searchParams.get('offset'));
	const text = WRITTEN[offset];
	if (text === undefined) return;
	if (text.includes('broken')) simulator.inject({ name: 'run_failed' });
	reply([{ update_id: offset, message: { text, chat: { id: 7 } } }]);
}
