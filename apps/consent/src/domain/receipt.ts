import type { ReceiptBody } from '@lethe/contracts';
import type { TenantId } from '@lethe/kernel';
import type { Names, Pack, Stated } from '@lethe/policy';
import type { RecordedAct } from '../store/consent.store.ts';

const STATES = { given: 'ConsentGiven', refused: 'ConsentRefused', withdrawn: 'ConsentWithdrawn' } as const;
const NOT_STATED = { not_stated: true } as const;

/** One act as the receipt of ISO/IEC TS 27560. What is not known is said to be not stated, never left out. */
export function receiptOf(
  pack: Pack,
  act: RecordedAct,
  about: { readonly tenant: TenantId; readonly mode: 'development' | 'production'; readonly receipt: string },
): ReceiptBody {
  const purpose = pack.purposes.get(act.purpose);
  const controller = pack.pack;
  const names: Names =
    purpose?.names ?? (act.purpose === 'policy' ? pack.title : { en: act.purpose, 'zh-CN': act.purpose });
  const recipients = [...pack.recipients].filter(
    ([id, { purposes }]) => purposes.includes(act.purpose) || act.purpose === `recipient.${id}`,
  );
  const [rule] = purpose?.fields.values() ?? [];
  const held = rule && pack.classes.get(rule.class);
  return {
    format: 'lethe-consent-receipt/1',
    schema_version: 'ISO/IEC TS 27560:2023',
    record_id: act.consent,
    receipt_id: about.receipt,
    pii_principal_id: act.subject,
    issuer: { tenant: about.tenant, mode: about.mode },
    processing: {
      privacy_notice: {
        pack: pack.pack,
        version: act.notice,
        ...(pack.version === act.notice ? { digest: pack.digest } : {}),
        ...(act.shown === null ? {} : { shown: act.shown }),
      },
      language: act.language ?? NOT_STATED,
      purpose: { id: act.purpose, name: names },
      purpose_type: purpose?.kind ?? 'other',
      lawful_basis: 'consent',
      consent_type: { level: act.level, implied: act.implied, bundled: act.bundled },
      collection_method: act.channel ?? NOT_STATED,
      pii_information: [...(purpose?.fields.values() ?? [])].flatMap(({ field, required }) => {
        const known = pack.fields.get(field);
        return known === undefined
          ? []
          : [
              {
                pii_attribute_id: field,
                pii_type: known.category,
                name: known.names,
                pii_optional: !required,
                sensitive: known.sensitive,
              },
            ];
      }),
      pii_controllers: [controller],
      storage_locations: [...pack.territory.regions],
      retention_period: held === undefined ? NOT_STATED : periodOf(held.period, held.anchor),
      jurisdiction: pack.territory.regions[0] ?? 'CN',
      recipient_third_parties: recipients.map(([id, { names: name }]) => ({ id, name })),
      withdrawal_method: pack.consent.withdrawal?.channels.length
        ? [...pack.consent.withdrawal.channels]
        : { ...NOT_STATED, used: 'any way in which the platform takes it', source: 'decision' },
      privacy_rights: [...Object.keys(pack.requests.types ?? {})],
      clause: purpose?.basis.clause ?? pack.controller.clause,
    },
    party: {
      party_id: controller,
      party_name: pack.controller.names,
      party_type: 'pii-controller',
      party_address: pack.controller.address ?? NOT_STATED,
      party_contact: contactsOf(pack),
    },
    event: {
      event_time: act.at.toISOString(),
      recorded_time: act.recordedAt.toISOString(),
      validity_duration: {
        ...NOT_STATED,
        used: 'until it is withdrawn, or what was agreed to changes',
        source: 'decision',
      },
      entity_id:
        act.level === 'guardian' ? 'guardian' : act.statedBy === 'subject' ? 'pii-principal' : 'pii-controller',
      event_type: act.implied ? 'implied' : 'explicit',
      event_state: STATES[act.state],
      evidence_until: act.disposeOn,
    },
  };
}

const periodOf = ({ value, stated, source }: Stated<string>, from: string) => ({ period: value, from, stated, source });

function contactsOf(pack: Pack): ReceiptBody['party']['party_contact'] {
  const contacts = [...pack.contacts.values()].map(({ kind, value }) => ({ kind, value: value.value }));
  return contacts.length === 0 ? NOT_STATED : contacts;
}
