// Text is never inserted as markup, because anyone may have sent it.

export const byId = (id) => document.getElementById(id);

/**
 * Creates an element: `el('div.note', { title: 'x' }, …)`. The attributes are optional; `on` holds listeners, `data`
 * holds data attributes. False and undefined are left out.
 */
export function el(selector, ...rest) {
	const [tag, ...classes] = selector.split('.');
	const { on = {}, data = {}, ...attributes } = rest[0]?.constructor === Object ? rest.shift() : {};
	const element = document.createElement(tag);
	element.classList.add(...classes);
	for (const [name, value] of Object.entries(attributes)) {
		if (value === true) element.setAttribute(name, '');
		else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
	}
	for (const [name, value] of Object.entries(data)) {
		if (value !== undefined) element.dataset[name] = String(value);
	}
	for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
	element.append(...rest.flat().filter((child) => child !== undefined && child !== false));
	return element;
}

/** Renders `words in backquotes` as code. */
export const withCode = (text) =>
	text.split('`').map((part, index) => (index % 2 === 1 ? el('code', part) : part));

/** Sends JSON to the simulator. Throws an Error with the reason if the call fails. */
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

/** "0.8 s", "12 s", "3 min 20 s", "2 h 5 min" */
export function duration(ms) {
	const seconds = Math.max(0, ms) / 1000;
	if (seconds < 10) return `${seconds.toFixed(1)} s`;
	if (seconds < 60) return `${Math.round(seconds)} s`;
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
	return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const ago = (ms) => (ms < 2000 ? 'now' : `${duration(ms)} ago`);

/** "14:03:27" */
export const clock = (ms) => new Date(ms).toTimeString().slice(0, 8);

export const plural = (count, one) => `${count} ${one}${count === 1 ? '' : 's'}`;

/**
 * Syncs the children of `parent` with a list. Touches only the children whose items have changed, so that a video plays
 * on, an open row stays open and the focus stays put.
 */
export function createList(parent, keyOf, render) {
	const shown = new Map();
	return (items) => {
		const keys = new Set(items.map(keyOf));
		for (const [key, { node }] of shown) {
			if (keys.has(key)) continue;
			node.remove();
			shown.delete(key);
		}
		let previous = null;
		for (const item of items) {
			const node = nodeOf(item);
			const place = previous === null ? parent.firstChild : previous.nextSibling;
			if (node !== place) parent.insertBefore(node, place);
			previous = node;
		}
	};

	function nodeOf(item) {
		const key = keyOf(item);
		const text = JSON.stringify(item);
		const known = shown.get(key);
		if (known?.text === text) return known.node;
		const node = render(item);
		if (known !== undefined) replace(known.node, node);
		shown.set(key, { text, node });
		return node;
	}
}

function replace(old, fresh) {
	const wasOpen = old.querySelector('details')?.open === true;
	const focused = old.contains(document.activeElement) ? document.activeElement : null;
	old.replaceWith(fresh);
	const details = fresh.querySelector('details');
	if (details !== null) details.open = wasOpen;
	if (focused === null) return;
	const same = [...fresh.querySelectorAll(focused.localName)].find(
		(one) => one.textContent === focused.textContent,
	);
	(same ?? fresh.querySelector('summary, a, button') ?? fresh).focus({ preventScroll: true });
}
