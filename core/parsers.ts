// The second door of the core: pure functions that read what comes from outside. Hosts use index.ts; these are
// for tests and tools that give them one text or one answer at a time.

// JSON, as written by people and by services.
export { findJsonFault, type JsonProblem } from './json/findFault';
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

// object_info and workflows of ComfyUI, also as the editor saves them.
export { fitJsonValue } from './workflow/fit';
export {
	classTypesOf,
	findCycle,
	isLink,
	promptRoles,
	reachedFrom,
	titleOf,
} from './workflow/graph';
export { classTypesOfEditor, convertEditor } from './workflow/import/editor/convert';
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

// Files that carry a workflow.
export { readFlac, readOgg } from './workflow/import/files/comments';
export { readJpeg, readWebp } from './workflow/import/files/exif';
export { readMp3 } from './workflow/import/files/id3';
export { readMp4 } from './workflow/import/files/mp4';
export { readPng } from './workflow/import/files/png';
export { readWebm } from './workflow/import/files/webm';
