import type { ParamKind } from './fault-params.cjs';
import { paramProblem } from './fault-params.cjs';
import { unknownName } from './names.cjs';
import type { LiveOptions, SimulatorOptions } from './types.cjs';

type Kind = ParamKind | 'function' | 'list';

const LIVE = {
	latencyMs: 'number',
	coldStartMs: 'number',
	queueMs: 'number',
	maxInstances: 'number',
	outputBytes: 'number',
} as const satisfies Record<keyof LiveOptions, Kind>;

const ALL = {
	...LIVE,
	host: 'text',
	port: 'number',
	token: 'text',
	faults: 'list',
	now: 'function',
	retentionMs: 'number',
	webhookRetryMs: 'number',
	webhookRetryForMs: 'number',
	webhookAttempts: 'number',
	webhookTimeoutMs: 'number',
	publicUrl: 'text',
	storagePort: 'number',
	publicStorageUrl: 'text',
	keepRequests: 'number',
	log: 'function',
} as const satisfies Record<keyof SimulatorOptions, Kind>;

/** @throws RangeError naming the option that is unknown or has a value that does not fit */
export const checkOptions = (options: SimulatorOptions): void => check(options, ALL);

/** As `checkOptions`, for those that can change while it runs. */
export const checkLiveOptions = (options: LiveOptions): void => check(options, LIVE);

function check(options: object, known: Record<string, Kind>): void {
	for (const [name, value] of Object.entries(options)) {
		const kind = Object.hasOwn(known, name) ? known[name] : undefined;
		if (kind === undefined) throw new RangeError(unknownName('option', name, Object.keys(known)));
		const problem = value === undefined ? undefined : problemOf(kind, value);
		if (problem !== undefined) throw new RangeError(`Option ${name} ${problem}.`);
	}
}

function problemOf(kind: Kind, value: unknown): string | undefined {
	if (kind === 'function') return typeof value === 'function' ? undefined : 'must be a function';
	if (kind === 'list') return Array.isArray(value) ? undefined : 'must be a list';
	return paramProblem(kind, value);
}
