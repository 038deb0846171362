// Fills in one of n8n's forms as its page does.

/** The smallest PNG: one pixel. */
export const PIXEL = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64',
);

/**
 * @param {Record<string, string | Buffer>} fields by the page's names (`field-0`, …); a Buffer is a PNG
 * @returns {Promise<{formWaitingUrl: string}>} where the form goes on
 */
export async function submitForm(url, fields) {
	const body = new FormData();
	for (const [name, value] of Object.entries(fields)) {
		if (typeof value === 'string') body.append(name, value);
		else body.append(name, new Blob([value], { type: 'image/png' }), 'pixel.png');
	}
	const reply = await fetch(url, { method: 'POST', body });
	if (!reply.ok) throw new Error(`form: HTTP ${reply.status} ${await reply.text()}`);
	return reply.json();
}
