import type { ListedModel } from '../contract/dialog.cts';
import { ask } from './ask.mts';
import { type Listed, type ListField, listField } from './listField.mts';
import { isDirect } from './row.mts';
import { t } from './texts.mts';
import { onChange, valueOf } from './values.mts';

export function deploymentField(): ListField {
	return listField({
		field: 'deploymentId',
		texts: 'deployment',
		icon: 'cubes',
		async load(account) {
			const { deployments } = await ask('deployments', account);
			return deployments.map(({ id, name, disabled, ambiguous }) => ({
				value: id,
				name,
				dimmed: disabled,
				warns: disabled,
				label: disabled ? `${name} (${t('deployment.off')})` : name,
				detail: ambiguous ? id : '',
				note: disabled ? t('deployment.disabled') : '',
			}));
		},
	});
}

/** The models that RunComfy hosts: thousands, so that it is asked for what is typed. */
export function modelField(): ListField {
	const field = listField({
		field: 'modelId',
		texts: 'model',
		icon: 'magic',
		searched: true,
		load: async (account, search) =>
			(await ask('models', { ...account, search })).models.map(listed),
		async find(account, model) {
			const { models } = await ask('models', { ...account, model });
			return listed(models[0] as ListedModel);
		},
	});
	let started = false;
	const nameJson = () => {
		const direct = isDirect(valueOf('target'), valueOf('inputMode'));
		const label = direct ? 'model.json' : 'label.overrides';
		rename($('label[for=node-input-overrides] span'), t(label));
	};
	return {
		...field,
		start() {
			onChange('inputMode', nameJson);
			onChange('target', (target) => {
				followTarget(target);
				nameJson();
				if (started || target !== 'model') return;
				started = true;
				field.start();
			});
		},
	};
}

function listed({ id, name, label, description, price }: ListedModel): Listed {
	const note = price ? t('model.price', { price }) : '';
	return { value: id, name, label, tooltip: [id, description].filter(Boolean).join('\n'), note };
}

/** What the fields of a model's inputs are called: it has no workflow, and nothing to override. */
function followTarget(target: string): void {
	const of = target === 'model' ? 'model' : 'inputMode';
	const mode = $('#node-input-inputMode');
	for (const name of ['rows', 'json']) {
		rename(mode.children(`[value=${name}]`), t(`${of}.${name}`));
	}
	// A model's inputs have names alone as it is.
	mode.children('[value=direct]').prop('hidden', target === 'model');
	if (target === 'model' && valueOf('inputMode') === 'direct') mode.val('rows').trigger('change');
}

/** Node-RED translates a dialog once more after it was prepared. */
function rename(element: JQuery, text: string): void {
	element.removeAttr('data-i18n').text(text);
}
