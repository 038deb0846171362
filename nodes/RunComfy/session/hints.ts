import type { IExecuteFunctions } from 'n8n-workflow';
import { toHtml } from './html';
import type { Session } from './session';

/** Shows warnings above the output of the node, each once however many items have it. */
export function hintOnce(
	context: IExecuteFunctions,
	{ hinted }: Session,
	warnings: readonly string[],
	type: 'warning' | 'info' = 'warning',
): void {
	for (const message of warnings) {
		if (hinted.has(message)) continue;
		hinted.add(message);
		context.addExecutionHints({
			message: toHtml(message),
			type,
			location: 'outputPane',
		});
	}
}
