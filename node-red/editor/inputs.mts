import type { Answers, DialogInput, DialogPartner, Refusal } from '../contract/dialog.cts';
import { askRuntime, chosenAccount, type NoteKind, setNote, setRefusal, t } from './ask.mts';
import { fieldValue, isVariable, untilOnPage } from './form.mts';
import { isDirect } from './row.mts';

/** What the dialog knows about the target's inputs. */
export type KnownInputs =
	| {
			state: 'found';
			inputs: DialogInput[];
			partner?: DialogPartner | undefined;
			/** The target is a LoRA deployment, which has no list of inputs. */
			lora?: Answers['inputs']['lora'];
			/** The target has more inputs than the list shows. */
			partial?: true | undefined;
			from: 'deployment' | 'field' | 'model';
	  }
	| { state: 'failed'; refusal: Refusal }
	| { state: 'loading' }
	/** No target is chosen yet, or the target or the workflow is known only at run time. */
	| { state: 'unchosen' | 'dynamic' };

/**
 * Loads the inputs of the target: from workflow JSON in its own field, or else from the chosen deployment or model.
 * Reloads when the fields of the dialog change, and notifies its listeners.
 */
export class InputSource {
	known: KnownInputs = { state: 'unchosen' };
	private asked = '';
	/** Sequence number of the latest request, to discard answers that arrive out of order. */
	private turn = 0;
	private readonly anchor = $('#node-input-inputMode');

	constructor(private readonly changed: () => void) {
		const typed = ['deploymentId', 'modelId', 'workflow'].flatMap((name) => [name, `${name}Type`]);
		const fields = ['config', 'target', 'inputMode', ...typed];
		$(fields.map((name) => `#node-input-${name}`).join()).on('change', () => void this.load());
	}

	private async load(): Promise<void> {
		const question = questionOf();
		const key = JSON.stringify('params' in question ? question.params : question);
		if (key === this.asked) return;
		this.asked = key;
		const mine = (this.turn += 1);
		const tell = (known: KnownInputs) => {
			if (mine !== this.turn) return;
			this.known = known;
			this.changed();
		};
		if (!('params' in question)) return tell(question);
		tell({ state: 'loading' });
		const { from } = question;
		const answer = await question.run().then(
			(found) => ({ state: 'found' as const, ...found, from }),
			(refusal: Refusal) => ({ state: 'failed' as const, refusal }),
		);
		await untilOnPage(this.anchor);
		tell(answer);
	}
}

interface Question {
	params: object;
	from: 'deployment' | 'field' | 'model';
	run: () => Promise<Answers['inputs']>;
}

function questionOf(): Question | KnownInputs {
	const account = chosenAccount();
	if (fieldValue('target') === 'model') {
		const model = fieldValue('modelId');
		if (!isFixed('modelId', 'str')) return { state: 'dynamic' };
		if (!account || model === '') return { state: 'unchosen' };
		const params = { ...account, model };
		return { params, from: 'model', run: () => askRuntime('inputs', params) };
	}
	const isChosen = isFixed('deploymentId', 'str');
	const deployment = isChosen ? fieldValue('deploymentId') : '';
	const workflow = fieldValue('workflow');
	if (workflow !== '' && fieldValue('inputMode') !== 'direct') {
		if (!isFixed('workflow', 'json')) return { state: 'dynamic' };
		const params = { ...account, deployment, workflow };
		return { params, from: 'field', run: () => askRuntime('inputs', params, 'POST') };
	}
	if (!isChosen) return { state: 'dynamic' };
	if (!account || deployment === '') return { state: 'unchosen' };
	const params = { ...account, deployment };
	return { params, from: 'deployment', run: () => askRuntime('inputs', params) };
}

/** Maintains the note below the mode: which partner nodes the workflow contains, and whether the account has a key. */
export function partnerNote(): (known: KnownInputs) => void {
	const note = $('<div>').insertAfter('#node-input-inputMode');
	setNote(note, 'plain', '');
	return (known) => {
		const partner = known.state === 'found' ? known.partner : undefined;
		if (!partner) return setNote(note, 'plain', '');
		const text = t('partner.nodes', { names: partner.nodes.join(', ') });
		if (partner.keyed === false) return setNote(note, 'warning', `${text} ${t('partner.noKey')}`);
		setNote(note, 'plain', text);
	};
}

/** Prepares the button that checks overrides given as JSON against the chosen deployment or model. */
export function prepareCheck(): void {
	const button = $('#runcomfy-check');
	const note = $('<div>').insertAfter(button);
	const names = ['overrides', 'deploymentId', 'modelId', 'workflow'];
	const fields = ['inputMode', 'target', ...names.flatMap((name) => [name, `${name}Type`])];
	const show = () => {
		button.parent().toggle(canCheck());
		setNote(note, 'plain', '');
	};
	$(fields.map((name) => `#node-input-${name}`).join()).on('change', show);
	button.on('click', () => {
		setNote(note, 'busy', t('check.busy'));
		askForCheck().then(
			([kind, text]) => setNote(note, kind, text),
			(refusal: Refusal) => setRefusal(note, refusal),
		);
	});
	show();
}

/** Whether every value that the check needs is known before the node runs. */
function canCheck(): boolean {
	const isModel = fieldValue('target') === 'model';
	const workflowIsFixed =
		isDirect(fieldValue('target'), fieldValue('inputMode')) ||
		fieldValue('workflow') === '' ||
		isFixed('workflow', 'json');
	const overridesAreFixed = fieldValue('inputMode') === 'json' && isFixed('overrides', 'json');
	return (
		workflowIsFixed && overridesAreFixed && isFixed(isModel ? 'modelId' : 'deploymentId', 'str')
	);
}

/** @throws Refusal */
async function askForCheck(): Promise<[NoteKind, string]> {
	const isModel = fieldValue('target') === 'model';
	const workflow = fieldValue('workflow');
	const params = {
		...chosenAccount(),
		...(isModel ? { model: fieldValue('modelId') } : { deployment: fieldValue('deploymentId') }),
		overrides: fieldValue('overrides'),
		hasExtraData: fieldValue('extraData') !== '',
		...(workflow === '' ? {} : { workflow }),
	};
	const { findings, warnings, base_price: price } = await askRuntime('check', params, 'POST');
	if (findings.length > 0) return ['error', findings.map(({ message }) => message).join('; ')];
	if (warnings.length > 0) return ['warning', warnings.join('; ')];
	const good = t(isModel ? 'check.goodModel' : 'check.good');
	return ['good', [good, price && t('check.price', { price })].filter(Boolean).join(' ')];
}

/** Whether a field holds a literal of this type without a variable, so that its value is known before the node runs. */
function isFixed(name: string, type: 'str' | 'json'): boolean {
	return fieldValue(`${name}Type`) === type && !isVariable(fieldValue(name));
}
