// Texts go in as text, never as markup: what clients send is anybody's.

const ATTRIBUTES = new Set([
	...['class', 'type', 'name', 'value', 'href', 'src', 'alt', 'title', 'target', 'rel', 'role'],
	...[
		'loading',
		'controls',
		'preload',
		'muted',
		'max',
		'min',
		'step',
		'placeholder',
		'autocomplete',
	],
	...['aria-label', 'tabindex', 'hidden', 'label', 'download', 'open', 'datetime'],
]);

export const byId = (id) => document.getElementById(id);

/**
 * An element. `on` holds its listeners, `data` its data attributes; what is false or undefined is left out.
 */
export function el(tag, { on = {}, data = {}, ...attributes } = {}, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (!ATTRIBUTES.has(name)) throw new TypeError(`No attribute ${name} is set here`);
		if (value === true) element.setAttribute(name, '');
		else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
	}
	for (const [name, value] of Object.entries(data)) {
		if (value !== undefined) element.dataset[name] = String(value);
	}
	for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
	element.append(...children.flat().filter((child) => child !== undefined && child !== false));
	return element;
}

/** Text with its `words in backquotes` as code. */
export const withCode = (text) =>
	text.split('`').map((part, index) => (index % 2 === 1 ? el('code', {}, part) : part));

/** Sends JSON to the simulator. Throws an Error with its reason. */
export async function send(method, path, body) {
	const response = await fetch(path, {
		method,
		...(method !== 'GET' && { headers: { 'content-type': 'application/json' } }),
		...(body !== undefined && { body: JSON.stringify(body) }),
	});
	const answer = await response.json().catch(() => ({}));
	const reason = answer.message ?? answer.error_message;
	if (!response.ok || reason !== undefined) {
		throw new Error(reason ?? `The simulator answered ${response.status}.`);
	}
	return answer;
}
