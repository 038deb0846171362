import { isVariable, nodeRoot, textOf } from '../../editor/form.mts';

/** Gives a new node a secret, and keeps the address to paste elsewhere in step with the fields. */
export function prepareAddress(): void {
	const secret = $('#node-input-secret');
	if (textOf(secret.val()).trim() === '') secret.val(newSecret());
	const address = $('#runcomfy-webhook-address');
	const show = () => {
		const given = textOf(secret.val()).trim();
		// Its value is the runtime's: the browser never has it.
		const named = isVariable(given);
		address.val(addressOf(textOf($('#node-input-path').val()), given));
		$('#runcomfy-webhook-copy').prop('disabled', named);
		$('#runcomfy-webhook-variable').toggle(named);
	};
	$('#node-input-path, #node-input-secret').on('input change', show);
	show();
	$('#runcomfy-webhook-copy').on('click', () => {
		address.trigger('select');
		document.execCommand('copy');
	});
}

/** Where Node-RED, as this browser reaches it, serves a path. */
function addressOf(path: string, secret: string): string {
	const whole = `/${nodeRoot()}/${path.trim() || 'runcomfy'}`.replace(/\/{2,}/g, '/');
	const { origin } = window.location;
	// The name of a variable is to be replaced: it must be read.
	return `${origin}${whole}?secret=${isVariable(secret) ? secret : encodeURIComponent(secret)}`;
}

/** 144 random bits, in characters that an address takes as they are. */
function newSecret(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(18));
	return btoa(String.fromCharCode(...bytes))
		.replaceAll('+', '-')
		.replaceAll('/', '_');
}
