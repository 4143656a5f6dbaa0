// What the server writes into the page's head (src/console/site.cpp): public, and known before anybody has signed in.

export const pageSays = (what: 'country-code' | 'operator' | 'hotline'): string => document.querySelector<HTMLMetaElement>(`meta[name=${what}]`)?.content ?? '';
