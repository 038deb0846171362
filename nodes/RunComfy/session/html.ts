const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '\n': '<br>' };

/**
 * A text for a place where n8n renders HTML, such as the description of an error, or a hint. Logs, error
 * workflows and the details of an error have it as it is, so what HTML takes as it is stays: a ">".
 */
export function toHtml(text: string): string {
	return text.replace(/[&<\n]/g, (char) => ENTITIES[char] ?? char);
}
