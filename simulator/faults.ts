import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultName, FaultOf, FaultTarget } from './fault-table';
import {
	FAULT_TABLE,
	FAULT_TARGETS,
	isFaultName,
	MADE_UP_FAULTS,
	MATCH_PARAMS,
} from './fault-table';
import { paramsProblem, unknownName } from './params';
import type { SimulatorOptions } from './types';

/** Where a fault may strike. */
export interface FaultSite {
	target: FaultTarget;
	deploymentId?: string | undefined;
	requestId?: string | undefined;
	modelId?: string | undefined;
}

/** An active fault. */
interface Armed {
	readonly fault: Fault;
	/** How many times it will still strike, and how many matches it lets through first. */
	left: number;
	skip: number;
}

/** The known ids to which a fault can be limited. */
type Limits = Record<'deployment' | 'model', { keys(): Iterable<string> }>;

/** The active faults. */
export class FaultBox {
	readonly #comfyui: boolean;
	readonly #limits: Limits;
	#armed: Armed[] = [];
	#cleared = new AbortController();

	/** @throws RangeError as `inject` does */
	constructor(
		{ faults = [], comfyui }: Pick<SimulatorOptions, 'faults' | 'comfyui'>,
		limits: Limits,
	) {
		this.#comfyui = comfyui !== undefined;
		this.#limits = limits;
		for (const fault of faults) this.inject(fault);
	}

	/**
	 * @throws RangeError if the fault, a parameter, a route, a deployment or a model is unknown, or a value is invalid
	 */
	inject(fault: Fault): void {
		const problem = problemOf(fault, this.#limits);
		if (problem !== undefined) throw new RangeError(problem);
		if (this.#comfyui && MADE_UP_FAULTS.includes(fault.name)) {
			throw new RangeError(
				`Fault ${fault.name} does not go with --comfyui, where ComfyUI decides how a run goes`,
			);
		}
		const { times = FAULT_TABLE[fault.name].times, after = 0 } = fault;
		this.#armed.push({ fault, left: times, skip: after });
	}

	/** Ends pauses, too. */
	clear(): void {
		this.#armed = [];
		this.#cleared.abort();
		this.#cleared = new AbortController();
	}

	/** Waits until the time is over, or the faults are cleared. */
	async pause(ms: number): Promise<void> {
		await sleep(ms, undefined, { signal: this.#cleared.signal }).catch(() => undefined);
	}

	/** Finds the first active fault with one of these names that matches, and uses up one strike. */
	strike<N extends FaultName>(site: FaultSite, ...names: N[]): FaultOf<N> | undefined {
		for (const entry of this.#armed) {
			if (!isOneOf(entry.fault, names) || entry.left <= 0 || !matches(entry.fault, site)) continue;
			if (entry.skip > 0) {
				entry.skip -= 1;
				continue;
			}
			entry.left -= 1;
			return entry.fault;
		}
		return undefined;
	}
}

function problemOf(fault: Fault, limits: Limits): string | undefined {
	const { name, on = [], ...given } = fault;
	if (!isFaultName(name)) return unknownName('fault', String(name), Object.keys(FAULT_TABLE));
	const known = { ...FAULT_TABLE[name].params, ...MATCH_PARAMS, on: 'text' } as const;
	const problem =
		paramsProblem('parameter', given, known) ??
		firstUnknown('route', [on].flat(), FAULT_TARGETS) ??
		firstUnknown('deployment', [given.deployment_id ?? []].flat(), [...limits.deployment.keys()]) ??
		firstUnknown('model', [given.model_id ?? []].flat(), [...limits.model.keys()]);
	return problem && `Fault ${name}: ${problem}`;
}

function firstUnknown(
	what: string,
	names: readonly string[],
	known: readonly string[],
): string | undefined {
	const unknown = names.find((name) => !known.includes(name));
	return unknown === undefined ? undefined : unknownName(what, String(unknown), known);
}

function isOneOf<N extends FaultName>(
	fault: Fault,
	names: readonly N[],
): fault is Fault & FaultOf<N> {
	return (names as readonly FaultName[]).includes(fault.name);
}

function matches(fault: Fault, site: FaultSite): boolean {
	if (fault.deployment_id !== undefined && fault.deployment_id !== site.deploymentId) return false;
	if (fault.model_id !== undefined && fault.model_id !== site.modelId) return false;
	if (fault.request_id !== undefined && fault.request_id !== site.requestId) return false;
	const targets = fault.on ?? FAULT_TABLE[fault.name].on;
	return [targets].flat().some((target) => covers(target, site.target));
}

function covers(target: FaultTarget, site: FaultTarget): boolean {
	return (
		target === '*' ||
		target === site ||
		site.startsWith(`${target}.`) ||
		site === `models.${target}`
	);
}
