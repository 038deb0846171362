/** Creates an element with attributes and children. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
	tag: Tag,
	attributes: Readonly<Record<string, string>> = {},
	...children: Array<Node | string>
): HTMLElementTagNameMap[Tag] {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		element.setAttribute(name, value);
	}
	element.append(...children);
	return element;
}

export function icon(name: string): HTMLElement {
	return h('i', { class: `fa fa-${name}`, 'aria-hidden': 'true' });
}

/** Sets a text only if it changed, to leave selections and screen readers alone. */
export function setText(element: HTMLElement, text: string): void {
	if (element.textContent !== text) element.textContent = text;
}

/** Arranges the children of an element in this order without losing the focus. */
export function arrange(parent: HTMLElement, elements: readonly HTMLElement[]): void {
	const focused = document.activeElement;
	const stay = new Set<Element>(elements);
	for (const child of [...parent.children]) if (!stay.has(child)) child.remove();
	let next = parent.firstElementChild;
	for (const element of elements) {
		if (element === next) next = next.nextElementSibling;
		else parent.insertBefore(element, next);
	}
	if (focused instanceof HTMLElement && parent.contains(focused)) focused.focus();
}
