// The shell: who works here, where one can go, in which language, and what is said when a page breaks.

import { Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import { Link, Redirect, Route, Router, Switch, useLocation, useRoute } from 'wouter';
import { whenSessionIsOver } from './api.ts';
import { useKeys } from './hooks.ts';
import { goLive } from './live.ts';
import { Broken } from './parts/broken.tsx';
import { Loading } from './parts/words.tsx';
import { Proof, ProofTold } from './parts/proof.tsx';
import { Refusal } from './parts/refusal.tsx';
import { Search } from './parts/search.tsx';
import { CasePage } from './pages/case.tsx';
import { AccessPage } from './pages/access.tsx';
import { AuditPage } from './pages/audit.tsx';
import { ChecksPage } from './pages/checks.tsx';
import { CounterPage } from './pages/counter.tsx';
import { DisputesPage } from './pages/disputes.tsx';
import { LinePage } from './pages/line.tsx';
import { OperationPage } from './pages/operation.tsx';
import { PeoplePage } from './pages/people.tsx';
import { PicturesPage } from './pages/pictures.tsx';
import { PlanPage } from './pages/plan.tsx';
import { PoliciesPage, PolicyPage } from './pages/policies.tsx';
import { QueuePage } from './pages/queue.tsx';
import { RequestsPage } from './pages/requests.tsx';
import { SessionsPage } from './pages/sessions.tsx';
import { SignIn, WorkerProvider, decides, signOut, whoWorks, type Worker } from './session.tsx';
import { language, named, speak, t, type TextKey } from './texts.ts';

interface Place { path: string; name: TextKey; open: (who: Worker) => boolean; page: ReactNode }

const everybody = (): boolean => true;
const PLACES: Place[] = [
  { path: '/reviews', name: 'console.nav.reviews', open: everybody, page: <QueuePage /> },
  { path: '/checks', name: 'console.nav.checks', open: everybody, page: <ChecksPage /> },
  { path: '/requests', name: 'console.nav.requests', open: decides, page: <RequestsPage /> },
  { path: '/disputes', name: 'console.nav.disputes', open: everybody, page: <DisputesPage /> },
  { path: '/pictures', name: 'console.nav.pictures', open: everybody, page: <PicturesPage /> },
  { path: '/operation', name: 'console.nav.operation', open: everybody, page: <OperationPage /> },
  { path: '/policies', name: 'console.nav.policies', open: everybody, page: <PoliciesPage /> },
  { path: '/access', name: 'console.nav.access', open: ({ role }) => role === 'admin', page: <AccessPage /> },
];

function LanguageChoice({ onChange }: { onChange: () => void }): ReactNode {
  const other = language() === 'en' ? 'zh-CN' : 'en';
  return <button type="button" className="plain" lang={other} onClick={() => { speak(other); onChange(); }}>{t('console.nav.other_language')}</button>;
}

function NavLink({ place }: { place: Place }): ReactNode {
  const [here] = useRoute(`${place.path}/*?`);
  return <Link href={place.path} aria-current={here ? 'page' : undefined}>{t(place.name)}</Link>;
}

function Help({ worker }: { worker: Worker }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = (): void => dialog.current?.showModal();
  useKeys({ '?': open });
  const keys: [string, TextKey][] = [['/', 'console.keys.search'], ['j k', 'console.keys.move'], ['Enter', 'console.keys.open'], ['n p', 'console.keys.next'], ['u', 'console.keys.back'], ['?', 'console.keys.help']];
  if (decides(worker)) keys.splice(5, 0, ['a', 'console.keys.approve'], ['r', 'console.keys.reject'], ['i', 'console.keys.information'], ['c', 'console.keys.claim']);
  return (
    <>
      <button type="button" className="plain" onClick={open}>{t('console.nav.keys')}</button>
      <dialog ref={dialog} aria-labelledby="keys-title">
        <h2 id="keys-title">{t('console.nav.keys')}</h2>
        <dl className="facts">{keys.map(([key, what]) => <div key={what}><dt><kbd>{key}</kbd></dt><dd>{t(what)}</dd></div>)}</dl>
        <form method="dialog"><button>{t('console.word.close')}</button></form>
      </dialog>
    </>
  );
}

function Shell({ worker, onLanguage, onOut }: { worker: Worker; onLanguage: () => void; onOut: () => void }): ReactNode {
  const [at] = useLocation();
  const title = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(goLive, []);
  useEffect(() => {
    const heading = title.current?.querySelector('h1');
    document.title = [heading?.textContent, 'Keepline'].filter(Boolean).join(' · ');
    if (!first.current) title.current?.focus({ preventScroll: true }); // a screen reader goes where the eye does
    first.current = false;
    scrollTo(0, 0);
  }, [at]);
  const places = PLACES.filter((one) => one.open(worker));
  return (
    <>
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); title.current?.focus(); }}>{t('console.nav.skip')}</a>
      <header className="bar">
        <strong className="brand">{t('console.nav.brand')}</strong>
        <nav aria-label={t('console.nav.places')}>{places.map((one) => <NavLink key={one.path} place={one} />)}</nav>
        <Search />
        <div className="me">
          <span><Link href="/sessions">{worker.name}</Link> <span className="quiet">{named('console.role', worker.role)}</span></span>
          <Help worker={worker} />
          <LanguageChoice onChange={onLanguage} />
          <button type="button" className="plain" onClick={onOut}>{t('console.nav.sign_out')}</button>
        </div>
      </header>
      <main id="main" tabIndex={-1} ref={title}>
        <Broken at={at}>
          <Suspense fallback={<Loading />}>
            <Switch>
              <Route path="/"><Redirect to={places[0]?.path ?? '/reviews'} replace /></Route>
              {places.map((one) => <Route key={one.path} path={one.path}>{one.page}</Route>)}
              <Route path="/lines/:id">{({ id }) => <LinePage key={id} id={id} />}</Route>
              {(worker.role === 'agent' || worker.role === 'admin') && <Route path="/counter/:id">{({ id }) => <CounterPage key={id} id={id} />}</Route>}
              {decides(worker) && <Route path="/plans/:id">{({ id }) => <PlanPage key={id} id={id} />}</Route>}
              <Route path="/people"><PeoplePage /></Route>
              <Route path="/sessions"><SessionsPage /></Route>
              {worker.role === 'admin' && <Route path="/audit/:id">{({ id }) => <AuditPage key={id} id={id} />}</Route>}
              <Route path="/policies/:id">{({ id }) => <PolicyPage key={id} id={id} />}</Route>
              <Route path="/cases/:id">{({ id }) => <CasePage key={id} id={id} />}</Route>
              <Route><h1>{t('console.nav.nothing')}</h1><p><Link href="/reviews">{t('console.nav.reviews')}</Link></p></Route>
            </Switch>
          </Suspense>
        </Broken>
      </main>
    </>
  );
}

export function App(): ReactNode {
  const proved = new URLSearchParams(location.search).get('proved');
  return proved === null ? <Console /> : <ProofTold word={proved} />;
}

function Console(): ReactNode {
  const [worker, setWorker] = useState<Worker | 'asked' | undefined>('asked');
  const [failure, setFailure] = useState<unknown>();
  const [over, setOver] = useState(false);
  const [, setSpoken] = useState(language());
  useEffect(() => {
    whenSessionIsOver(() => { setOver(true); setWorker(undefined); });
    whoWorks().then(setWorker, (lost: unknown) => { setFailure(lost); setWorker(undefined); });
  }, []);
  const spoken = (): void => setSpoken(language());
  const out = (): void => {
    const there = worker !== 'asked' && worker?.provided;
    void signOut().then(() => {
      if (there) { // where they signed in they still are
        location.assign('/console/oidc/leave');
        return;
      }
      setOver(false);
      setFailure(undefined);
      setWorker(undefined);
    }, setFailure);
  };
  if (worker === 'asked') return <Loading />;
  if (!worker) return <><Refusal of={failure} /><SignIn over={over} onDone={(who) => { setFailure(undefined); setWorker(who); }}><LanguageChoice onChange={spoken} /></SignIn></>;
  return (
    <Router base="/console">
      <WorkerProvider value={worker}>
        <Refusal of={failure} />
        <Proof worker={worker} />
        <Shell key={language()} worker={worker} onLanguage={spoken} onOut={out} />
      </WorkerProvider>
    </Router>
  );
}
