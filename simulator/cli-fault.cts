import { PRESET_DEPLOYMENTS } from './deployments/store.cjs';
import type { ParamKind } from './fault-params.cjs';
import { FAULT_PARAMS, paramProblem, readParam } from './fault-params.cjs';
import type { Fault, FaultName } from './fault-table.cjs';
import { FAULT_TABLE, FAULT_TARGETS, isFaultName, isTarget, plainFault } from './fault-table.cjs';
import { MATCH_PARAMS } from './faults.cjs';
import { unknownName } from './names.cjs';

/** Something on the command line that cannot be understood. */
export class UsageError extends Error {}

/** Reads `name[@route][:times][?parameter=value&…]`. @throws UsageError naming what is unknown in it */
export function readFault(text: string): Fault {
	const refuse = (reason: string): never => {
		throw new UsageError(`--fault ${text}: ${reason}`);
	};
	const match =
		/^(?<name>[\w-]+)(@(?<route>[\w.*]+))?(:(?<times>\d+|always))?(\?(?<params>.*))?$/.exec(text);
	if (match === null) refuse('must be name[@route][:times][?parameter=value&…].');
	const { name = '', route, times, params = '' } = match?.groups ?? {};
	const snake = name.replaceAll('-', '_');
	if (!isFaultName(snake)) return refuse(unknownName('fault', name, Object.keys(FAULT_TABLE)));
	if (route !== undefined && !isTarget(route)) {
		return refuse(unknownName('route', route, FAULT_TARGETS));
	}
	return plainFault(snake, {
		...(route !== undefined && { on: route }),
		...(times !== undefined && { times: times === 'always' ? Infinity : Number(times) }),
		...readParams(snake, params, refuse),
	});
}

function readParams(
	name: FaultName,
	params: string,
	refuse: (reason: string) => never,
): Record<string, unknown> {
	const known: Record<string, ParamKind> = { ...FAULT_PARAMS[name], ...MATCH_PARAMS };
	return Object.fromEntries(
		[...new URLSearchParams(params)].map(([key, text]) => {
			const kind = Object.hasOwn(known, key) ? known[key] : undefined;
			if (kind === undefined) return refuse(unknownName('parameter', key, Object.keys(known)));
			const value = readParam(kind, text);
			const problem = paramProblem(kind, value);
			if (problem !== undefined) return refuse(`${key} ${problem}.`);
			return [key, key === 'deployment_id' ? deploymentId(text, refuse) : value];
		}),
	);
}

function deploymentId(text: string, refuse: (reason: string) => never): string {
	const found = PRESET_DEPLOYMENTS.find((one) => Object.values(one).includes(text));
	const names = PRESET_DEPLOYMENTS.flatMap(({ name, key }) => [name, key]);
	return found?.id ?? refuse(unknownName('deployment', text, [...new Set(names)]));
}

export function printFaults(print: (line: string) => void): void {
	for (const [name, { on, times, what }] of Object.entries(FAULT_TABLE)) {
		const often = times === Infinity ? 'always' : `${times}×`;
		print(`${name.padEnd(24)}${[on].flat().join(',').padEnd(24)}${often.padEnd(8)}${what}`);
	}
	print(
		`\nEvery fault takes @route, :times, after and deployment_id. Routes: ${FAULT_TARGETS.join(', ')}.`,
	);
	print('Words in backquotes are parameters, with their default in brackets.');
}
