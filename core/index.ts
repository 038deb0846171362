export { getBalance, type Balance } from './account/balance';
export { createClient, DEFAULT_BASE_URL, type ApiVersion, type Client } from './http/client';
export { mapSettled, type Settled } from './time/concurrency';
export { bytesOfMb, DEFAULTS, MAX_ANSWER_BYTES, type HostDefaults } from './defaults';
export {
	callInstance,
	checkInstanceCall,
	type CheckedInstanceCall,
	type InstanceAnswer,
	type InstanceCall,
} from './deployments/instances';
export {
	checkDeploymentChanges,
	checkNewDeployment,
	DEPLOYMENT_DEFAULTS,
	type DeploymentChanges,
	type DeploymentFields,
	type Given,
} from './deployments/settings';
export { HARDWARE, type Hardware } from './deployments/hardware';
export {
	getDeployment,
	listDeployments,
	type Deployment,
	type DeploymentInclude,
	type DeploymentPayload,
} from './deployments/read';
export {
	createDeployment,
	deleteDeployment,
	updateDeployment,
	type DeletedDeployment,
} from './deployments/write';
export {
	CODES,
	itIsNow,
	redact,
	redactDeep,
	RunComfyError,
	toRunComfyError,
	withoutSecret,
	type ErrorCode,
	type ErrorFacts,
} from './errors';
export { safeFilename, uniqueFilename } from './files/filenames';
export { download, type DownloadedFile, type DownloadOptions, type Saved } from './files/download';
export { fileTypeOf, sniffMimeType, type MediaKind } from './files/fileTypes';
export { formatBytes } from './files/byteSizes';
export { warnOfMissingFile } from './files/missing';
export {
	refuseLarge,
	toMediaInput,
	type MediaInput,
	type MediaOptions,
	type MediaSource,
} from './files/media';
export {
	chooseOutputs,
	readOutputs,
	type OutputChoice,
	type OutputFile,
	type Outputs,
	type OutputText,
} from './files/outputs';
export type { CallOptions } from './http/exchange';
export { isPrivateHost, privateAddressError } from './http/privateAddress';
export { followRedirects } from './http/redirect';
export { USER_AGENT } from './http/userAgent';
export type { Host, HttpRequest, HttpResponse } from './host';
export { findInexactInteger, parseJson, stringifyJson } from './json/bigIntegers';
export { parseUserJson, type JsonSource } from './json/userJson';
export { checkId, toDeploymentId, type RequestRef } from './http/paths';
export { NO_RETRIES, type RetryNotice, type RetryPolicy } from './http/retry';
export { afterError, endStatus, type AfterError } from './request/afterError';
export { cancel, cancelBestEffort, LAST_CANCEL_MS, type CancelAnswer } from './request/cancel';
export { type FailedNode, type RunFailure } from './request/failures';
export {
	mergeOverrides,
	overridesFromRows,
	parseOverrides,
	parseWorkflow,
	type OverrideRow,
	type Overrides,
} from './workflow/overrides';
export type { WorkflowApiJson, WorkflowNode } from './workflow/graph';
export { expectSuccess, getResult, type ResultAnswer } from './request/result';
export { attach, run, type RunOptions, type RunResult, type Timings } from './run';
export {
	createRunTimes,
	expectedRunTime,
	type ExpectedRunTime,
	type RunTimes,
} from './request/runTimes';
export {
	isFinalResult,
	isFinished,
	resultState,
	type CancelOutcome,
	type JobState,
	type ResultState,
} from './request/state';
export { getStatus, type StatusAnswer } from './request/status';
export {
	checkWebhook,
	submit,
	type SubmitAnswer,
	type SubmitInput,
	type SubmitOptions,
} from './request/submit';
export { watch, type Progress, type Watched, type WatchOptions } from './request/watch';
export { checkSubmit } from './submission/check';
export { type Draft, type FieldValue, type InputFile } from './submission/draft';
export { parseExtraData } from './submission/extraData';
export { listFew } from './submission/fields';
export { named } from './submission/files';
export { checkOverrides, checkWorkflow, type Finding } from './submission/preflight';
export {
	prepare,
	type Notes,
	type Prepared,
	type PrepareOptions,
	type Submission,
} from './submission/prepare';
export { trimEnd, withoutFullStop } from './text';
export { createWorkflowCache, type WorkflowCache } from './workflow/cache';
export { checkValue, isBase64, type ValueProblem } from './workflow/checkValue';
export { closest as closestName } from './workflow/closest';
export { describeInputs, fieldLabel, specOf, type WorkflowField } from './workflow/fields';
export { fitValue } from './workflow/fit';
export { nodeOf } from './workflow/graph';
export { loadWorkflow, type LoadedWorkflow } from './workflow/load';
export { type Choice, type InputSpec, type ObjectInfo } from './workflow/objectInfo';
export { createWorkflowReader, type KnownWorkflow, type WorkflowReader } from './workflow/reader';
export { drawSeeds, isRandom, isSeed } from './workflow/seeds';
