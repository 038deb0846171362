// Plays a sequence of events on a Node-RED's runtime.
import helper from 'node-red-node-test-helper';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.ts';
import { exactTurns } from '../../../support/eventLoop.mts';
import { type Kind, pathOf } from '../../../support/random.mts';
import { dist } from '../../support/dist.mts';
import type { Line } from '../../support/log.mts';
import { Mortal } from '../../support/mortal.mts';
import { countWorks, jobs, turns, type useFlows } from '../../support/rig.mts';
import { endsAt, judge, type Message } from './judge.mts';
import { type Act, type DeployType, IDS, type NodeId, type Sequence } from './randomActs.mts';

const { presentJournal } = dist<typeof JournalModule>('node-red/runtime/journal/journal.js');

export interface Stage {
	start: ReturnType<typeof useFlows>;
	/** Empty at the start. */
	userDir: string;
	/** Lines of Node-RED's log. */
	lines: Line[];
	disk: { room: number };
}

/** Milliseconds until the process is killed. */
const SOON_MS = 120_000;

/** Turns of the event loop after which a deploy or restart that waits for nothing has ended. */
const MOST_TURNS = 300;

/** The nodes that submit. */
const FIELDS: Record<Kind, object> = {
	textToImage: { inputMode: 'json' },
	lora: { inputMode: 'json' },
	model: { target: 'model', inputMode: 'json' },
};

/** The inputs of a message. */
const INPUTS: Record<Kind, (prompt: string) => object> = {
	textToImage: (prompt) => ({ '6': { inputs: { text: prompt } } }),
	lora: (prompt) => ({ prompt }),
	model: (prompt) => ({ prompt }),
};

/** Inputs that nothing accepts. */
const WRONG: Record<Kind, object | string> = {
	textToImage: { '999': { inputs: { text: 'a fox' } } },
	lora: '{ "prompt": ',
	model: { num_images: 'many' },
};

export async function play({ start, userDir, lines, disk }: Stage, sequence: Sequence) {
	const { kind, runMs, concurrency, checkInputs, waiting, acts } = sequence;
	const messages: Message[] = [];
	const edits: Partial<Record<string, number>> = {};
	const gone = new Set<NodeId>();
	const wasGone = new Set<NodeId>();
	const givenAgain: string[] = [];
	let kills = 0;

	const mortal = new Mortal({
		userDir,
		heard: () => [flow.sent, flow.caught, flow.completed, flow.progress, lines],
		onEnd(left) {
			for (const { nodeId, msg } of left) {
				const topic = String(msg['topic']);
				// The next nodes have the message, but its file is still there.
				if (endsAt(flow, nodeId, topic).length > 0) givenAgain.push(`${nodeId} ${topic}`);
			}
		},
	});

	const config: Record<string, unknown> = { concurrency };
	const submits = { ...FIELDS[kind], checkInputs };
	const nodes: Array<Record<string, unknown>> = [];
	/** Writes the flow to deploy. @returns the fields of the run node */
	const write = () => {
		const own = (name: NodeId) => ({ name: `edit ${edits[name] ?? 0}`, d: gone.has(name) });
		const wait = { ...waiting, timeoutType: 'num' };
		const add = (type: string, id: string, fields: object) =>
			nodes.push({ id, type, config: 'cfg', wires: [[]], ...fields });
		const toResult = { wires: [[IDS.result, 'progress']] };
		config['name'] = `edit ${edits['account'] ?? 0}`;
		nodes.length = 0;
		add('runcomfy-submit', IDS.submit, { ...toResult, ...submits, ...own('submit') });
		add('runcomfy-result', IDS.result, {
			wires: [['sent']],
			wait: true,
			...wait,
			...own('result'),
		});
		return { ...submits, ...wait, ...own('run') };
	};

	lines.length = 0;
	const flow = await start('runcomfy-run', write(), {
		userDir,
		nodes,
		config,
		hostOf: (host) => mortal.hostOf(host),
		simulator: { latencyMs: runMs },
	});
	const { simulator, time: clock } = flow;
	const target =
		kind === 'model'
			? { modelId: simulator.modelIds.textToImage }
			: { deploymentId: simulator.deploymentIds[kind] };
	let go = clock.hold();

	/** Lets everything run until then. */
	const until = async <T,>(moment: Promise<T>): Promise<T> => {
		go();
		const come = await moment;
		go = clock.hold();
		return come;
	};
	const pass = (ms: number) => until(clock.sleep(ms));
	/** Stops time, unless the work itself waits. */
	const during = async (work: Promise<void>) => {
		let over = false;
		const end = () => void (over = true);
		void work.then(end, end);
		for (let turn = 0; turn < MOST_TURNS && !over; turn += 1) await turns(1);
		await (over ? work : until(work));
	};
	/** The nodes behind the submit node. */
	const next = () => [IDS.result, 'progress'].map((id) => helper.getNode(id));
	const deploy = async (type: DeployType) => {
		const sent = flow.progress.length;
		const before = next();
		await during(flow.redeploy(type, write()));
		const [first, second] = next().map((node, index) => node === before[index]);
		if (first === second) return;
		// If one of them was replaced just as the message went on, both get it once more.
		const came = flow.progress.slice(sent);
		givenAgain.push(...came.map(({ topic }) => `${IDS.submit} ${String(topic)}`));
	};
	const revive = () => {
		kills += 1;
		return during(mortal.revive(flow, write()));
	};
	const setRoom = (room: number) => {
		disk.room = room;
		// As happens every few seconds.
		presentJournal()?.retry();
		return turns(20);
	};

	const acting: { [Name in Act['do']]: (act: Extract<Act, { do: Name }>) => unknown } = {
		pass: ({ ms }) => pass(ms),
		send({ to, count, wrong, refusal }) {
			if (gone.has(to)) return;
			if (refusal) simulator.inject(refusal);
			for (let sent = 0; sent < count; sent += 1) {
				const topic = `${to} ${messages.length}`;
				messages.push({ topic, to, wrong });
				const overrides = wrong ? WRONG[kind] : INPUTS[kind](topic);
				flow.receive({ topic, ...target, overrides }, IDS[to]);
			}
		},
		deploy({ type, change }) {
			edits[change] = (edits[change] ?? 0) + 1;
			return deploy(type);
		},
		toggle({ type, node }) {
			wasGone.add(node);
			if (!gone.delete(node)) gone.add(node);
			return deploy(type);
		},
		restart: ({ of }) =>
			during(of === 'process' ? mortal.restart(flow, write()) : flow.restart(write())),
		async kill({ turns: count }) {
			await exactTurns(count);
			mortal.kill();
			await revive();
		},
		async killAt({ call, moment }) {
			const path = pathOf(kind, call);
			if (await until(mortal.killAt({ path, ...moment }, clock.sleep(SOON_MS)))) await revive();
		},
		async cancel({ by }) {
			const { requestId } = flow.progress.at(-1) ?? {};
			if (by === 'node') flow.cancel();
			else if (by === 'id' && requestId) flow.receive({ requestId, ...target }, 'cancel request');
			else if (by === 'sidebar') {
				const job = (await jobs()).find(({ cancelable }) => cancelable);
				if (job) await helper.request().post(`/runcomfy/jobs/${job.job}/cancel`).send({});
			}
		},
		disk: ({ room }) => setRoom(room),
		fix: () => simulator.clearFaults(),
		fault: ({ fault }) => simulator.inject(fault),
		balance: ({ usd }) => simulator.update({ balanceUsd: usd }),
	};

	try {
		for (const act of acts) await acting[act.do](act as never);
		// Nothing is in progress any more.
		simulator.clearFaults();
		await setRoom(Infinity);
		if (gone.size > 0) {
			gone.clear();
			await deploy('full');
		}
		const ids = [...Object.values(IDS), 'cancel all', 'cancel request'];
		const going = () => ids.some((id) => countWorks(id) > 0);
		for (let round = 0; round < 200 && going(); round += 1) await pass(runMs + 10_000);
		await pass(60_000);
		await turns(20);
		return judge({
			flow,
			sequence,
			messages,
			wasGone,
			givenAgain,
			kills,
			lines,
			entries: mortal.kept(),
			going: going(),
		});
	} finally {
		disk.room = Infinity;
		go();
		await flow.stop();
	}
}
