import {
	createClient,
	type Draft,
	type FieldValue,
	prepare,
	type RunComfyError,
	type Submission,
} from '../../../core/index';
import { type KnownWorkflow } from '../../../core/parsers';
import { errorOf } from '../support/thrown.mts';
import { readInfo } from '../support/v3Classes.mts';
import { GRAPH, OBJECT_INFO } from '../support/workflowGraphs.mts';

const toBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
export const client = createClient({
	host: { monotonic: () => 0, toBase64 } as never,
});
export const KNOWN: KnownWorkflow = {
	workflow: GRAPH,
	info: readInfo(OBJECT_INFO),
	warnings: [],
};

/** Prepares a draft; `null` turns the check of its inputs off. */
export async function submission(
	draft: Partial<Draft>,
	known: KnownWorkflow | null = KNOWN,
): Promise<Submission> {
	const read = known ? () => Promise.resolve(known) : undefined;
	const prepared = await prepare(client, { deploymentId: 'd', ...draft }, { readWorkflow: read });
	return prepared.withFiles();
}

export const overridesOf = async (draft: Partial<Draft>, known?: KnownWorkflow | null) =>
	(await submission(draft, known)).input.overrides;

/** Why a draft is refused. */
export const failure = (
	draft: Partial<Draft>,
	known?: KnownWorkflow | null,
): Promise<RunComfyError> => errorOf(submission(draft, known));

/** @param place such as `6.text` */
export function field(
	place: string,
	value: unknown,
	kind: FieldValue['spec']['kind'] = 'other',
): FieldValue {
	const [nodeId = '', input = ''] = place.split('.');
	return {
		nodeId,
		input,
		value,
		label: `L${place}`,
		source: 'its expression',
		spec: { kind },
	};
}
