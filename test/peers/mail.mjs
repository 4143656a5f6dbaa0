// A mail as tests look at it, and what a reader who drops repeats sees: the same for every mail server of this folder.

import { simpleParser } from 'mailparser';

/** { messageId, subject, from, text, html, attachments, headers } */
export async function readMail(source) {
  const mail = await simpleParser(source, { skipHtmlToText: true });
  return {
    messageId: mail.messageId, subject: mail.subject, from: mail.from?.text, text: mail.text ?? '',
    html: mail.html || null, attachments: mail.attachments, headers: mail.headers,
  };
}

/** One message per recipient and Message-ID; without an id each is its own. */
export function onceEach(messages) {
  const once = new Map();
  messages.forEach((message, index) => {
    const key = `${message.recipient} ${message.messageId ?? index}`;
    if (!once.has(key)) once.set(key, message);
  });
  return [...once.values()];
}
