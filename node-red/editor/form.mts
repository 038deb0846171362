import type { Condition } from '../contract/fields.cts';

interface Default {
	value?: unknown;
	validate?: (this: object, value: unknown, opt: object) => unknown;
}

/** The properties in the definition of a node, by name. */
export function defaultsIn({ type }: EditedNode): Record<string, Default> {
	const known = RED.nodes.getType(String(type)) as { defaults?: Record<string, Default> } | null;
	return known?.defaults ?? {};
}

/** The root below which Node-RED serves the paths of nodes. */
export function nodeRoot(): string {
	const { httpNodeRoot } = RED.settings as { httpNodeRoot?: string };
	return httpNodeRoot ?? '';
}

/** A node in the editor, with its properties. */
export type EditedNode = Record<string, unknown>;

export function textOf(value: unknown): string {
	return value === undefined || value === null ? '' : String(value);
}

/** Whether a text is an environment variable, such as `${NAME}`, which Node-RED replaces before a node sees it. */
export function isVariable(text: string): boolean {
	return /^\$\{[^}]+\}$/.test(text);
}

/** The value of a field of the open dialog; `true` or `false` for a checkbox. */
export function valueOf(name: string): string {
	const input = $(`#node-input-${name}`);
	return input.is('[type=checkbox]') ? String(input.prop('checked')) : textOf(input.val()).trim();
}

/**
 * Waits while the account is open above the dialog: Node-RED takes the dialog off the page meanwhile, so that what is
 * looked for by its id is not found. Never resolves if the dialog has been closed.
 */
export function untilOnPage(part: JQuery): Promise<void> {
	const isThere = () => part.get(0)?.isConnected === true;
	if (isThere()) return Promise.resolve();
	return new Promise((resolve) => {
		const stop = () => {
			RED.events.off('editor:change', look);
			RED.events.off('editor:close', stop);
		};
		const look = () => {
			if (!isThere()) return;
			stop();
			resolve();
		};
		RED.events.on('editor:change', look);
		RED.events.on('editor:close', stop);
	});
}

/** Calls the listener now and on every change, if the dialog has the field. */
export function onChange(name: string, listener: (value: string) => void): void {
	$(`#node-input-${name}`)
		.on('change', () => listener(valueOf(name)))
		.trigger('change');
}

/** Whether a condition holds; `text` is the value of the field that it names. */
export function holds({ is, not }: Condition, text: string): boolean {
	if (is) return is.includes(text);
	if (not) return !not.includes(text);
	return text !== '' && text !== 'false';
}

/**
 * Names the parts of a TypedInput after their field, for screen readers: Node-RED's label belongs to the input that
 * it hides, and its buttons say only what is chosen.
 */
export function nameParts(field: JQuery, name: string): void {
	const parts = field.nextAll('.red-ui-typedInput-container').first();
	const show = () => {
		parts.find('.red-ui-typedInput-input').attr('aria-label', name);
		for (const element of parts.children('button').toArray()) {
			const button = $(element);
			const chosen = button.text().trim() || button.attr('title') || RED._('editor.configEdit');
			button.attr('aria-label', `${name}: ${chosen}`);
		}
	};
	// It also fires when the type changes.
	field.on('change', show);
	show();
}

/** Hides icons from screen readers, which would read them out as letters. */
export function hideIcons(): void {
	$('.runcomfy-form .fa').attr('aria-hidden', 'true');
}
