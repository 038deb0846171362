/**
 * Keeps the children of `parent` in step with a list. It touches a child only if its item has changed, so that
 * a video plays on, an open row stays open and the focus stays put.
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
