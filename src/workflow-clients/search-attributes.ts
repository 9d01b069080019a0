import { defineSearchAttributeKey } from '@temporalio/common';

/**
 * What operators search labs by. Search attributes are never encrypted: usernames and states only.
 * `LabReason` is a failure reason, `LabSince` the instant of the last status change.
 */
export const LAB_USER = defineSearchAttributeKey('LabUser', 'KEYWORD');
export const LAB_STATUS = defineSearchAttributeKey('LabStatus', 'KEYWORD');
export const LAB_IMAGE = defineSearchAttributeKey('LabImage', 'KEYWORD');
export const LAB_REASON = defineSearchAttributeKey('LabReason', 'KEYWORD');
export const LAB_SINCE = defineSearchAttributeKey('LabSince', 'DATETIME');

/** All of them, for registration in a namespace. */
export const SEARCH_ATTRIBUTES = [LAB_USER, LAB_STATUS, LAB_IMAGE, LAB_REASON, LAB_SINCE] as const;
