import type { Context } from '../transport/host';

/** Shows messages above the output of the node, each only once, even if many items have it. */
export function hintsOf(context: Context) {
	const hinted = new Set<string>();
	/**
	 * @param about the topic of the messages, to show only the first message about it
	 * @returns whether any of them was not shown before
	 */
	return (
		messages: readonly string[],
		type: 'warning' | 'info' = 'warning',
		about?: string,
	): boolean => {
		const before = hinted.size;
		for (const message of messages) {
			if (hinted.has(about ?? message) || !('addExecutionHints' in context)) continue;
			hinted.add(about ?? message);
			context.addExecutionHints({ message: toHtml(message), type, location: 'outputPane' });
		}
		return hinted.size > before;
	};
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '\n': '<br>' };

/**
 * A text for a place where n8n renders HTML, such as the description of an error, or a hint. Logs, error
 * workflows and the details of an error show it unrendered, so a ">" stays as it is.
 */
export function toHtml(text: string): string {
	return text.replace(/[&<\n]/g, (char) => ENTITIES[char] ?? char);
}
