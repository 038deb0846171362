import type { Context } from '../transport/host';

/** Shows hints above the node's output. If several items have the same hint, it appears once. */
export function hintsOf(context: Context) {
	const hinted = new Set<string>();
	/** @param about a topic, of which only the first message is shown */
	return (
		messages: readonly string[],
		type: 'warning' | 'info' = 'warning',
		about?: string,
	): void => {
		for (const message of messages) {
			if (hinted.has(about ?? message) || !('addExecutionHints' in context)) continue;
			hinted.add(about ?? message);
			context.addExecutionHints({ message: toHtml(message), type, location: 'outputPane' });
		}
	};
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '\n': '<br>' };

/**
 * Escapes a text for places where n8n renders HTML, such as hints and error descriptions. Logs and error workflows
 * show the same text unrendered, so ">" is not escaped.
 */
export function toHtml(text: string): string {
	return text.replace(/[&<\n]/g, (char) => ENTITIES[char] ?? char);
}
