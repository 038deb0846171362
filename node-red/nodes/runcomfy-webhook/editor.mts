import { checkedBy, labelStyle, translated } from '../../editor/definition.mts';
import { type EditedNode, isVariable, nodeRoot, toText } from '../../editor/form.mts';

const checked = checkedBy(FIELDS);

RED.nodes.registerType('runcomfy-webhook', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-webhook.svg',
	defaults: defaultsWith(checked),
	credentials: CREDENTIALS,
	inputs: 0,
	outputs: 1,
	outputLabels: translated('runcomfy.port.result'),
	paletteLabel: 'RunComfy webhook',
	label() {
		return this.name || `POST ${toText(this['path'])}`;
	},
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepareDialog(this, FIELDS);
		prepareAddress(this);
	},
});

/** Generates a secret for a new node, and updates the URL to copy when the fields change. */
function prepareAddress({ id }: EditedNode): void {
	const secret = $('#node-input-secret');
	if (toText(secret.val()).trim() === '') secret.val(newSecret());
	const address = $('#runcomfy-webhook-address');
	const show = () => {
		const value = toText(secret.val()).trim();
		$('#node-input-secretFor').val(value === '' ? '' : toText(id));
		// Only the runtime knows the value of a variable.
		const named = isVariable(value);
		address.val(webhookUrl(toText($('#node-input-path').val()), value));
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

/** The URL of a path that Node-RED serves, as this browser reaches it. */
function webhookUrl(path: string, secret: string): string {
	const whole = `/${nodeRoot()}/${path.trim() || 'runcomfy'}`.replace(/\/{2,}/g, '/');
	const { origin } = window.location;
	// The name of a variable is not encoded: the user replaces it by hand, so it must stay readable.
	return `${origin}${whole}?secret=${isVariable(secret) ? secret : encodeURIComponent(secret)}`;
}

/** Generates 144 random bits, in characters that need no URL encoding. */
function newSecret(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(18));
	return btoa(String.fromCharCode(...bytes))
		.replaceAll('+', '-')
		.replaceAll('/', '_');
}
