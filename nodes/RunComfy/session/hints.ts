import type { IExecuteFunctions } from 'n8n-workflow';
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

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '\n': '<br>' };

/**
 * A text for a place where n8n renders HTML, such as the description of an error, or a hint. Logs, error
 * workflows and the details of an error show it unrendered, so a ">" stays as it is.
 */
export function toHtml(text: string): string {
	return text.replace(/[&<\n]/g, (char) => ENTITIES[char] ?? char);
}
