import type { ParamKind } from './params.cjs';
import { paramsProblem } from './params.cjs';
import type { LiveOptions, SimulatorOptions } from './types.cjs';

const LIVE = {
	latencyMs: 'number',
	coldStartMs: 'number',
	queueMs: 'number',
	maxInstances: 'number',
	outputBytes: 'number',
	balanceUsd: 'number',
} as const satisfies Record<keyof LiveOptions, ParamKind>;

const ALL = {
	...LIVE,
	host: 'text',
	port: 'number',
	token: 'text',
	faults: 'list',
	now: 'function',
	webhookRetryMs: 'number',
	publicUrl: 'text',
	keepRequests: 'number',
	keepJobs: 'number',
	comfyui: 'object',
	log: 'function',
} as const satisfies Record<keyof SimulatorOptions, ParamKind>;

/** @throws RangeError if an option is unknown or its value does not fit */
export const checkOptions = (options: SimulatorOptions): void => check(options, ALL);

/** Like `checkOptions`, for the options that can change while the simulator runs. */
export const checkLiveOptions = (options: LiveOptions): void => check(options, LIVE);

function check(options: object, known: Record<string, ParamKind>): void {
	const problem = paramsProblem('option', options, known);
	if (problem !== undefined) throw new RangeError(problem);
}
