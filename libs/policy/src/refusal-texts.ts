import type { Language, Names, RefusalCode } from './refusals.ts';

const TEXTS: Readonly<Record<RefusalCode, Names>> = {
  'undeclared-purpose': {
    en: 'The policy does not name this purpose, so nothing may be collected or used for it.',
    'zh-CN': '隐私政策未声明该目的，不得为此收集或使用个人信息。',
  },
  'undeclared-field': {
    en: 'The policy does not name this field for this purpose.',
    'zh-CN': '隐私政策未声明该目的需要此项信息。',
  },
  'missing-field': {
    en: 'A field without which this purpose cannot be served is missing.',
    'zh-CN': '缺少实现该目的所必需的信息。',
  },
  'wrong-type': { en: 'A field does not have the type the policy gives it.', 'zh-CN': '信息的类型与政策声明的不符。' },
  'date-in-future': {
    en: 'It is said to have happened at a moment that has not come yet.',
    'zh-CN': '所称的发生时间尚未到来。',
  },
  'no-consent': { en: 'The person has not consented to this purpose.', 'zh-CN': '个人尚未同意该目的。' },
  'consent-withdrawn': {
    en: 'The person has withdrawn the consent for this purpose.',
    'zh-CN': '个人已撤回对该目的的同意。',
  },
  'consent-refused': { en: 'The person has refused this purpose.', 'zh-CN': '个人已拒绝该目的。' },
  'separate-consent-required': {
    en: 'This needs a separate consent of its own; accepting the policy is not enough.',
    'zh-CN': '此项须取得单独同意，接受隐私政策不能代替。',
  },
  'consent-level-too-low': {
    en: 'The consent was not given in the way this purpose asks for.',
    'zh-CN': '同意的方式未达到该目的所要求的程度。',
  },
  'not-consent-based': {
    en: 'This purpose does not rest on consent, so there is none to give or withdraw.',
    'zh-CN': '该目的并非基于同意，无须给予或撤回。',
  },
  'notice-not-current': {
    en: 'The person was not shown a notice that still stands.',
    'zh-CN': '未向个人出示现行有效的告知。',
  },
  'reconsent-required': {
    en: 'What was agreed to has changed since; the person must be asked again.',
    'zh-CN': '原同意的内容已变更，须重新取得同意。',
  },
  'policy-not-accepted': {
    en: 'The person has not accepted a version of the policy that stands.',
    'zh-CN': '个人尚未同意现行有效的隐私政策。',
  },
  'policy-not-in-force': {
    en: 'No version of the policy was in force at that time.',
    'zh-CN': '当时尚无生效的隐私政策版本。',
  },
  'asked-too-soon': {
    en: 'The person has said no, and may not be asked again yet.',
    'zh-CN': '个人已拒绝，暂不得再次征求同意。',
  },
  'notice-not-shown': {
    en: 'The person was not shown what they are said to have agreed to.',
    'zh-CN': '未向个人出示其所同意的内容。',
  },
  'notice-incomplete': {
    en: 'The notice does not say everything it must: what for, what and how.',
    'zh-CN': '告知内容不完整，须说明目的、范围和方式。',
  },
  'outside-consent-scope': {
    en: 'The person has agreed, but not for this field.',
    'zh-CN': '个人同意的范围不包括此项信息。',
  },
  'route-not-declared': {
    en: 'The policy does not name this way of taking a consent back or refusing messages.',
    'zh-CN': '政策未列明该撤回同意或拒绝推送的途径。',
  },
  'choice-not-declared': {
    en: 'The policy does not name this choice.',
    'zh-CN': '政策未列明该选项。',
  },
  'recipient-not-declared': {
    en: 'The policy does not name this recipient.',
    'zh-CN': '政策未声明该接收方。',
  },
  superseded: {
    en: 'What the person did later is known already, and stands.',
    'zh-CN': '已有该个人在此之后作出的表示，以其为准。',
  },
  'change-not-published': {
    en: 'The new version has not been published everywhere the policy says.',
    'zh-CN': '新版本尚未在政策规定的全部渠道发布。',
  },
  'change-not-announced': {
    en: 'A major change has not been announced in every way the policy says.',
    'zh-CN': '重大变更尚未以政策规定的方式显著通知。',
  },
  'change-notice-too-short': {
    en: 'The new version was announced too late for the day on which it is to begin.',
    'zh-CN': '新版本的公告时间距生效日过短。',
  },
  'effective-date-mismatch': {
    en: 'The announcement names another first day than the new version itself.',
    'zh-CN': '公告载明的生效日期与新版本不一致。',
  },
  'change-undecided': {
    en: 'Nobody has decided whether this change is a major one.',
    'zh-CN': '尚无人认定该变更是否属于重大变更。',
  },
  'guardian-consent-required': {
    en: 'The person is a child, and no guardian has consented.',
    'zh-CN': '该个人为儿童，尚未取得监护人同意。',
  },
  'declaration-required': {
    en: 'A declaration this purpose asks for is missing.',
    'zh-CN': '缺少该目的所要求的声明。',
  },
  'territory-not-allowed': {
    en: 'The policy does not allow personal data to be kept in this region.',
    'zh-CN': '政策不允许将个人信息存储于该地区。',
  },
  'region-unknown': {
    en: 'Nobody has said where this is kept, or ISO 3166 knows no such country or subdivision.',
    'zh-CN': '未说明存储地域，或 ISO 3166 中没有该国家或行政区划代码。',
  },
  'region-elsewhere': {
    en: 'This is said to be kept in another region than that in which this installation stores.',
    'zh-CN': '所称的存储地域与本系统实际存储地域不一致。',
  },
  'permission-required': {
    en: 'The device permission this field needs has not been granted.',
    'zh-CN': '尚未取得该信息所需的设备权限。',
  },
  'basis-uncertain': {
    en: 'It cannot be told right now whether the consent still stands; ask again shortly.',
    'zh-CN': '目前无法确认同意是否仍然有效，请稍后重试。',
  },
  'already-due': {
    en: 'Its time is up already; it would have to be disposed of at once.',
    'zh-CN': '保存期限已届满，不再接收。',
  },
  'collected-after-withdrawal': {
    en: 'It was collected after the consent had been withdrawn.',
    'zh-CN': '该信息在撤回同意之后收集。',
  },
  'subject-unknown': { en: 'There is no such person.', 'zh-CN': '查无此人。' },
  'subject-erased': { en: 'This person’s data has been erased.', 'zh-CN': '该个人的信息已被删除。' },
  'subject-frozen': {
    en: 'This person’s data is frozen while a request to erase it is carried out.',
    'zh-CN': '删除请求处理期间，该个人的信息已被冻结。',
  },
  restricted: {
    en: 'Only a legal duty still keeps this data; it may be stored and protected, nothing else.',
    'zh-CN': '该信息仅因法定义务而保存，除存储和安全保护外不得处理。',
  },
  'extension-not-listed': {
    en: 'The policy does not allow a period to be extended on this ground.',
    'zh-CN': '政策未规定可以此理由延长保存期限。',
  },
  'extension-evidence-missing': {
    en: 'What must show that the period may be extended is missing.',
    'zh-CN': '缺少延长保存期限所需的依据。',
  },
  'extension-over': {
    en: 'The day until which the period would be extended is over.',
    'zh-CN': '延长至的日期已过。',
  },
  'backup-isolated': {
    en: 'Something that lies in the backup has been erased, disposed of or withdrawn since; or its day is over; it may not come back.',
    'zh-CN': '该备份所含的部分信息已被删除、处置或撤回同意，或该备份已到期，不得恢复。',
  },
  'asked-too-often': {
    en: 'A copy was handed out as often as it may be on one day; it may be asked for again tomorrow.',
    'zh-CN': '今日提供副本的次数已达上限，请于明日再次申请。',
  },
  'release-too-risky': {
    en: 'Too few people stand behind a part of this anonymized result for it to leave.',
    'zh-CN': '该匿名化结果中部分分组人数过少，重识别风险超过上限，不得对外提供。',
  },
  'held-by-platform': { en: 'The platform itself holds this data.', 'zh-CN': '该信息由平台自行保存。' },
  'matter-required': {
    en: 'The order, account or case it belongs to must be named.',
    'zh-CN': '须指明其所属的订单、账户或事项。',
  },
  'not-collected': { en: 'Nothing of this kind has been collected.', 'zh-CN': '未收集过此类信息。' },
  immutable: {
    en: 'Once accepted this data cannot be changed here; ask for a correction.',
    'zh-CN': '该信息一经确认不可自行修改，请申请更正。',
  },
  'idempotency-key-reused': {
    en: 'The same idempotency key came with different content.',
    'zh-CN': '同一幂等键对应了不同的内容。',
  },
  'tenant-unknown': { en: 'There is no such tenant.', 'zh-CN': '租户不存在。' },
  'tenant-closed': {
    en: 'This service has ceased; nothing more is collected.',
    'zh-CN': '该服务已停止运营，不再收集个人信息。',
  },
  disposed: { en: 'It has been disposed of.', 'zh-CN': '该信息已到期处置。' },
  'product-not-covered': { en: 'This policy does not cover the product.', 'zh-CN': '该产品不适用本隐私政策。' },
  'channel-undeclared': { en: 'The policy does not name this channel for it.', 'zh-CN': '隐私政策未声明该收集渠道。' },
  'collector-unregistered': {
    en: 'Whoever collected this is not registered to collect for the platform.',
    'zh-CN': '收集方未登记，不得代为收集。',
  },
  'source-not-declared': {
    en: 'The policy does not let this come from this source.',
    'zh-CN': '隐私政策未声明可从该来源取得此信息。',
  },
  'attestation-required': {
    en: 'Whoever passes this on has not attested all that the policy asks for.',
    'zh-CN': '提供方尚未作出政策要求的全部承诺。',
  },
  'source-scope-exceeded': {
    en: 'Whoever passed this on was not authorized to let it be used so.',
    'zh-CN': '该使用超出提供方取得的授权范围。',
  },
  'use-not-declared': {
    en: 'The policy does not name this use for this purpose.',
    'zh-CN': '隐私政策未声明该目的下的此种使用方式。',
  },
  'use-forbidden': { en: 'The policy forbids this use.', 'zh-CN': '隐私政策禁止此种使用方式。' },
  'aggregate-only': {
    en: 'For this use the policy allows no data of single people.',
    'zh-CN': '该使用仅限汇总数据，不得涉及具体个人。',
  },
  'moment-not-declared': {
    en: 'It may only be taken while the function that needs it is in use.',
    'zh-CN': '仅可在使用相应功能时收集。',
  },
  'secret-in-clear': { en: 'A secret is never accepted in clear.', 'zh-CN': '不得以明文提交密码等秘密信息。' },
  'shape-not-accepted': {
    en: 'The policy takes this text in one shape only.',
    'zh-CN': '该内容不符合政策允许收集的形式。',
  },
  'exception-not-listed': { en: 'The policy knows no such exception.', 'zh-CN': '隐私政策未列明该例外情形。' },
  'exception-evidence-missing': {
    en: 'The exception is cited without all the evidence it needs.',
    'zh-CN': '援引例外情形时缺少所需的证明。',
  },
  'exception-not-applicable': {
    en: 'The exception does not reach this purpose or this data.',
    'zh-CN': '该例外情形不适用于此目的或此信息。',
  },
  'tracker-not-declared': {
    en: 'The policy does not name this kind of tracker for it.',
    'zh-CN': '隐私政策未声明该类跟踪技术。',
  },
  'tracker-refused': { en: 'The person has turned such trackers off.', 'zh-CN': '个人已拒绝此类跟踪技术。' },
  'sdk-not-declared': { en: 'The policy does not name this SDK.', 'zh-CN': '隐私政策未声明该第三方 SDK。' },
  'switched-off': { en: 'The person has not switched this on.', 'zh-CN': '个人尚未开启该功能。' },
  'permission-not-declared': {
    en: 'The policy does not name this device permission for it.',
    'zh-CN': '隐私政策未声明为此申请该设备权限。',
  },
  'message-not-declared': { en: 'The policy does not name this kind of message.', 'zh-CN': '隐私政策未声明此类消息。' },
  'marketing-refused': { en: 'The person does not want commercial messages.', 'zh-CN': '个人已拒绝接收商业性信息。' },
  'invitation-to-child': {
    en: 'A child is not asked for data on the platform’s own initiative.',
    'zh-CN': '不得主动向儿童征集个人信息。',
  },
  'field-optional': {
    en: 'The policy leaves this field to the person; it may not be made a condition.',
    'zh-CN': '该信息由个人自愿提供，不得强制填写。',
  },
  'joined-data': {
    en: 'Joined with this it tells who somebody is; without an authorization it stays de-identified.',
    'zh-CN': '结合后可识别个人，未经授权须去标识化。',
  },
  'deidentification-unproven': {
    en: 'Nothing shows that nobody can be told from this data any more.',
    'zh-CN': '尚无证明该数据已无法识别个人。',
  },
  'outside-matter': { en: 'It does not belong to the matter this is about.', 'zh-CN': '该信息不属于本次事项的范围。' },
  'staff-approval-required': {
    en: 'Staff need an approval for this person’s data.',
    'zh-CN': '工作人员访问该个人的信息须经审批。',
  },
  'copying-forbidden': {
    en: 'This data may be looked at and not be copied.',
    'zh-CN': '该信息仅可查看，不得复制或下载。',
  },
  'affiliate-unproven': {
    en: 'Nothing shows that this company is an affiliate.',
    'zh-CN': '尚无证明该公司为关联公司。',
  },
};

/** A refusal in a sentence a person understands. */
export const refusalText = (code: RefusalCode, language: Language): string => TEXTS[code][language];
