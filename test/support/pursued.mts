// Takes a request of the core to its end in one call, for tests of the result.
import { readResultOutputs } from '../../core/files/outputs.ts';
import { checkTarget } from '../../core/http/paths.ts';
import {
	attachedReceipt,
	type Client,
	type Outputs,
	plannedReceipt,
	Pursuit,
	type PursuitOptions,
	type Receipt,
	type RequestRef,
	type SubmitInput,
	type TimedResult,
} from '../../core/index.ts';

/** By default, nothing is stored or canceled. */
type Options = Partial<PursuitOptions>;

export type Ran = TimedResult & Outputs;

/** The pursuit of a submit. */
export function pursuitOf(client: Client, input: SubmitInput, options: Options = {}): Pursuit {
	const planned = plannedReceipt(checkTarget(input), client.host.now());
	return pursuing(client, planned, { input: () => input, ...options });
}

/** Submits, waits for the end, and reads the outputs. */
export async function run(client: Client, input: SubmitInput, options?: Options): Promise<Ran> {
	return withOutputs(await pursuitOf(client, input, options).ended());
}

/** Waits for the end of a request that was submitted before, and reads the outputs. */
export async function attach(client: Client, ref: RequestRef, options?: Options): Promise<Ran> {
	return withOutputs(
		await pursuing(client, attachedReceipt(ref, client.host.now()), options).ended(),
	);
}

function pursuing(client: Client, receipt: Receipt, options?: Options): Pursuit {
	return new Pursuit(client, receipt, { keep: () => undefined, cancels: () => false, ...options });
}

function withOutputs(result: TimedResult): Ran {
	const { warnings, ...read } = readResultOutputs(result);
	return { ...result, ...read, warnings: [...(result.warnings ?? []), ...warnings] };
}
