// The second door of the core: pure functions that read what comes from outside. Hosts use index.ts; these are
// for tests and tools that give them one text or one answer at a time.

// JSON, as written by people and by services.
export { findNonFinite, withoutNonFinite } from './json/numbers';
export { cutDeep, mapTexts } from './json/objects';
export { readEntries } from './json/scan';

// Answers of RunComfy.
export { errorFromAnswer } from './errors/fromAnswer';
export { readNetworkFailure } from './errors/network';
export { canBeId } from './http/paths';
export { parseRetryAfter, retryAfterOf } from './http/retry';
export { nameNodes, readFailures } from './request/failures';
export { readResult } from './request/result';

// object_info and workflows of ComfyUI.
export { fitJsonValue } from './workflow/fit';
export {
	classTypesOf,
	findCycle,
	isLink,
	promptRoles,
	reachedFrom,
	titleOf,
} from './workflow/graph';
export { isChoice, loadsMedia, readSpec, typesOf } from './workflow/inputSpec';
export {
	choosesInputs,
	declaredIn,
	fitAsDeclared,
	guessSpec,
	specIn,
	trusted,
} from './workflow/node';
export { applyOverrides, withOverrides } from './workflow/overrides';
