import { RunComfyError } from '../../../errors';
import type { JsonSource } from '../../../json/userJson';
import { type SomeWorkflow, someWorkflow } from '../workflowSource';
import { findWorkflows, type Found } from './find';
import { decodeText } from './tag';

/**
 * The workflow in a file: a picture, video or sound that ComfyUI made (see `findWorkflows`), or JSON.
 * ComfyUI writes the graph that it ran (`prompt`, API format) and the one that its editor showed
 * (`workflow`); the first is taken if it can be read.
 * @throws RunComfyError `invalid_input`
 */
export async function readWorkflowFile(
	bytes: Uint8Array,
	{ name }: Pick<JsonSource, 'name'>,
): Promise<SomeWorkflow> {
	const found = await findWorkflows(bytes);
	if (found) return choose(found, name);
	const text = decodeText(bytes).trim();
	if (text.startsWith('{')) return someWorkflow(text, { name });
	const kind = text === '' ? 'empty' : 'of a type that is not known';
	throw new RunComfyError(
		'invalid_input',
		`${name} is ${kind}, and no file that a workflow is read from`,
		{
			hint: `Give a PNG, WebP, JPEG, MP4, WebM, FLAC, MP3 or Opus that ComfyUI has made, or a workflow as JSON.`,
		},
	);
}

function choose({ workflows, broken, cut }: Found, name: string): SomeWorkflow {
	for (const given of workflows) {
		try {
			return someWorkflow(given, { name });
		} catch {
			// The other one may be better.
		}
	}
	const why = broken.length > 0 ? `: ${broken.join(' and ')} cannot be read` : '';
	throw new RunComfyError(
		'invalid_input',
		cut
			? `${name} is cut off, and what is left of it holds no workflow${why}`
			: `${name} holds no workflow${why}`,
		{
			hint: 'ComfyUI writes its workflow into the files it saves, but many services and programs remove it. Use the original file, or export the workflow in ComfyUI.',
		},
	);
}
