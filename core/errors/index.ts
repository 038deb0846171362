export { CODES, type ErrorCode, type ErrorReason } from './codes';
export { conceal, type Secrets } from './redact';
export {
	currentValueHint,
	type ErrorFacts,
	invalidInput,
	messageOf,
	RunComfyError,
	toRunComfyError,
} from './RunComfyError';
