import type { NodeAPI } from 'node-red';
import type { Secrets } from '../../../core/index.js';
import { keptMessage } from '../journal/keptMessage.cjs';
import { openRequestStore } from '../journal/requestStore.cjs';
import { perRuntime } from '../runtime.cjs';
import { announceChange, type RunRecord } from './record.cjs';

/** Ended runs that are remembered. */
const MOST_ENDED = 50;

const ended = perRuntime((): RunRecord[] => []);

/** The runs that have ended last, the latest first. */
export function endedRuns(): readonly RunRecord[] {
	return [...ended()].reverse();
}

export function rememberEnd(record: RunRecord): void {
	ended().push(record);
	if (ended().length > MOST_ENDED) ended().shift();
	announceChange();
}

/** Keeps it over a restart, but not the addresses of its files: whoever has one can fetch the file. */
export function keepEnd(
	RED: NodeAPI,
	{ files: _, allowPrivate: _private, about, topic, reason, ...record }: RunRecord,
	secrets: Secrets,
): void {
	const texts = keptMessage({ about, topic, reason }, secrets);
	openRequestStore(RED).ended(record.job, { ...record, ...texts });
}

/** What an earlier process kept. To be called when the node is registered. */
export function recallEnds(RED: NodeAPI): void {
	const known = new Set(ended().map(({ job }) => job));
	const before = openRequestStore(RED)
		.endedRuns(MOST_ENDED)
		.filter(isRecord)
		.filter(({ job }) => !known.has(job));
	ended().unshift(...before);
	ended().splice(0, Math.max(0, ended().length - MOST_ENDED));
}

function isRecord(value: Partial<RunRecord>): value is RunRecord {
	const { job, nodeId, state, arrivedAt, endedAt } = value;
	const texts = typeof job === 'string' && typeof nodeId === 'string';
	return texts && state === 'ended' && Number.isFinite(arrivedAt) && Number.isFinite(endedAt);
}
