export { CODES, type ErrorCode, type ErrorReason } from './codes';
export { redact, type Secrets, withoutSecret } from './redact';
export {
	currentValueHint,
	type ErrorFacts,
	invalidInput,
	messageOf,
	RunComfyError,
	toRunComfyError,
} from './RunComfyError';
