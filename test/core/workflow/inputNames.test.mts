import { describe, expect, it } from '@jest/globals';
import { loadsMedia } from '../../../core/workflow/inputSpec';

describe('an input that names a file', () => {
	it.each([
		['LoadImage', 'image', true],
		['LoadImageMask', 'image', true],
		['VHS_LoadVideoPath', 'video', true],
		['LoadAudio', 'audio', true],
		['ETN_LoadImageBase64', 'mask', true],
		['LoadMediaFile', 'file', true],
		['Image Load', 'image', false],
		['ImageLoad', 'image', true],
		['VideoLoader', 'video', true],
		['audioload', 'audio_file', true],
		['MaskLoad', 'mask', true],
		['MultibandLoad', 'image', true],
		['LoadImage', 'upload', false],
		['LoadLora', 'file', false],
		['SaveImage', 'image', false],
		['ComfyUIDeployExternalImage', 'default_value', true],
		['ComfyUIDeployExternalVideo', 'default_value_url', true],
		['ComfyUIDeployExternalAudio', 'input_id', false],
		['ComfyUIDeployExternalText', 'default_value', false],
		['ExternalImageLoadImage', 'image', false],
	])('%s, %s: %s', (classType, input, loads) => {
		expect(loadsMedia(classType, input)).toBe(loads);
	});
});
