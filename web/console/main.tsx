// The staff's console: one page, over the API that everybody has. What it may do is what the session may do; the server decides, this shows.

import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { language, speak } from './texts.ts';

speak(language());
const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
