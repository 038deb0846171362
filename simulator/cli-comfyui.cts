import { UsageError } from './cli-fault.cjs';
import { readWorkflow } from './comfyui/workflows.cjs';
import type { ComfyuiOptions } from './types.cjs';

/** What the simulator makes up if no ComfyUI runs. */
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
