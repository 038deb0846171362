import type { HostLabels } from '../host';

/** The hint to give a LoRA deployment its inputs by name, since it has no nodes. */
export function giveByName(labels: HostLabels | undefined): string {
	return `Give ${itsInputs(labels)}`;
}

/** The same hint for a deployment that may or may not be a LoRA deployment. */
export function ifLora(labels: HostLabels | undefined): string {
	return `If it is a LoRA deployment, give ${itsInputs(labels)}`;
}

function itsInputs(labels: HostLabels | undefined): string {
	const where = labels?.inputsByName ? ` (${labels.inputsByName})` : '';
	return `its inputs by name${where}: they are on the page of the deployment, under API.`;
}
