import type { Answers, DialogInput, DialogPartner, Refusal } from '../contract/dialog.cts';
import { ask, chosenAccount } from './ask.mts';
import { isVariable, valueOf } from './form.mts';
import { isDirect } from './row.mts';
import { setNote, setRefusal, t } from './texts.mts';

/** What is known of the workflow that the node will run. */
export type KnownInputs =
	| {
			state: 'found';
			inputs: DialogInput[];
			partner?: DialogPartner | undefined;
			/** Whether it is a LoRA deployment, which has no list of inputs. */
			lora?: Answers['inputs']['lora'];
			from: 'deployment' | 'field' | 'model';
	  }
	| { state: 'failed'; refusal: Refusal }
	| { state: 'loading' }
	/** The deployment is not chosen, or it or the workflow is known only when the node runs. */
	| { state: 'unchosen' | 'dynamic' };

/**
 * The inputs of the workflow that the node runs: the one in its own field where it is JSON, or else
 * that of the chosen deployment. Follows both, and tells of every change.
 */
export function watchInputs(changed: () => void) {
	let known: KnownInputs = { state: 'unchosen' };
	let asked = '';
	let turn = 0;

	const loadInputs = async (again: boolean) => {
		const question = questionOf();
		const key = JSON.stringify('ask' in question ? question.ask : question);
		if (key === asked && !again) return;
		asked = key;
		const mine = (turn += 1);
		const tell = (next: KnownInputs) => {
			if (mine !== turn) return;
			known = next;
			changed();
		};
		if (!('ask' in question)) return tell(question);
		tell({ state: 'loading' });
		const { from } = question;
		await question.run().then(
			({ inputs, partner, lora }) => tell({ state: 'found', inputs, partner, lora, from }),
			(refusal: Refusal) => tell({ state: 'failed', refusal }),
		);
	};

	const typed = ['deploymentId', 'modelId', 'workflow'].flatMap((name) => [name, `${name}Type`]);
	const fields = ['config', 'target', 'inputMode', ...typed];
	$(fields.map((name) => `#node-input-${name}`).join()).on('change', () => void loadInputs(false));
	return {
		known: () => known,
		reload: () => void loadInputs(true),
	};
}

interface Question {
	ask: object;
	from: 'deployment' | 'field' | 'model';
	run: () => Promise<Answers['inputs']>;
}

function questionOf(): Question | KnownInputs {
	const account = chosenAccount();
	if (valueOf('target') === 'model') {
		const model = fixedModel();
		if (!isFixed('modelId', 'str')) return { state: 'dynamic' };
		if (!account || model === '') return { state: 'unchosen' };
		const given = { ...account, model };
		return { ask: given, from: 'model', run: () => ask('inputs', given) };
	}
	const deployment = fixedDeployment();
	const workflow = valueOf('workflow');
	if (workflow !== '' && valueOf('inputMode') !== 'direct') {
		if (!isFixed('workflow', 'json')) return { state: 'dynamic' };
		const given = { ...account, deployment, workflow };
		return { ask: given, from: 'field', run: () => ask('inputs', given, 'POST') };
	}
	if (!isFixed('deploymentId', 'str')) return { state: 'dynamic' };
	if (!account || deployment === '') return { state: 'unchosen' };
	const given = { ...account, deployment };
	return { ask: given, from: 'deployment', run: () => ask('inputs', given) };
}

/** Which partner nodes the workflow has, and whether the account has a key for them, below the choice of mode. */
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

function chosenTarget(): { deployment?: string; model?: string } {
	return valueOf('target') === 'model'
		? { model: fixedModel() }
		: { deployment: fixedDeployment() };
}

/** Prepares the button that compares overrides given as JSON with the chosen deployment. */
export function prepareCheck(): void {
	const button = $('#runcomfy-check');
	const note = $('<div>').insertAfter(button);
	const names = ['overrides', 'deploymentId', 'modelId', 'workflow'];
	const fields = ['inputMode', 'target', ...names.flatMap((name) => [name, `${name}Type`])];

	const check = async () => {
		setNote(note, 'busy', t('check.busy'));
		const workflow = valueOf('workflow');
		const given = {
			...chosenAccount(),
			...chosenTarget(),
			overrides: valueOf('overrides'),
			hasExtraData: valueOf('extraData') !== '',
			...(workflow === '' ? {} : { workflow }),
		};
		try {
			const { findings, warnings, base_price: price } = await ask('check', given, 'POST');
			const good = t(given.model === undefined ? 'check.good' : 'check.goodModel');
			const problems = findings.map(({ message }) => message);
			if (problems.length > 0) setNote(note, 'error', problems.join('; '));
			else if (warnings.length > 0) setNote(note, 'warning', warnings.join('; '));
			else
				setNote(
					note,
					'good',
					[good, price && t('check.price', { price })].filter(Boolean).join(' '),
				);
		} catch (refusal) {
			setRefusal(note, refusal as Refusal);
		}
	};

	const show = () => {
		const { model } = chosenTarget();
		const isKnown = isFixed(model === undefined ? 'deploymentId' : 'modelId', 'str');
		const workflowIsKnown =
			isDirect(valueOf('target'), valueOf('inputMode')) ||
			valueOf('workflow') === '' ||
			isFixed('workflow', 'json');
		const overridesAreKnown = valueOf('inputMode') === 'json' && isFixed('overrides', 'json');
		button.parent().toggle(workflowIsKnown && overridesAreKnown && isKnown);
		setNote(note, 'plain', '');
	};
	$(fields.map((name) => `#node-input-${name}`).join()).on('change', show);
	button.on('click', () => void check());
	show();
}

/** Whether a field holds a literal of a type, and no variable: then its value is known before the node runs. */
function isFixed(name: string, type: 'str' | 'json'): boolean {
	return valueOf(`${name}Type`) === type && !isVariable(valueOf(name));
}

/** The id of the deployment, or its address; empty if it is known only when the node runs. */
function fixedDeployment(): string {
	return isFixed('deploymentId', 'str') ? valueOf('deploymentId') : '';
}

/** The id of the hosted model, or its address; empty if it is known only when the node runs. */
function fixedModel(): string {
	return isFixed('modelId', 'str') ? valueOf('modelId') : '';
}
