/** The words of whatever was thrown: code of others throws plain objects, too. */
export function messageOf(thrown: unknown): string {
	const { message } = Object(thrown) as { message?: unknown };
	if (typeof message === 'string') return message;
	if (typeof thrown !== 'object' || thrown === null) return String(thrown);
	return thrown instanceof Error ? thrown.name : 'an object without a message';
}
