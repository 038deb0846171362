import type { Refusal } from '../contract/dialog.cts';
import { ask, chosenAccount } from './ask.mts';
import { isDirect } from './row.mts';
import { setNote, setRefusal, t } from './texts.mts';
import { fixedDeployment, fixedModel, isFixed, valueOf } from './values.mts';

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
