import type { Fault, FaultName, FaultOf, FaultTarget } from './fault-table.cjs';
import {
	FAULT_TABLE,
	FAULT_TARGETS,
	isFaultName,
	MADE_UP_FAULTS,
	MATCH_PARAMS,
} from './fault-table.cjs';
import { paramsProblem, unknownName } from './params.cjs';
import type { SimulatorOptions } from './types.cjs';

/** Where a fault may strike. */
export interface FaultSite {
	target: FaultTarget;
	deploymentId?: string | undefined;
	requestId?: string | undefined;
	modelId?: string | undefined;
}

/** A fault that is switched on. */
interface Armed {
	readonly id: number;
	readonly fault: Fault;
	/** How many times it will still strike, and how many matches it lets through first. */
	left: number;
	skip: number;
}

export interface FaultBox {
	/** The faults that can be injected. */
	readonly names: readonly FaultName[];
	inject(fault: Fault): void;
	clear(): void;
	/** The faults that are on and may still strike. */
	list(): readonly Armed[];
	remove(id: number): void;
	/** The first live fault with one of these names that matches; uses up one strike. */
	strike<N extends FaultName>(site: FaultSite, ...names: N[]): FaultOf<N> | undefined;
}

/**
 * @param known ids that a fault may be limited to, by what they are of
 * @throws RangeError if the fault, a parameter, a route, a deployment or a model is unknown, or a value does not fit
 */
export function createFaultBox(
	{ faults: initial = [], comfyui }: Pick<SimulatorOptions, 'faults' | 'comfyui'>,
	known: Record<Limit, { keys(): Iterable<string> }>,
): FaultBox {
	let armed: Armed[] = [];
	let injected = 0;
	const names = (Object.keys(FAULT_TABLE) as FaultName[]).filter(
		(name) => !comfyui || !MADE_UP_FAULTS.includes(name),
	);

	const inject = (fault: Fault): void => {
		if (comfyui && MADE_UP_FAULTS.includes(fault.name)) {
			throw new RangeError(
				`Fault ${fault.name} does not go with --comfyui, where ComfyUI decides how a run goes`,
			);
		}
		refuseUnknown(fault, known);
		const { times = FAULT_TABLE[fault.name].times, after = 0 } = fault;
		injected += 1;
		armed.push({ id: injected, fault, left: times, skip: after });
	};

	const strike: FaultBox['strike'] = (site, ...names) => {
		for (const entry of armed) {
			if (!isOneOf(entry.fault, names) || entry.left <= 0 || !matches(entry.fault, site)) continue;
			if (entry.skip > 0) {
				entry.skip -= 1;
				continue;
			}
			entry.left -= 1;
			return entry.fault;
		}
		return undefined;
	};

	for (const fault of initial) inject(fault);
	return {
		names,
		inject,
		clear: () => {
			armed = [];
		},
		list: () => armed.filter(({ left }) => left > 0),
		remove: (id) => {
			armed = armed.filter((one) => one.id !== id);
		},
		strike,
	};
}

type Limit = 'deployment' | 'model';

function refuseUnknown(fault: Fault, ids: Record<Limit, { keys(): Iterable<string> }>): void {
	const { name, on = [], ...given } = fault;
	if (!isFaultName(name)) {
		throw new RangeError(unknownName('fault', String(name), Object.keys(FAULT_TABLE)));
	}
	const known = { ...FAULT_TABLE[name].params, ...MATCH_PARAMS, on: 'text' } as const;
	const problem =
		paramsProblem('parameter', given, known) ??
		firstUnknown('route', [on].flat(), FAULT_TARGETS) ??
		firstUnknown('deployment', [given.deployment_id ?? []].flat(), [...ids.deployment.keys()]) ??
		firstUnknown('model', [given.model_id ?? []].flat(), [...ids.model.keys()]);
	if (problem !== undefined) throw new RangeError(`Fault ${name}: ${problem}`);
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
	if (target === '*') return site !== 'webhook';
	return target === site || site.startsWith(`${target}.`) || site === `models.${target}`;
}
