export { type Balance, checkBalance, getBalance, refuseBelow } from './account/balance';
export { bytesOfMb, DEFAULTS } from './defaults';
export { callInstance, checkInstanceCall, type InstanceCall } from './deployments/instances';
export {
	type Deployment,
	type DeploymentInclude,
	getDeployment,
	listDeployments,
	type ListedDeployment,
	listedDeployments,
} from './deployments/read';
export {
	checkDeploymentChanges,
	checkNewDeployment,
	DEPLOYMENT_DEFAULTS,
	type DeploymentChanges,
	type DeploymentFields,
	type Given,
	HARDWARE,
	type Hardware,
} from './deployments/settings';
export { createDeployment, deleteDeployment, updateDeployment } from './deployments/write';
export {
	CODES,
	currentValueHint,
	type ErrorCode,
	type ErrorFacts,
	invalidInput,
	messageOf,
	redact,
	redactDeep,
	RunComfyError,
	type Secrets,
	toRunComfyError,
	withoutSecret,
} from './errors';
export { download, type DownloadedFile, type DownloadOptions, type Saved } from './files/download';
export { fetchOutputs } from './files/fetchOutputs';
export { freeFilename, safeFilename } from './files/filenames';
export { fileTypeOf, sniffMimeType } from './files/fileTypes';
export {
	type MediaInput,
	type MediaOptions,
	type MediaSource,
	refuseLarge,
	toMediaInput,
} from './files/media';
export type { OutputFile, Outputs, OutputText } from './files/outputFile';
export {
	chooseOutputs,
	readOutputs,
	readResultOutputs,
	warnOfMissingOutputs,
} from './files/outputs';
export type { Host, HostLabels, HttpRequest, HttpResponse } from './host';
export { readAnswerText } from './http/body';
export {
	checkBaseUrl,
	type Client,
	createClient,
	DEFAULT_BASE_URL,
	refuseClearText,
	USER_AGENT,
} from './http/client';
export { checkId, toDeploymentId, toModelId } from './http/paths';
export { followRedirects, isPrivateHost, privateAddressError } from './http/privateAddress';
export { LOOK_UP_RETRIES, NO_RETRIES } from './http/retry';
export { findInexactInteger, parseJson, stringifyJson } from './json/numbers';
export { assign, compact, isObject, tried } from './json/objects';
export { type JsonSource, parseUserJson } from './json/userJson';
export {
	listModelCategories,
	type Model,
	modelLabel,
	modelPrice,
	searchModels,
} from './models/catalog';
export { describeModelInputs, type ModelField } from './models/fields';
export { findModels } from './models/find';
export {
	createModelCache,
	createModelReader,
	getModel,
	type ModelCache,
	type ModelReader,
} from './models/model';
export { Recent } from './recent';
export { cancel, type CancelAnswer, cancelBestEffort, LAST_CANCEL_MS } from './request/cancel';
export { addStatusCall, joinObserved, type Observed } from './request/observed';
export { endStatus, type Outcome, requestOutcome } from './request/outcome';
export {
	acceptedReceipt,
	attachedReceipt,
	endedReceipt,
	type Notes,
	observedReceipt,
	plannedReceipt,
	type Receipt,
	type ReceiptEnd,
	type ReceiptIds,
	reopenedReceipt,
	requestIn,
	submittingReceipt,
} from './request/receipt';
export { expectSuccess, getResult, type ResultAnswer } from './request/result';
export { createRunTimes, type RunTimes } from './request/runTimes';
export {
	type CancelOutcome,
	isFinalResult,
	isFinished,
	type JobState,
	type ResultState,
	resultState,
} from './request/state';
export { getStatus } from './request/status';
export type { Progress, WatchOptions } from './request/statusCalls';
export { submit, type SubmitAnswer, type SubmitOptions } from './request/submit';
export { watch } from './request/watch';
export { checkWebhook } from './request/webhookUrl';
export {
	attach,
	type AttachOptions,
	outputsOf,
	run,
	type RunOptions,
	type RunResult,
	submitOnly,
	type SubmitOnlyOptions,
} from './run';
export { checkSubmit } from './submission/check';
export { checkOverrides } from './submission/checkOverrides';
export { checkWorkflow } from './submission/checkWorkflow';
export type { Submission } from './submission/complete';
export { checkDirect, type DirectOptions, prepareDirect } from './submission/direct';
export {
	type DirectDraft,
	type DirectField,
	type Draft,
	type FieldValue,
	type InputFile,
	parseExtraData,
} from './submission/draft';
export { fileInputs, onlyFileInput, withLabel } from './submission/files';
export type { Finding } from './submission/findings';
export { prepare, type Prepared, type PrepareOptions } from './submission/prepare';
export { drawSeeds } from './submission/seeds';
export type { DeploymentInput, SubmitInput } from './target/body';
export {
	type DeploymentRef,
	idsOf,
	refOf,
	type RequestIds,
	type RequestRef,
	type Service,
	type Target,
	targetId,
} from './target/ref';
export { formatBytes, listFew, oneLine, shorten, trimEnd, trimmed, withoutFullStop } from './text';
export { mapSettled, type Settled } from './time/attempts';
export { type Callback, secretIn, toCallback } from './webhook/callback';
export {
	createCallbackCheck,
	type Known,
	type News,
	type Reception,
	type Verdict,
} from './webhook/check';
export { checkValue, isBase64, type ValueProblem } from './workflow/checkValue';
export { closest as closestName } from './workflow/closest';
export { fitValue } from './workflow/fit';
export { describeInputs, type WorkflowField } from './workflow/form/describe';
export { fieldLabels } from './workflow/form/labels';
export { fieldPath } from './workflow/form/paths';
export { nodeOf, type WorkflowApiJson, type WorkflowNode } from './workflow/graph';
export { currentInputs, inputsOf, takesInput } from './workflow/inputsOf';
export { type Choice, type InputSpec, isSeed, unwrap } from './workflow/inputSpec';
export {
	createWorkflowReader,
	type KnownWorkflow,
	type LoadedWorkflow,
	loadWorkflow,
	type WorkflowReader,
} from './workflow/load';
export { createWorkflowCache, knownName, type WorkflowCache } from './workflow/loadObjectInfo';
export { nodeInputs } from './workflow/node';
export {
	type InputDefinition,
	type NodeClass,
	type ObjectInfo,
	readNodeClass,
} from './workflow/objectInfo';
export {
	mergeOverrides,
	type Overrides,
	overridesFromRows,
	parseOverrides,
	parseWorkflow,
} from './workflow/overrides';
export { partnerNodesOf } from './workflow/partner';
export { readWorkflowFile } from './workflow/workflowFile';
