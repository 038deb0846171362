import type { Refusal } from '../contract/dialog.cts';
import { ask, chosenAccount } from './ask.mts';
import { setNote, setRefusal, t } from './texts.mts';
import { fixedDeployment, isFixed, valueOf } from './values.mts';

/** Prepares the button that compares overrides given as JSON with the chosen deployment. */
export function prepareCheck(): void {
	const button = $('#runcomfy-check');
	const note = $('<div>').insertAfter(button);
	const typed = ['overrides', 'deploymentId', 'workflow'].flatMap((name) => [name, `${name}Type`]);
	const fields = ['inputMode', ...typed];

	const check = async () => {
		setNote(note, 'busy', t('check.busy'));
		const workflow = valueOf('workflow');
		const given = {
			...chosenAccount(),
			deployment: fixedDeployment(),
			overrides: valueOf('overrides'),
			hasExtraData: valueOf('extraData') !== '',
			...(workflow === '' ? {} : { workflow }),
		};
		try {
			const { findings, warnings } = await ask('check', given, 'POST');
			const problems = findings.map(({ message }) => message);
			if (problems.length > 0) setNote(note, 'error', problems.join('; '));
			else if (warnings.length > 0) setNote(note, 'warning', warnings.join('; '));
			else setNote(note, 'good', t('check.good'));
		} catch (refusal) {
			setRefusal(note, refusal as Refusal);
		}
	};

	const show = () => {
		const workflowIsKnown = valueOf('workflow') === '' || isFixed('workflow', 'json');
		const overridesAreKnown = valueOf('inputMode') !== 'rows' && isFixed('overrides', 'json');
		button.parent().toggle(workflowIsKnown && overridesAreKnown && isFixed('deploymentId', 'str'));
		setNote(note, 'plain', '');
	};
	$(fields.map((name) => `#node-input-${name}`).join()).on('change', show);
	button.on('click', () => void check());
	show();
}
