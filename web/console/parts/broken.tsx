// Where a page, or a part of one, breaks: it is said there, and the rest stays.

import { Component, type ReactNode } from 'react';
import { t } from '../texts.ts';
import { Refusal } from './refusal.tsx';

interface State { failure?: Error | undefined; at: string }

export class Broken extends Component<{ at: string; children: ReactNode }, State> {
  override state: State = { at: this.props.at };
  static getDerivedStateFromError(failure: Error): Partial<State> { return { failure }; }
  static getDerivedStateFromProps(props: { at: string }, state: State): State | null { return props.at === state.at ? null : { at: props.at, failure: undefined }; }
  override render(): ReactNode {
    return this.state.failure ? <Refusal of={this.state.failure} then={<button type="button" onClick={() => location.reload()}>{t('console.refusal.reload')}</button>} /> : this.props.children;
  }
}
