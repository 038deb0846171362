import { checkedBy, labelStyle, text } from '../../editor/definition.mts';
import { type EditedNode, isVariable, nodeRoot, textOf } from '../../editor/form.mts';

const checked = checkedBy(FIELDS);

RED.nodes.registerType('runcomfy-webhook', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-webhook.svg',
	defaults: defaultsWith(checked),
	credentials: CREDENTIALS,
	inputs: 0,
	outputs: 1,
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: 'RunComfy webhook',
	label() {
		return this.name || `POST ${textOf(this['path'])}`;
	},
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepare(this, FIELDS);
		prepareAddress(this);
	},
});

/** Gives a new node a secret, and keeps the address that you copy in step with the fields. */
function prepareAddress({ id }: EditedNode): void {
	const secret = $('#node-input-secret');
	if (textOf(secret.val()).trim() === '') secret.val(newSecret());
	const address = $('#runcomfy-webhook-address');
	const show = () => {
		const given = textOf(secret.val()).trim();
		$('#node-input-secretFor').val(given === '' ? '' : textOf(id));
		// Only the runtime knows the value of a variable.
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

/** The address at which this browser reaches a path that Node-RED serves. */
function addressOf(path: string, secret: string): string {
	const whole = `/${nodeRoot()}/${path.trim() || 'runcomfy'}`.replace(/\/{2,}/g, '/');
	const { origin } = window.location;
	// The user replaces the name of a variable, so it stays readable.
	return `${origin}${whole}?secret=${isVariable(secret) ? secret : encodeURIComponent(secret)}`;
}

/** Makes 144 random bits, in characters that need no encoding in an address. */
function newSecret(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(18));
	return btoa(String.fromCharCode(...bytes))
		.replaceAll('+', '-')
		.replaceAll('/', '_');
}
