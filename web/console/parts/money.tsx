// A quote as it binds, and what stands in the way.

import type { ReactNode } from 'react';
import type { Schemas } from '../api.ts';
import { named, t } from '../texts.ts';
import { Facts, Sum, When, Wide } from './words.tsx';

export function Items({ of, to_pay, to_refund }: { of: Schemas['Quote']['items']; to_pay: Schemas['Money']; to_refund: Schemas['Money'] }): ReactNode {
  return (
    <table className="sums">
      <caption className="unseen">{t('console.case.quote')}</caption>
      <tbody>
        {of.map((one) => <tr key={one.kind}><th scope="row">{named('portal.quote_item', one.kind)}</th><td className="sum"><Sum of={one.amount} /></td></tr>)}
        <tr className="total"><th scope="row">{t('console.case.to_pay')}</th><td className="sum"><Sum of={to_pay} /></td></tr>
        <tr className="total"><th scope="row">{t('console.case.to_refund')}</th><td className="sum"><Sum of={to_refund} /></td></tr>
      </tbody>
    </table>
  );
}

export function QuoteView({ of, accepted }: { of: Schemas['Quote']; accepted?: string | undefined }): ReactNode {
  return (
    <>
      <Items of={of.items} to_pay={of.to_pay} to_refund={of.to_refund} />
      <Facts rows={[
        [t('console.case.accepted'), accepted ? <When at={accepted} /> : t('console.case.not_accepted')],
        [t('console.case.quote_expires'), !accepted && <When at={of.expires_at} />],
        [t('console.case.refund_due'), of.refund_due && <When at={of.refund_due} />],
        [t('console.case.reclaim_until'), of.reclaim_until && <When at={of.reclaim_until} />],
      ]} />
    </>
  );
}

export function Blocks({ of }: { of: Schemas['Block'][] }): ReactNode {
  if (of.length === 0) return <p className="quiet">{t('console.case.no_blocks')}</p>;
  return (
    <ul className="plain-list">
      {of.map((one) => (
        <li key={one.kind + one.reference}>
          <b>{named('portal.block', one.kind)}</b>: {named('console.lift', one.by)}{one.price.minor !== 0 && <> (<Sum of={one.price} />)</>}
          {one.until && <> · <When at={one.until} /></>}{one.in_quote && <span className="quiet"> · {t('console.case.in_quote')}</span>}{one.reference && <span className="quiet"> · {one.reference}</span>}
        </li>
      ))}
    </ul>
  );
}

export function Devices({ of }: { of: Schemas['Profile'][] }): ReactNode {
  if (of.length === 0) return <p className="quiet">{t('console.line.no_devices')}</p>;
  return (
    <Wide label={t('console.case.devices')}><table className="rows">
      <caption className="unseen">{t('console.case.devices')}</caption>
      <thead><tr>{(['iccid', 'state', 'proof', 'eid'] as const).map((one) => <th key={one} scope="col">{t(`console.device.${one}`)}</th>)}</tr></thead>
      <tbody>
        {of.map((one) => (
          <tr key={one.iccid}>
            <th scope="row"><code>{one.iccid}</code></th>
            <td>
              <span className={`tag ${one.lost ? 'bad' : one.to_delete ? 'warn' : 'plain'}`}>{named('portal.device_state', one.state)}</span>
              {one.serving && <> <b>{t('console.device.serving')}</b></>}{one.lost && <> {t('console.device.lost')}</>}{one.stopped && <> {t('console.device.stopped')}</>}{one.to_delete && <> {t('console.device.to_delete')}</>}
            </td>
            <td>{one.proof ? <>{named('portal.device_proof', one.proof.kind)}{one.proof.at && <div className="quiet"><When at={one.proof.at} /></div>}</> : t('console.device.no_proof')}</td>
            <td>{one.eid && <code>{one.eid}</code>}</td>
          </tr>
        ))}
      </tbody>
    </table></Wide>
  );
}
