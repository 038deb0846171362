export { getBalance, type Balance } from './account';
export { cancel, cancelBestEffort, LAST_CANCEL_MS, type CancelAnswer } from './cancel';
export {
	createClient,
	DEFAULT_API_VERSION,
	DEFAULT_BASE_URL,
	type ApiVersion,
	type Client,
} from './client';
export { mapSettled, type Settled } from './concurrency';
export {
	checkDeploymentChanges,
	checkNewDeployment,
	DEPLOYMENT_DEFAULTS,
	type DeploymentChanges,
	type DeploymentFields,
	type Given,
} from './deployments/fields';
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
export { download, type DownloadedFile, type DownloadOptions, type Saved } from './download';
export {
	CODES,
	redact,
	RunComfyError,
	toRunComfyError,
	withoutSecret,
	type ErrorCode,
	type ErrorFacts,
} from './errors';
export { USER_AGENT, type CallOptions } from './exchange';
export { type FailedNode, type RunFailure } from './failures';
export { fileTypeOf, sniffMimeType, type MediaKind } from './fileTypes';
export type { Host, HttpRequest, HttpResponse } from './host';
export {
	callInstance,
	checkInstanceCall,
	type CheckedInstanceCall,
	type InstanceAnswer,
	type InstanceCall,
} from './instances';
export { findInexactInteger, parseJson, stringifyJson } from './json';
export {
	formatBytes,
	toMediaInput,
	type MediaInput,
	type MediaOptions,
	type MediaSource,
} from './media';
export {
	chooseOutputs,
	readOutputs,
	safeFilename,
	uniqueFilename,
	type OutputChoice,
	type OutputFile,
	type Outputs,
	type OutputText,
} from './outputs';
export {
	mergeOverrides,
	overridesFromRows,
	parseOverrides,
	parseWorkflow,
	type OverrideRow,
	type Overrides,
	type WorkflowApiJson,
	type WorkflowNode,
} from './overrides';
export { checkId, deploymentIdFromUrl, type RequestRef } from './paths';
export { expectSuccess, getResult, type ResultAnswer } from './result';
export { NO_RETRIES, type RetryNotice, type RetryPolicy } from './retry';
export { attach, run, runMany, type RunOptions, type RunResult, type Timings } from './run';
export { createRunTimes, expectedRunTime, type ExpectedRunTime, type RunTimes } from './runTimes';
export {
	isFinalResult,
	isFinished,
	resultState,
	type CancelOutcome,
	type JobState,
	type ResultState,
} from './state';
export { getStatus, type StatusAnswer } from './status';
export {
	checkWebhook,
	submit,
	type SubmitAnswer,
	type SubmitInput,
	type SubmitOptions,
} from './submit';
export { watch, type Progress, type Watched, type WatchOptions } from './watch';
export { createWorkflowCache, type WorkflowCache } from './workflow/cache';
export { checkValue, isBase64, type ValueProblem } from './workflow/checkValue';
export { closest as closestName } from './workflow/closest';
export { describeInputs, fieldLabel, specOf, type WorkflowField } from './workflow/fields';
export { fitValue } from './workflow/fit';
export { nodeOf } from './workflow/graph';
export { loadWorkflow, type LoadedWorkflow } from './workflow/load';
export { type Choice, type InputSpec, type ObjectInfo } from './workflow/objectInfo';
export { checkOverrides, checkWorkflow, refuse, type Finding } from './workflow/preflight';
export {
	createWorkflowReader,
	findProblems,
	judge,
	preflight,
	type KnownWorkflow,
	type WorkflowReader,
} from './workflow/reader';
export { drawSeeds, isRandom, isSeed } from './workflow/seeds';
