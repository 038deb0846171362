import type { DialogInput } from '../contract/dialog.cts';
import { t } from './texts.mts';

/** What a row says below its value: where the input is, what the workflow has there, and what it takes. */
export function remarkOn({ nodeId, path, saved, spec }: DialogInput): string {
	const kind = nodeId === '' ? 'row.default' : 'row.saved';
	const { min, max, step, advanced, tooltip = '' } = spec;
	const short = saved && saved.length > 90 ? `${saved.slice(0, 89)}…` : saved;
	return [
		path,
		short === undefined || short === '' ? '' : t(kind, { value: short }),
		rangeOf(min, max),
		step === undefined || step === 1 ? '' : t('row.step', { n: String(step) }),
		advanced ? t('row.advanced') : '',
		tooltip,
	]
		.filter(Boolean)
		.join(' · ');
}

const LARGEST_OF_32_BITS = 2 ** 31 - 1;

/** Without a limit that says no more than how numbers are kept, such as 2^64 - 1. */
function rangeOf(min: number | undefined, max: number | undefined): string {
	const low = isShown(min) ? String(min) : '';
	const high = isShown(max) ? String(max) : '';
	if (low && high) return `${low} – ${high}`;
	return low ? `≥ ${low}` : high && `≤ ${high}`;
}

function isShown(limit: number | undefined): boolean {
	return limit !== undefined && Math.abs(limit) < LARGEST_OF_32_BITS;
}
