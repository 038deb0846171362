import { readWorkflow } from './comfyui/workflows.cjs';
import { PRESET_DEPLOYMENTS } from './deployments/store.cjs';
import type { Fault, FaultName } from './fault-table.cjs';
import {
	FAULT_TABLE,
	FAULT_TARGETS,
	isFaultName,
	isTarget,
	MATCH_PARAMS,
	plainFault,
} from './fault-table.cjs';
import type { ParamKind } from './params.cjs';
import { paramsProblem, readParam, unknownName } from './params.cjs';
import type { ComfyuiOptions } from './types.cjs';

/** Something on the command line that cannot be understood. */
export class UsageError extends Error {}

/** Reads `name[@route][:times][?parameter=value&…]`. @throws UsageError */
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
	const known: Record<string, ParamKind> = { ...FAULT_TABLE[name].params, ...MATCH_PARAMS };
	const given = Object.fromEntries(
		[...new URLSearchParams(params)].map(([key, text]) => [key, readParam(known[key], text)]),
	);
	const problem = paramsProblem('parameter', given, known);
	if (problem !== undefined) refuse(problem);
	const { deployment_id: id } = given;
	return typeof id === 'string' ? { ...given, deployment_id: deploymentId(id, refuse) } : given;
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
		`\nEvery fault takes @route, :times, after, deployment_id and model_id. Routes: ${FAULT_TARGETS.join(', ')}.`,
	);
	print('Words in backquotes are parameters, with their default in brackets.');
}

/** These options shape made-up runs. A real ComfyUI decides such things itself. */
const MADE_UP = ['latency', 'cold-start', 'queue', 'instances', 'output-bytes'] as const;

type Values = { workflow: readonly string[] } & {
	[N in (typeof MADE_UP)[number]]?: string | undefined;
};

/** `--comfyui` with its workflows; undefined without it. @throws UsageError */
export function readComfyui(url: string | undefined, values: Values): ComfyuiOptions | undefined {
	const { workflow: files } = values;
	if (url === undefined) {
		if (files.length > 0) throw new UsageError('--workflow needs --comfyui.');
		return undefined;
	}
	const madeUp = MADE_UP.find((name) => values[name] !== undefined);
	if (madeUp) throw new UsageError(`--${madeUp} does not go with --comfyui: ComfyUI decides.`);
	const workflows = files.map((file) => {
		try {
			return readWorkflow(file);
		} catch (error) {
			const reason = error instanceof Error ? error.message : String(error);
			throw new UsageError(`--workflow ${file}: ${reason}.`);
		}
	});
	const ids = workflows.map(({ id }) => id);
	const twice = ids.find((id, index) => ids.indexOf(id) < index);
	if (twice) throw new UsageError(`--workflow: two have the id ${twice}. Use <id>=<file>.`);
	return { url: url.replace(/\/$/, ''), ...(workflows.length > 0 && { workflows }) };
}
