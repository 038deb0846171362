// Faults, refusals, runs without an end, kills, restarts, retries, stops and deletes, in random order: you pay only for what you asked for,
// no failure of another item cancels a paid request, and you are told about every paid request. Use RUNCOMFY_SEQUENCES=1000 for the
// long test.
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type * as N8nWorkflow from 'n8n-workflow';
import type * as Library from '../../../simulator/index.ts';
import { rateLimited } from '../../support/answers.mts';
import fc, {
	FAULT,
	type Fault,
	KIND,
	type Kind,
	pathOf,
	REFUSAL,
	seconds,
} from '../../support/random.mts';
import { useSmallN8n } from '../support/parked.mts';
import {
	byId,
	type Json,
	type Parameters,
	RETRY,
	spyOnLog,
	useRig,
	workflowOf,
} from '../support/rig.mts';

/** No test waits for the end of such a run. */
const ENDLESS_MS = 24 * 3_600_000;

const SEQUENCES = Number(process.env['RUNCOMFY_SEQUENCES'] ?? 40);

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);

type Act =
	| { do: 'pass'; ms: number }
	| { do: 'timer' | 'delete' | 'retry' | 'fix' }
	| { do: 'stop'; by: 'worker' | 'main' }
	| { do: 'kill'; keepsAddress: boolean }
	/** At the nth such call from now on, after it was sent. */
	| { do: 'killAtCall'; call: globalThis.Parameters<typeof pathOf>[1]; nth: number }
	| { do: 'unreachable'; for: number }
	| { do: 'fault'; fault: Fault }
	| { do: 'refusal'; fault: Fault }
	| { do: 'balance'; usd: number }
	/** From now on, this item has an invalid value. */
	| { do: 'wrong'; item: number };

interface Sequence {
	kind: Kind;
	items: number;
	runMs: number;
	/** Number of simultaneous runs. Others are queued, so runs end one after another. */
	instances: number;
	options: Json;
	settings: Json;
	/** What never ends by itself, if anything: runs, which then have a timeout, or refusals after some submits. */
	forever: { runs: true } | { refusalsAfter: number } | undefined;
	acts: Act[];
}

const is = <Name extends Act['do']>(name: Name) => fc.constant(name);

const one = (weight: number, arbitrary: fc.Arbitrary<Act>) => ({ weight, arbitrary });

/** Strikes the first item, or a later one. */
const LATER_REFUSAL = fc
	.tuple(REFUSAL, fc.integer({ min: 0, max: 2 }))
	.map(([fault, after]) => ({ ...fault, after }));

/** Applies to the next runs. */
const BAD_ENDS: fc.Arbitrary<Fault> = fc.record({
	name: fc.constantFrom('run_failed' as const, 'run_canceled' as const),
	times: fc.integer({ min: 1, max: 6 }),
});

/** None of these is a reason to cancel a paid request. */
const HARMLESS = [
	one(4, fc.record({ do: is('pass'), ms: seconds(120) })),
	one(2, fc.record({ do: is('pass'), ms: fc.integer({ min: 0, max: 900 }) })),
	one(3, fc.record({ do: is('timer') })),
	one(5, fc.record({ do: is('retry') })),
	one(2, fc.record({ do: is('fix') })),
	one(2, fc.record({ do: is('kill'), keepsAddress: fc.boolean() })),
	one(
		2,
		fc.record({
			do: is('killAtCall'),
			call: fc.constantFrom('submit' as const, 'status' as const, 'result' as const),
			nth: fc.integer({ min: 1, max: 4 }),
		}),
	),
	one(1, fc.record({ do: is('unreachable'), for: seconds(120) })),
	one(3, fc.record({ do: is('refusal'), fault: LATER_REFUSAL })),
	one(2, fc.record({ do: is('balance'), usd: fc.constantFrom(0, 1, 25) })),
	// There are at most three items, so a mistake in the fourth has no effect.
	one(3, fc.record({ do: is('wrong'), item: fc.integer({ min: 0, max: 3 }) })),
	one(12, fc.record({ do: is('fault'), fault: FAULT })),
	one(6, fc.record({ do: is('fault'), fault: BAD_ENDS })),
];

const REASONS = [
	one(1, fc.record({ do: is('delete') })),
	one(1, fc.record({ do: is('stop'), by: fc.constantFrom('worker' as const, 'main' as const) })),
];

const acts = (from: typeof HARMLESS) =>
	fc.array(fc.oneof(...from), { minLength: 1, maxLength: 12, size: 'max' });

const SEQUENCE: fc.Arbitrary<Sequence> = fc.record({
	kind: KIND,
	items: fc.constantFrom(1, 2, 3, 3),
	runMs: fc.oneof(seconds(20), seconds(400)),
	instances: fc.constantFrom(1, 10),
	options: fc.record({
		waitMode: fc.constantFrom('auto', 'auto', 'auto', 'poll'),
		timeout: fc.constantFrom(0, 0, 15, 150),
		cancelOnTimeout: fc.boolean(),
		concurrency: fc.integer({ min: 1, max: 3 }),
		checkInputs: fc.boolean(),
	}),
	settings: fc.constantFrom<Json>(
		...([{}, {}, RETRY, RETRY, RETRY] as const),
		...([
			{ onError: 'continueRegularOutput' },
			{ ...RETRY, onError: 'continueRegularOutput' },
		] as const),
	),
	forever: fc.oneof(
		{ weight: 6, arbitrary: fc.constant(undefined) },
		fc.record({ runs: fc.constant(true as const) }),
		fc.record({ refusalsAfter: fc.integer({ min: 0, max: 2 }) }),
	),
	acts: fc.oneof(acts(HARMLESS), acts([...HARMLESS, ...REASONS])),
});

/** The outcome of a paid request. */
type Fate =
	| 'delivered'
	| 'in the execution'
	/** Its execution was killed, stopped or deleted. */
	| 'in the log'
	/** Its answer never came; the execution, or the log, says that it may have been accepted. */
	| 'told as unconfirmed'
	/** The same, for an execution that was killed before the answer came. */
	| 'killed during the submit';

interface Story {
	/** Violations of promises. */
	broken: string[];
	fates: Fate[];
}

/** A line of n8n's log. */
interface Line {
	message: string;
	facts: { executionId?: string };
}

interface Execution {
	id: string;
	/** Everything that was stored of the execution while it existed. */
	text: string;
	/** Requests that its items report as succeeded. */
	delivered: Set<string>;
	deleted: boolean;
	stopped: boolean;
	startedAt: number;
	/** When n8n was killed while the execution ran. */
	killedAt?: number;
	/** Number of lines in the log at that time. */
	linesThen?: number;
}

const UNCONFIRMED = /submit_unconfirmed|"unconfirmed"/;

const UNCLEAR = /may have accepted a submit/;

const require = createRequire(import.meta.url);
const { jsonStringify } = require('n8n-workflow') as typeof N8nWorkflow;

/** The JSON of an item, unless its value has become invalid. */
const valid = (json: string) => `={{ $vars.wrong === $json.mark ? "{" : JSON.stringify(${json}) }}`;

const PROMPT = valid('{ prompt: $json.mark }');

const markOf = (item: number) => `item ${item}`;

const RUNS: Record<Kind, (options: Json) => Parameters> = {
	textToImage: (options) =>
		rig.toRun({ overrides: valid('{ 6: { inputs: { text: $json.mark } } }'), options }),
	lora(options) {
		const deploymentId = byId(rig.simulator.deploymentIds.lora);
		return rig.toRun({ deploymentId, overrides: PROMPT, options });
	},
	model: (options) => rig.toRunModel(PROMPT, { options: { downloadFiles: false, ...options } }),
};

/** When a request is known to end without a result; never for one that succeeds. */
function failedAt({ state, finishedAt, cancelRequestedAt = Infinity }: Library.Job): number {
	const hasFailed = state === 'failed' || state === 'canceled';
	return Math.min(cancelRequestedAt, (hasFailed && finishedAt) || Infinity);
}

/** Whether somebody's act may cause requests to be canceled. */
function isReasonToCancel(act: Act): boolean {
	return act.do === 'stop' || act.do === 'delete';
}

async function play(log: () => Line[], sequence: Sequence) {
	const { clock, simulator } = rig;
	const { kind, items, instances, settings, forever, acts } = sequence;
	const isEndless = forever !== undefined && 'runs' in forever;
	const runMs = isEndless ? ENDLESS_MS : sequence.runMs;
	const timeout = sequence.options['timeout'] || 60;
	const options = isEndless ? { ...sequence.options, timeout } : sequence.options;
	const known = new Set(simulator.jobs.keys());
	const story: Story = { broken: [], fates: [] };
	const jobs = () => [...simulator.jobs.values()].filter(({ requestId }) => !known.has(requestId));
	const itemOf = ({ overrides }: Library.Job) => JSON.stringify(overrides);
	const fix = () => {
		simulator.clearFaults();
		simulator.update({ balanceUsd: 25 });
		n8n.variables = {};
		if (forever && 'refusalsAfter' in forever) {
			const more = { on: 'submit', after: forever.refusalsAfter, times: Infinity } as const;
			simulator.inject(rateLimited({ ...more, retryAfter: 5 }));
		}
	};
	fix();
	simulator.update({ latencyMs: runMs, maxInstances: instances });
	await n8n.restart();
	let over = false;
	let go = clock.hold();
	/** Lets everything run until then. */
	const until = async (moment: Promise<void>) => {
		go();
		await moment;
		go = clock.hold();
	};
	const pass = (ms: number) => until(clock.sleep(ms));

	const json = workflowOf({ parameters: RUNS[kind](options), settings });
	const inputs = Array.from({ length: items }, (_, item) => ({ mark: markOf(item) }));
	const executions: Execution[] = [];
	const add = ({ id }: { id: string }) => {
		const none = { text: '', deleted: false, stopped: false };
		executions.push({ id, ...none, delivered: new Set(), startedAt: clock.now() });
	};
	const newest = () => executions.at(-1)!;
	const statusOf = ({ id, deleted }: Execution) => (deleted ? 'deleted' : n8n.read(id).status);
	const textOf = ({ id }: Execution) => {
		const { stored, runData } = n8n.read(id);
		return jsonStringify({ ...stored, runData }, { replaceCircularRefs: true });
	};
	const note = (execution: Execution) => {
		if (execution.deleted) return;
		execution.text += textOf(execution);
		for (const { json: item } of n8n.read(execution.id).items('Step 1')) {
			if (item['status'] === 'succeeded') execution.delivered.add(String(item['request_id']));
		}
	};

	/** Whether n8n was killed while the submitting execution ran. */
	const isKilled = ({ createdAt }: Library.Job) =>
		executions.some(
			({ startedAt, killedAt = 0 }) => startedAt <= createdAt && createdAt <= killedAt,
		);

	/** Requests that a person knows about but an execution does not: they may be submitted once more. */
	const lost = new Set<string>();
	/** Whether someone is told that a submit may have been accepted; after a stop, in the log. */
	const isUnclear = ({ id, text, stopped }: Execution) =>
		UNCONFIRMED.test(text) ||
		(stopped &&
			log().some(({ message, facts }) => facts.executionId === id && UNCLEAR.test(message)));
	/** n8n may store nothing about a stopped node; then the log names the request. */
	const isLogged = ({ stopped }: Execution, { requestId }: Library.Job) =>
		stopped && logged().includes(requestId);
	const release = (execution: Execution) => {
		note(execution);
		const last = new Map(jobs().map((job) => [itemOf(job), job]));
		const text = textOf(execution);
		for (const job of last.values()) {
			const isTold = isKilled(job) || isUnclear(execution) || isLogged(execution, job);
			if (!text.includes(job.requestId) && isTold) lost.add(job.requestId);
		}
	};

	const kill = async (keepsAddress = false) => {
		const execution = newest();
		if (statusOf(execution) !== 'running') return n8n.restart(keepsAddress);
		Object.assign(execution, { killedAt: clock.now(), linesThen: log().length });
		await n8n.crash(execution.id, 'Step 1');
	};
	const acting: Record<Act['do'], (act: never) => unknown> = {
		pass: ({ ms }: { ms: number }) => pass(ms),
		async timer() {
			const { status, waitTill } = n8n.read(newest().id);
			if (status !== 'waiting' || !waitTill) return;
			await pass(Math.max(0, waitTill.getTime() - clock.now()));
			if (n8n.read(newest().id).status === 'waiting') void n8n.timer(newest().id);
		},
		async stop({ by }: { by: 'worker' | 'main' }) {
			const execution = newest();
			if (!['running', 'waiting'].includes(statusOf(execution))) return;
			execution.stopped = true;
			note(execution);
			await until(n8n.stop(execution.id, by));
		},
		delete() {
			const execution = newest();
			if (statusOf(execution) === 'running') return;
			note(execution);
			execution.deleted = true;
			n8n.remove(execution.id);
		},
		async retry() {
			const execution = newest();
			if (!['error', 'canceled'].includes(statusOf(execution))) return;
			release(execution);
			add(n8n.retry(execution.id));
		},
		fix,
		kill: ({ keepsAddress }: { keepsAddress: boolean }) => kill(keepsAddress),
		killAtCall({ call, nth }: Extract<Act, { do: 'killAtCall' }>) {
			void clock.stopAt(pathOf(kind, call), nth).then(async (goOn) => {
				if (!over && !newest().deleted) await kill();
				goOn();
			});
		},
		async unreachable({ for: ms }: { for: number }) {
			n8n.answers = 'nobody';
			await pass(ms);
			n8n.answers = 'n8n';
		},
		fault: ({ fault }: { fault: Fault }) => void simulator.inject(fault),
		refusal: ({ fault }: { fault: Fault }) => void simulator.inject(fault),
		balance: ({ usd }: { usd: number }) => simulator.update({ balanceUsd: usd }),
		wrong: ({ item }: { item: number }) => void (n8n.variables = { wrong: markOf(item) }),
	};

	add(n8n.start(json, { inputs }));
	for (const act of acts) {
		await acting[act.do](act as never);
		if (newest().deleted) break;
	}
	// Nothing else is in progress any more.
	fix();
	for (let round = 0; round < 60 && !newest().deleted; round += 1) {
		const status = statusOf(newest());
		if (status === 'waiting') await acting.timer({} as never);
		else if (status !== 'running') break;
		await pass(Math.min(runMs, 400_000) + 10_000);
		await pause(0);
	}
	await pass(60_000);
	over = true;
	for (const execution of executions) note(execution);
	judge();
	for (const { id, deleted } of executions) if (!deleted) n8n.remove(id);
	await n8n.restart();
	// Runs without an end would occupy the machines of the next sequence.
	if (isEndless) clock.pass(ENDLESS_MS * (jobs().length + 1));
	go();
	return story;

	/** n8n's log, without lines that the test still lets a killed process write. */
	function logged({ killed = false } = {}) {
		const lines = log().filter(({ facts }, index) => {
			const of = executions.find(({ id }) => id === facts.executionId);
			return index >= (of?.linesThen ?? Infinity) === killed;
		});
		return JSON.stringify(lines);
	}

	function judge() {
		const last = newest();
		const status = statusOf(last);
		if (status === 'running' || status === 'waiting') story.broken.push(`it is still ${status}`);
		const newestOf = new Map<string, Library.Job>();
		for (const job of jobs()) {
			const { requestId } = job;
			const earlier = newestOf.get(itemOf(job));
			newestOf.set(itemOf(job), job);
			if (earlier && !isAskedFor(earlier, job)) {
				story.broken.push(`${itemOf(job)} was paid for again: ${earlier.requestId}, ${requestId}`);
			}
			if (isCanceledForNothing(job)) story.broken.push(`nobody wanted ${requestId} canceled`);
		}
		for (const job of jobs()) {
			const fate = fateOf(job);
			if (fate) story.fates.push(fate);
			else story.broken.push(`nobody is told of ${job.requestId} (${job.state})`);
		}
	}

	/** Whether a person's *Retry* may have submitted the later job after the earlier one. */
	function isAskedFor(earlier: Library.Job, job: Library.Job): boolean {
		const { requestId } = earlier;
		const isEnded = failedAt(earlier) <= job.createdAt && executionOf(earlier) !== executionOf(job);
		// A submit in progress at the kill may arrive after the retry's.
		return isEnded || lost.has(requestId) || logged({ killed: true }).includes(requestId);
	}

	/** The newest execution at the time of the submit. */
	function executionOf({ createdAt }: Library.Job): Execution | undefined {
		return executions.findLast(({ startedAt }) => startedAt <= createdAt);
	}

	/** Whether the request was canceled although nobody has stopped or deleted an execution. */
	function isCanceledForNothing({ cancelRequestedAt }: Library.Job): boolean {
		const isLate = options['timeout'] !== 0 && options['cancelOnTimeout'] === true;
		return cancelRequestedAt !== undefined && !isLate && !acts.some(isReasonToCancel);
	}

	function fateOf(job: Library.Job): Fate | undefined {
		const { requestId } = job;
		const some = (has: (execution: Execution) => boolean) => executions.some(has);
		if (some(({ delivered }) => delivered.has(requestId))) return 'delivered';
		if (some(({ text, deleted }) => !deleted && text.includes(requestId)))
			return 'in the execution';
		const killed = isKilled(job);
		const isGiven = killed || some(({ stopped, deleted }) => stopped || deleted);
		if (isGiven && logged().includes(requestId)) return 'in the log';
		if (some(isUnclear)) return 'told as unconfirmed';
		return killed ? 'killed during the submit' : undefined;
	}
}

describe('an execution in a random sequence of faults, kills, restarts, retries, stops and deletes', () => {
	it(
		'pays for nothing twice, and loses nothing that is paid for (P43)',
		async () => {
			const spied = spyOnLog();
			let lines: Line[] = [];
			for (const spy of [spied.info, spied.warn]) {
				spy.mockImplementation((message, facts = {}) => void lines.push({ message, facts }));
			}
			const fates = new Set<Fate>();
			await fc.assert(
				fc.asyncProperty(SEQUENCE, async (sequence) => {
					lines = [];
					const story = await play(() => lines, sequence);
					expect(story.broken).toEqual([]);
					for (const fate of story.fates) fates.add(fate);
					rig.simulator.requests.length = 0;
				}),
				{ numRuns: SEQUENCES },
			);
			expect(fates).toContain('delivered');
		},
		60_000 + SEQUENCES * 10_000,
	);
});
