import type { JobView } from '../../../contract/jobs.ts';
import {
	appearanceOf,
	APPEARANCES,
	type Translate,
	writeDuration,
	writeProgress,
} from '../../../contract/states.ts';

export interface Appearance {
	fill: 'blue' | 'yellow' | 'green' | 'red' | 'grey';
	shape: 'dot' | 'ring';
	text: string;
}

type Dot = Pick<Appearance, 'fill' | 'shape'>;

/** Icon of a run without a thumbnail. */
export function iconName({ state, kind, outcome }: JobView): string {
	if (kind !== undefined) return KINDS[kind];
	if (state !== 'ended') return APPEARANCES[state].icon;
	if (outcome === 'succeeded') return KINDS.text;
	return ENDS[String(outcome)]?.key === 'canceled' ? 'ban' : 'exclamation-triangle';
}

const KINDS: Record<NonNullable<JobView['kind']>, string> = {
	image: 'picture-o',
	video: 'film',
	audio: 'music',
	model3d: 'cube',
	text: 'file-text-o',
	other: 'file-o',
};

const ENDS: Readonly<Record<string, Dot & { key: string }>> = {
	succeeded: { fill: 'green', shape: 'dot', key: 'succeeded' },
	run_canceled: { fill: 'grey', shape: 'dot', key: 'canceled' },
	run_failed: { fill: 'red', shape: 'dot', key: 'failed' },
};

/** `now` is the runtime's clock, in milliseconds since the epoch. */
export function jobAppearance(job: JobView, now: number, translate: Translate): Appearance {
	const { state } = job;
	if (state === 'ended') return endedAppearance(job, translate);
	const { startedAt, queuePosition, cancel, waitsForDisk } = job;
	if (cancel === 'asked') {
		return { fill: 'grey', shape: 'ring', text: translate('runcomfy-jobs.canceling') };
	}
	const appearance = appearanceOf(state, { cancel, waitsForDisk });
	const { fill, shape } = appearance;
	const status = statusTranslator(translate);
	if (state !== 'in_progress' || startedAt === undefined || cancel === 'accepted') {
		const view = state === 'in_queue' ? { queuePosition } : {};
		return { fill, shape, text: writeProgress(view, appearance, status) };
	}
	const view = { elapsedSeconds: Math.round(Math.max(0, now - startedAt) / 1000) };
	return { fill, shape, text: writeProgress(view, appearance, status) };
}

function statusTranslator(translate: Translate): Translate {
	return (name, values) => translate(`runcomfy.status.${name}`, values);
}

function endedAppearance(job: JobView, translate: Translate): Appearance {
	const { outcome = '', arrivedAt, startedAt = arrivedAt, endedAt = startedAt } = job;
	const end = Object.hasOwn(ENDS, outcome) ? ENDS[outcome] : undefined;
	// Other errors have no text here, so the sidebar shows the code that Catch nodes and the help use.
	if (!end) return { fill: 'red', shape: 'ring', text: outcome };
	const { key, ...dot } = end;
	const took = duration(endedAt - startedAt, translate);
	const cost = job.cost === undefined ? [] : [writeCost(job.cost)];
	return { ...dot, text: [translate(`runcomfy.status.${key}`), took, ...cost].join(' · ') };
}

/** Whole cents would hide the cost of most pictures, which is a fraction of a cent. */
function writeCost(dollars: number): string {
	return `$${dollars >= 1 ? dollars.toFixed(2) : Number(dollars.toPrecision(2))}`;
}

export function duration(ms: number, translate: Translate): string {
	return writeDuration(Math.round(ms / 1000), statusTranslator(translate));
}

const UNITS: ReadonlyArray<readonly [Intl.RelativeTimeFormatUnit, number]> = [
	['day', 24 * 3600_000],
	['hour', 3600_000],
	['minute', 60_000],
];

/** The age of a run in the user's language, from one minute on. */
export function writeAgo(ms: number, language: string): string {
	const format = new Intl.RelativeTimeFormat(language, { style: 'short', numeric: 'auto' });
	const [unit, size] = UNITS.find(([, least]) => ms >= least) ?? ['second', Infinity];
	return format.format(-Math.floor(ms / size), unit);
}
