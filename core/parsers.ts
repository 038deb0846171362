// The second door of the core: what reads one text or one answer, and single steps of a run. Hosts use index.ts, which
// calls them; these are for tests and tools that give them one thing at a time.

// JSON, as written by people and by services.
export { findInexactInteger, findNonFinite, withoutNonFinite } from './json/numbers';
export { cutDeep, mapTexts } from './json/objects';
export { readEntries } from './json/scan';
export type { JsonSource } from './json/userJson';
export { formatBytes } from './text';

// Requests, and answers of RunComfy.
export type { InstanceCall } from './deployments/instances';
export type { Unchecked } from './deployments/settings';
export type { ErrorCode, ErrorFacts } from './errors';
export { withoutSecret } from './errors';
export { errorFromAnswer } from './errors/fromAnswer';
export { readNetworkFailure } from './errors/network';
export type { HostLabels } from './host';
export { canBeId } from './http/paths';
export { isPrivateHost } from './http/privateAddress';
export { NO_RETRIES, parseRetryAfter, retryAfterOf } from './http/retry';
export { LAST_CANCEL_MS } from './request/calls';
export { nameNodes, readFailures } from './request/failures';
export type { Outcome } from './request/outcome';
export { readResult } from './request/result';
export { isFinished, type JobState, type ResultState, resultState } from './request/state';
export type { WatchOptions } from './request/statusCalls';
export { submit } from './request/submit';
export { checkWebhook } from './request/webhookUrl';
export type { SubmitOnlyOptions } from './run';
export type { DeploymentInput } from './target/body';
export type { DeploymentRef, RequestIds } from './target/ref';

// Files.
export { download, type DownloadedFile } from './files/download';
export { fileTypeOf } from './files/filenames';
export type { MediaSource } from './files/media';
export { readOutputs, readResultOutputs } from './files/outputs';

// Steps of a submit.
export { checkOverrides } from './submission/checkOverrides';
export { checkWorkflow } from './submission/checkWorkflow';
export type { DirectField } from './submission/draft';
export { drawSeeds } from './submission/seeds';

// object_info and workflows of ComfyUI.
export { isBase64 } from './workflow/checkValue';
export { fitJsonValue } from './workflow/fit';
export {
	classTypesOf,
	findCycle,
	isLink,
	promptRoles,
	reachedFrom,
	titleOf,
	type WorkflowNode,
} from './workflow/graph';
export { currentInputs, inputsOf, takesInput } from './workflow/inputsOf';
export { isChoice, loadsMedia, readSpec, typesOf, unwrap } from './workflow/inputSpec';
export type { KnownWorkflow, WorkflowReader } from './workflow/load';
export {
	choosesInputs,
	declaredIn,
	fitAsDeclared,
	guessSpec,
	nodeInputs,
	specIn,
	trusted,
} from './workflow/node';
export {
	type InputDefinition,
	type NodeClass,
	type ObjectInfo,
	readNodeClass,
} from './workflow/objectInfo';
export {
	applyOverrides,
	mergeOverrides,
	overridesFromRows,
	withOverrides,
} from './workflow/overrides';
