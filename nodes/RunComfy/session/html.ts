const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\n': '<br>' };

/** A text for a place where n8n renders HTML, such as the description of an error, or a hint. */
export function toHtml(text: string): string {
	return text.replace(/[&<>\n]/g, (char) => ENTITIES[char] ?? char);
}
