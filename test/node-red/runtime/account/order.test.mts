// The order of submits: that of the messages' arrival, however long each takes to be read, also after a restart.
import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Host } from '../../../../core/index.ts';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.ts';
import type * as LockModule from '../../../../node-red/runtime/journal/lock.ts';
import { eventually, waitUntil } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import {
	leftEntry,
	running,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const { presentJournal } = dist<typeof JournalModule>('node-red/runtime/journal/journal.js');
const { GONE_MS } = dist<typeof LockModule>('node-red/runtime/journal/lock.js');

const start = useFlows();
const kept = useUserDir();

afterEach(() => void jest.restoreAllMocks());

interface Submitted {
	overrides: { 6: { inputs: { text: string } } };
}

/** The prompts in the order in which RunComfy received them. */
const submitted = (flow: TestFlow) =>
	flow.bodies().map((body) => (body as Submitted).overrides[6].inputs.text);

const prompt = (text: string) => ({ overrides: { '6': { inputs: { text } } } });

const ONE = { concurrency: 1 };

/** Three messages. The call about the first one's deployment is answered only once `answer` is called. */
async function slowlyRead(first: object = prompt('first')) {
	let answer = () => undefined as void;
	const answered = new Promise<void>((resolve) => {
		answer = resolve;
	});
	const hostOf = (host: Host): Host => ({
		...host,
		async request(request) {
			if (request.url.includes(flow.simulator.deploymentIds.video)) await answered;
			return host.request(request);
		},
	});
	const flow: TestFlow = await start(
		'runcomfy-run',
		{ checkInputs: true },
		{ config: ONE, hostOf },
	);
	const { video, textToImage } = flow.simulator.deploymentIds;
	const release = flow.time.hold();
	flow.ask({ ...first, deploymentId: video });
	for (const text of ['second', 'third']) flow.ask({ ...prompt(text), deploymentId: textToImage });
	await eventually(() => flow.simulator.count('object_info')).toBe(1);
	await turns(50);
	return { flow, answer, release };
}

describe('a message that takes longer to be read than those behind it', () => {
	it('goes first', async () => {
		const { flow, answer, release } = await slowlyRead();
		answer();
		release();
		await flow.ended(3);
		expect(submitted(flow)).toEqual(['first', 'second', 'third']);
	});

	it('holds them back for ten seconds only', async () => {
		const { flow, answer, release } = await slowlyRead();
		expect(submitted(flow)).toEqual([]);
		flow.time.elapse(9_000);
		await turns(50);
		expect(submitted(flow)).toEqual([]);
		flow.time.elapse(1_000);
		await eventually(() => submitted(flow)).toEqual(['second']);
		flow.cancel();
		answer();
		release();
		await flow.ended(3);
	});

	it('holds nobody back once it has failed', async () => {
		const { flow, answer, release } = await slowlyRead({
			overrides: { 99: { inputs: { text: 'x' } } },
		});
		answer();
		await flow.ended();
		expect(flow.caught).toHaveLength(1);
		await turns(200);
		expect(submitted(flow)).toEqual(['second']);
		release();
		await flow.ended(3);
		expect(submitted(flow)).toEqual(['second', 'third']);
	});
});

/** Thirty waiting messages of two nodes in mixed order, while one is at RunComfy. */
async function queued() {
	const behind = { id: 'm', type: 'runcomfy-run', config: 'cfg', wires: [['sent']] };
	const flow = await start(
		'runcomfy-run',
		{},
		{
			userDir: kept.userDir,
			config: ONE,
			nodes: [behind],
			simulator: { latencyMs: 600_000 },
		},
	);
	const release = await running(flow, 1, () => flow.ask(prompt('first')));
	const texts = Array.from({ length: 30 }, (_, at) => `message ${at}`);
	texts.forEach((text, at) => flow.ask(prompt(text), at % 3 === 0 ? 'm' : 'n'));
	await turns(100);
	return { flow, release, texts: ['first', ...texts] };
}

describe('what waits', () => {
	it.each<[string, (flow: TestFlow) => Promise<void>]>([
		['after a deploy', (flow) => flow.redeploy('full')],
		['after a start', (flow) => flow.restart()],
		['in another process', (flow) => flow.reborn()],
	])('goes in order of arrival, whichever node it is of, %s', async (_when, begin) => {
		const { flow, release, texts } = await queued();
		await begin(flow);
		flow.simulator.update({ latencyMs: 0 });
		release();
		for (const text of ['later', 'last']) flow.ask(prompt(text));
		await waitUntil(() => submitted(flow).length === texts.length + 2);
		expect(submitted(flow)).toEqual([...texts, 'later', 'last']);
		await eventually(() => flow.sent.length).toBe(texts.length + 2);
	});

	it('goes before what comes until it is known that the process before is gone', async () => {
		const { now } = performance;
		let passed = 0;
		jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + passed);
		const texts = ['left', 'left, too'];
		const flow = await start(
			'runcomfy-run',
			{},
			{
				userDir: kept.userDir,
				config: ONE,
				async before({ deploymentIds }) {
					const deploymentId = deploymentIds.textToImage;
					for (const [at, job] of texts.entries()) {
						const msg = { ...prompt(job), deploymentId };
						kept.leave(
							leftEntry({ state: 'planned', at }, { job, msg, waiting: { unread: true } }),
						);
					}
					// As in a container: nobody can tell whether the named process has ended.
					writeFileSync(`${kept.journal}.lock`, '1 elsewhere x');
				},
			},
		);
		for (const text of ['new', 'last']) flow.ask(prompt(text));
		await turns(100);
		expect(submitted(flow)).toEqual([]);
		passed = GONE_MS;
		presentJournal()?.check();
		await flow.ended(4);
		expect(submitted(flow)).toEqual([...texts, 'new', 'last']);
	});
});
