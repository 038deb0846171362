// A Node-RED that is killed, its folders, and the service that it pays for.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../scripts/free-port.mjs';
import type { Simulator } from '../../../simulator/index.cts';
import { type Kill, type Life, live } from '../support/life.mts';
import { mostAtOnce, paidFor, startCaller, startService, submitTo } from '../support/service.mts';

/** One way that a message takes through Node-RED. */
export interface Way {
	type: 'runcomfy-run' | 'runcomfy-submit' | 'runcomfy-result' | 'runcomfy-webhook';
	/** Fields of the node. */
	fields?: object;
	config?: { concurrency?: number };
	/** How many messages arrive, in the first life only; one by default. */
	messages?: number;
	/** Where earlier lives are killed before the one under test. */
	before?: Kill[];
}

export interface Story {
	/** Ids of the requests that were paid for. */
	paid: string[];
	/** The id of a request that was submitted elsewhere, and that a message waits for. */
	awaited?: string | undefined;
	/** How many of them RunComfy ran at the same time. */
	atOnce: number;
	/** The last life but one is killed; the last one runs to its end. */
	lives: Life[];
}

const ON_TAB = { z: 'tab', x: 0, y: 0 };
const SECRET = 'secret-of-the-webhook';

/** Tells the messages apart; the webhook node makes its own. */
export function topicsOf({ type, messages = 1 }: Way): Array<string | undefined> {
	if (type === 'runcomfy-webhook') return [undefined];
	return Array.from({ length: messages }, (_, index) => `message ${index}`);
}

/**
 * Starts lives until one ends by itself: first those that the way lists, then one that is killed at the given effect,
 * then those after it.
 */
export async function tell(way: Way, kill?: Kill): Promise<Story> {
	const folder = mkdtempSync(join(tmpdir(), 'runcomfy-crash-'));
	const places = { userDir: join(folder, 'user'), files: join(folder, 'files') };
	mkdirSync(places.userDir);
	const called = way.type === 'runcomfy-webhook' ? await beCalled(folder) : undefined;
	const service = called?.service ?? (await startService());
	const { before = [] } = way;
	const awaited = way.type === 'runcomfy-result' ? await submitTo(service) : undefined;
	const ofMessage = (topic?: string) => ({ to: 'n', msg: { topic, requestId: awaited } });
	const messages = called ? [] : topicsOf(way).map(ofMessage);
	const lives: Life[] = [];
	const begin = async (next: Kill | undefined) => {
		const life = await live({
			program: 'node-red.cjs',
			folders: { 'the user directory': places.userDir, 'the folder of files': places.files },
			record: join(folder, `life-${lives.length}`),
			kill: next,
			life: {
				userDir: places.userDir,
				flow: flowOf(way, service, places.files),
				credentials: { cfg: { apiToken: service.token }, n: { secret: SECRET } },
				receive: lives.length === 0 ? messages : [],
				serve: called?.serve,
			},
		});
		lives.push(life);
	};
	try {
		for (const earlier of before) await begin(earlier);
		await begin(kill);
		if (kill) await begin(undefined);
		return { paid: paidFor(service), awaited, atOnce: mostAtOnce(service), lives };
	} finally {
		await service.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** A request of whose end RunComfy tells the node, and a file that says when the call got a good answer. */
async function beCalled(folder: string) {
	const { service, callAt, told } = await startCaller();
	const port = await freePort();
	await callAt(`http://127.0.0.1:${port}/runcomfy?secret=${SECRET}`);
	const file = join(folder, 'told');
	void told.then(() => writeFileSync(file, ''));
	return { service, serve: { port, told: file } };
}

function flowOf({ type, fields = {}, config = {} }: Way, service: Simulator, files: string) {
	return [
		{ id: 'tab', type: 'tab' },
		{ id: 'cfg', type: 'runcomfy-config', baseUrl: service.url, allowPrivate: true, ...config },
		{
			id: 'n',
			type,
			...ON_TAB,
			config: 'cfg',
			wires: [['end']],
			...(type === 'runcomfy-webhook'
				? {}
				: { deploymentId: service.deploymentIds.textToImage, deploymentIdType: 'str' }),
			directory: files,
			directoryType: 'str',
			...fields,
		},
		{ id: 'catch', type: 'catch', ...ON_TAB, scope: ['n'], wires: [['end']] },
		{ id: 'end', type: 'end', ...ON_TAB, wires: [] },
	];
}
