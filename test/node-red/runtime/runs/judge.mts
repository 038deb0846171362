// Judges the outcome of a sequence for its messages and their requests.
import type { NodeMessage } from 'node-red';
import type * as Core from '../../../../core/index.ts';
import type { Job } from '../../../../simulator/index.ts';
import { dist } from '../../support/dist.mts';
import type { Line } from '../../support/log.mts';
import type { Kept, TestFlow } from '../../support/rig.mts';
import { type Act, IDS, type NodeId, type Sequence } from './randomActs.mts';

const { requestOutcome } = dist<typeof Core>('core/index.js');

export interface Story {
	/** Violations of promises. */
	broken: string[];
	/** Number of requests whose result was sent on. */
	delivered: number;
}

export interface Message {
	topic: string;
	to: 'run' | 'submit';
	/** Whether its inputs are invalid. */
	wrong: boolean;
}

interface Played {
	flow: TestFlow;
	sequence: Sequence;
	messages: readonly Message[];
	/** Nodes that were deleted at some time. */
	wasGone: ReadonlySet<NodeId>;
	/** Node and topic of each message that the node sends again after a restart. */
	givenAgain: readonly string[];
	kills: number;
	lines: readonly Line[];
	/** What is on the disk at the end. */
	entries: readonly Kept[];
	/** Whether anything is still in progress. */
	going: boolean;
}

const INFO = 40;

export function judge(played: Played): Story {
	const { flow, sequence, messages, wasGone, givenAgain, kills, lines, entries, going } = played;
	const story: Story = { broken: [], delivered: 0 };
	const tell = (what: string) => void story.broken.push(what);
	const told = lines.filter(({ level }) => level <= INFO).map(({ text }) => text);
	const didAct = (...names: Array<Act['do']>) =>
		sequence.acts.some((act) => names.includes(act.do));
	/** Whether an event has made a node cancel its requests. */
	const closed = (to: NodeId) => wasGone.has(to);
	/** Messages that arrive on a full disk may be lost with the process; the log has said so. */
	const mayBeLost = didAct('disk') && (kills > 0 || didAct('restart'));
	const { timeout, cancelOnTimeout } = sequence.waiting;
	const asked = didAct('cancel') || (cancelOnTimeout && timeout !== '0');

	const jobsOf = (topic: string) =>
		[...flow.simulator.jobs.values()].filter(({ overrides }) => textOf(overrides) === topic);

	const isNamed = ({ requestId }: Job) => told.some((text) => text.includes(requestId));
	/** Whether someone is told about a paid request. */
	const isTold = (job: Job, { to, topic }: Message): boolean => {
		const names = (msg: NodeMessage) => msg['requestId'] === job.requestId;
		const isDelivered = [...flow.sent, ...flow.progress].some(names);
		story.delivered += Number(isDelivered);
		if (isDelivered || flow.caught.some(names) || isNamed(job)) return true;
		// Its node was deleted, and then cancels its requests.
		if (job.state === 'canceled' && closed(to)) return true;
		// Its answer never came; the log, or an error, says that it may have been accepted.
		if (closed(to) && told.some((text) => text.includes('may be running'))) return true;
		const errors = errorsAt(flow, IDS[to], topic);
		return errors.some(({ error }) => error.code === 'submit_unconfirmed');
	};

	/** Compares how often a message has ended at a node with how often it may end there. */
	const count = (ends: readonly NodeMessage[], most: number, nodeId: string, topic: string) => {
		const key = `${nodeId} ${topic}`;
		if (ends.length - most <= givenAgain.filter((one) => one === key).length) return;
		tell(`${topic} has ended ${ends.length} times at ${nodeId}, instead of ${most}`);
	};

	/** The submitted request went on to the result node. */
	const judgeWait = (topic: string) => {
		const came = flow.progress.filter((msg) => msg['topic'] === topic);
		const ends = endsAt(flow, IDS.result, topic);
		count(ends, came.length, IDS.result, topic);
		if (came.length === 0 || ends.length > 0 || wasGone.has('result') || mayBeLost) return;
		// Node-RED was killed just after it had sent the message, and the node was deleted before it could send the
		// message again.
		if (wasGone.has('submit') && jobsOf(topic).every(isNamed)) return;
		tell(`${topic} was lost on its way to, or at, the result node`);
	};

	const topics = new Set<unknown>(messages.map(({ topic }) => topic));
	for (const { requestId, overrides } of flow.simulator.jobs.values()) {
		if (!topics.has(textOf(overrides))) tell(`nobody asked for ${requestId}`);
	}
	if (going) tell('something still goes on');
	for (const { nodeId, receipt } of entries) {
		tell(`the journal still has ${nodeId} ${receipt.ids.requestId}`);
	}
	for (const message of messages) {
		const { topic, to, wrong } = message;
		const jobs = jobsOf(topic);
		const ends = endsAt(flow, IDS[to], topic);
		if (jobs.length > 1) tell(`${topic} was paid for ${jobs.length} times`);
		count(ends, 1, IDS[to], topic);
		for (const job of jobs) {
			if (!isTold(job, message) && !mayBeLost)
				tell(`nobody is told of ${topic}, ${job.requestId} (${job.state})`);
			const isCanceled = job.cancelRequestedAt !== undefined;
			if (isCanceled && !asked && !closed(to)) tell(`nobody asked to cancel ${topic}`);
		}
		// After the process has ended, it may have been submitted once more.
		const isOver = !givenAgain.includes(`${IDS[to]} ${topic}`);
		const refusal = errorsAt(flow, IDS[to], topic).find(({ error }) => isRefusal(error));
		if (refusal && isOver && jobs.length > 0) {
			tell(`${topic} was refused (${refusal.error.code}), and is paid for`);
		}
		for (const { requestId } of ends as Array<{ requestId?: string }>) {
			const isOwn = requestId === undefined || jobs.some((job) => job.requestId === requestId);
			if (!isOwn) tell(`${topic} has the end of another: ${requestId}`);
		}
		const isDropped = told.some(
			(text) => text.includes(`topic "${topic}"`) && text.includes('nothing was submitted'),
		);
		if (isDropped && jobs.length > 0) tell(`${topic} is told as dropped, and is paid for`);
		if (ends.length === 0 && jobs.length === 0) {
			// A message that is refused on arrival has no file before the next nodes learn of it.
			const isGone =
				isDropped || mayBeLost || closed(to) || kills > 0 || (wrong && didAct('restart'));
			if (!isGone && !didAct('cancel')) tell(`${topic} never ended`);
		}
		if (to === 'submit') judgeWait(topic);
	}
	return story;
}

/** How often a message has ended at a node, in the next nodes or in a Catch node. */
export function endsAt(flow: TestFlow, nodeId: string, topic: string): NodeMessage[] {
	const sent = nodeId === IDS.submit ? flow.progress : flow.sent;
	return [...sent.filter((msg) => msg['topic'] === topic), ...errorsAt(flow, nodeId, topic)];
}

/** Whether an error says that nothing was accepted. */
function isRefusal({ code, cause }: TestFlow['caught'][number]['error']): boolean {
	const facts = cause as Pick<Core.RunComfyError, 'requestId' | 'details'>;
	return (
		requestOutcome({ ...facts, code: code as Core.RunComfyError['code'] }).request ===
		'never_started'
	);
}

function errorsAt({ caught }: TestFlow, nodeId: string, topic: string) {
	return caught.filter((msg) => msg['topic'] === topic && msg.error.source.id === nodeId);
}

function textOf(overrides: object): unknown {
	const { '6': node, prompt } = overrides as {
		'6'?: { inputs: { text: string } };
		prompt?: string;
	};
	return prompt ?? node?.inputs.text;
}
